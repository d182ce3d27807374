"""How simulated banks behave: most answer in time, some decline with a code, some need a reminder, a few stay silent.

A bank's mood follows from (seed, demand, bank, round), not from the referral's id: that depends on when the broker got
the demand, and another run with the same seed would behave differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal

from freshwater.simulate.chance import between, chance, hours, one_of, pick
from freshwater.simulate.notices import NOTHING, Act, Heard, Referral, Response, claim
from shared.catalogue import Release

Mood = Literal["answers", "declines", "late", "silent"]
MOODS: Mapping[Mood, float] = {"answers": 83, "declines": 6, "late": 6, "silent": 5}
DECLINES_AFTER_CONTACT = 0.26
WRONG_BRANCH, DRAWS_AGAIN = 0.04, 0.15
CONTACTS: Mapping[str, float] = {
    "reached": 76, "missed": 12, "already_customer": 5, "unreachable": 4, "wrong_number": 2, "no_real_demand": 1,
}  # fmt: skip
"""How a bank's calls end; `missed`: reached at the second call, `unreachable`: at none of three."""
ASKS_FOR_POLICY = 0.7
POLICY_STEPS = ("applied", "granted", "paid")
AT_FIRST_SIGHT = {"INDUSTRY_POLICY": 2, "TOO_YOUNG": 3, "BANK_DECISION": 3}
AFTER_CONTACT = {
    "BANK_DECISION": 14, "SCORE": 14, "OVERINDEBTED": 6, "TOO_YOUNG": 9, "FLOW_UNPROVEN": 14, "TAKINGS_UNPROVEN": 7,
    "DEBT_UNPROVEN": 5, "NO_GUARANTEE": 10, "COLLATERAL": 8, "AMOUNT": 6, "PREMISES": 6, "PERMIT": 5, "TAX_GRADE": 5,
    "ANNUAL_REPORT": 4, "ABNORMAL": 3, "FIRE": 2, "INSURANCE": 2, "NOT_REACHED": 4,
}  # fmt: skip
"""Decline codes with weights, made up; the catalogue says where each leads."""
SHANGHAI = timedelta(hours=8)


class Bank:
    """One simulated bank, or all of them: what it does follows from what it hears."""

    def __init__(self, seed: int, release: Release) -> None:
        self._seed, self._products, self._codes = seed, release.products, release.decline_codes
        self._policies = release.policies
        self._table: Mapping[str, Callable[[Heard, Referral], Response]] = {
            "referral.round-opened": self._opened,
            "referral.near-due": self._reminded,
            "referral.accepted": self._accepted,
            "referral.contacted": self._answered,
            "referral.chosen": self._chosen,
            "referral.recalled": self._over,
            "referral.lapsed": self._over,
            "referral.not-chosen": self._over,
            "referral.switched": self._over,
        }

    def respond(self, heard: Heard) -> Response:
        """What follows from one notice."""
        notice = heard.data
        respond = self._table.get(notice.name)
        if respond is None or notice.audience != "bank" or notice.referral is None:
            return NOTHING
        return respond(heard, notice.referral)

    def _rng(self, what: str, heard: Heard, referral: Referral) -> Random:
        return chance(self._seed, what, heard.data.demand, referral.bank, referral.round)

    def _mood(self, heard: Heard, referral: Referral) -> Mood:
        return pick(self._rng("mood", heard, referral), MOODS)

    def _opened(self, heard: Heard, referral: Referral) -> Response:
        mood, rng = self._mood(heard, referral), self._rng("opened", heard, referral)
        if mood == "answers":
            after = hours(rng, 0.5, 8)
            acts = [claim(after, "bank-accepts", referral=referral.id)]
            if self._rng("branch", heard, referral).random() < WRONG_BRANCH:
                # The clerk who opens it passes it on, and a colleague at another branch accepts.
                acts.insert(0, self._tried(after / 2, referral, "wrong_branch"))
            return Response(tuple(acts))
        if mood == "declines":
            return Response((self._decline(rng, hours(rng, 1, 10), referral, AT_FIRST_SIGHT),))
        return NOTHING

    def _reminded(self, heard: Heard, referral: Referral) -> Response:
        """Whoever forgot it takes it now; who is past accepting has its acts on the way already."""
        if self._mood(heard, referral) != "late":
            return NOTHING
        rng = self._rng("reminded", heard, referral)
        return Response((claim(hours(rng, 0.2, 2), "bank-accepts", referral=referral.id),))

    def _accepted(self, heard: Heard, referral: Referral) -> Response:
        """It calls, up to three times, and then offers or declines; whom it cannot reach it leaves to the household."""
        rng = self._rng("contact", heard, referral)
        ends, first = pick(rng, CONTACTS), hours(rng, 1, 20)
        if ends in ("wrong_number", "no_real_demand"):
            return Response((self._tried(first, referral, ends),))
        if ends == "unreachable":
            calls = [first, first + hours(rng, 1, 8), first + hours(rng, 9, 20)]
            return Response(tuple(self._tried(at, referral, "not_reached", f"{n}") for n, at in enumerate(calls)))
        acts = []
        if ends == "missed":
            acts.append(self._tried(first, referral, "not_reached"))
            first += hours(rng, 4, 20)
        acts.append(self._tried(first, referral, "already_customer" if ends == "already_customer" else "reached"))
        return Response((*acts, *self._decides(rng, first, heard, referral)))

    def _answered(self, heard: Heard, referral: Referral) -> Response:
        """The household said that they have spoken, or that they have not: then it calls once more, and decides."""
        rng = self._rng("answered", heard, referral)
        if referral.state == "contacted":
            return Response(self._decides(rng, timedelta(), heard, referral))
        if referral.state != "accepted":
            return NOTHING
        after = hours(rng, 1, 12)
        return Response((self._tried(after, referral, "reached", "again"), *self._decides(rng, after, heard, referral)))

    def _decides(self, rng: Random, first: timedelta, heard: Heard, referral: Referral) -> tuple[Act, ...]:
        decided = first + hours(rng, 4, 60)
        if rng.random() < DECLINES_AFTER_CONTACT:
            return (self._decline(rng, decided, referral, AFTER_CONTACT),)
        plan = self._plan(rng, referral, heard.data.card)
        return (claim(decided, "bank-offers", referral=referral.id, plan=plan),)

    def _tried(self, after: timedelta, referral: Referral, outcome: str, call: str = "") -> Act:
        return claim(after, "bank-tried-contact", referral=referral.id, scope=call, outcome=outcome)

    def _decline(self, rng: Random, after: timedelta, referral: Referral, codes: Mapping[str, float]) -> Act:
        code = pick(rng, {code: weight for code, weight in codes.items() if code in self._codes})
        details: dict[str, Any] = {"code": code}
        if self._codes[code].needs_direction:
            details["direction"] = one_of(rng, self._codes[code].directions)
        return claim(after, "bank-declines", referral=referral.id, **details)

    def _plan(self, rng: Random, referral: Referral, card: Mapping[str, Any]) -> dict[str, Any]:
        """A plan inside the product, near the amount that it was told once it had accepted."""
        product = self._products[referral.product]
        low, _, high = str(card.get("amount_band", "50000-100000")).partition("-")
        wanted = float(card.get("amount_yuan") or between(rng, float(low), float(high or float(low) * 1.5)))
        amount = round(min(max(wanted, product.amount_min, 1_000), product.amount_max) / 1_000) * 1_000
        months = min(max(int(card.get("term_months") or 12), product.term_min), product.term_max)
        rate = product.rate_bp + pick(rng, {0: 60, 10: 20, 20: 20})
        interest = amount * rate * months / 12 / 10_000
        return {
            "amount_yuan": amount,
            "term_months": months,
            "rate_bp": rate,
            "instalment_yuan": round((amount + interest) / months),
        }

    def _chosen(self, heard: Heard, referral: Referral) -> Response:
        """Granted on the terms of its offer, and paid out."""
        if referral.plan is None:
            return NOTHING
        rng = self._rng("granted", heard, referral)
        amount, rate = referral.plan.amount_yuan, referral.plan.rate_bp
        granted = hours(rng, 4, 40)
        paid = granted + hours(rng, 2, 40)
        acts = [
            claim(granted, "bank-grants", referral=referral.id, amount_yuan=amount, rate_bp=rate),
            self._draw(heard, referral, paid, amount, "1"),
        ]
        if rng.random() < DRAWS_AGAIN:
            acts.append(self._draw(heard, referral, paid + hours(rng, 24, 200), amount // 2, "2"))
        return Response((*acts, *self._policy(heard, referral, granted)))

    def _draw(self, heard: Heard, referral: Referral, after: timedelta, amount: int, number: str) -> Act:
        on = day_of(heard.time + after).isoformat()
        return claim(after, "bank-disburses", referral=referral.id, amount_yuan=amount, number=number, on=on)

    def _policy(self, heard: Heard, referral: Referral, granted: timedelta) -> Iterator[Act]:
        """A policy of the product, step by step, for a year; some banks forget it, and some steps are still to come."""
        product, plan = self._products[referral.product], referral.plan
        rng = self._rng("policy", heard, referral)
        if not product.policies or plan is None or rng.random() > ASKS_FOR_POLICY:
            return
        policy = self._policies[product.policies[0]]
        saved = plan.amount_yuan * policy.rate_cut_bp // 10_000
        after = granted
        for step in POLICY_STEPS[: 1 + pick(rng, {0: 20, 1: 30, 2: 50})]:
            after += hours(rng, 2, 40)
            details: dict[str, Any] = {"policy": policy.id, "step": step, **({"amount_yuan": saved} if saved else {})}
            yield claim(after, "policy-step", referral=referral.id, scope=step, **details)

    def _over(self, _: Heard, referral: Referral) -> Response:
        return Response(over=(referral.id,))


def day_of(moment: datetime) -> date:
    """The day in China."""
    return (moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta()) + SHANGHAI).date()
