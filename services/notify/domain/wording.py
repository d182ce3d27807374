"""What a template may say of one notice, as plain values: names instead of codes, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from services.notify.domain.card import band, industry_class, seen
from services.notify.domain.disclosure import Disclosure, called
from services.notify.domain.happening import Happening, Notice
from services.notify.domain.names import Names, side
from services.notify.domain.plain import account_of, cost_lines, plan_of, problems_of, remedy_of
from services.notify.domain.states import Demand

KINDS = {
    "bank": "institution",
    "unit": "unit",
    "product": "product",
    "policy": "policy",
    "obstacle": "obstacle",
    "authority": "authority",
    "to": "authority",
    "before": "authority",
    "code": "decline-code",
    "county": "county",
}
"""Fields of events that hold a code of the catalogue, and of which kind."""
EMPTY: Mapping[str, Any] = dict.fromkeys(
    (
        "account",
        "answer",
        "authority",
        "bank",
        "bank_names",
        "banks",
        "cost_bp",
        "costs",
        "county",
        "demand",
        "disclosed",
        "disclosure",
        "evidence_wanted",
        "guidance",
        "items",
        "obstacle",
        "office",
        "personal",
        "plan",
        "product",
        "promised",
        "remedies",
        "unit",
    )
)
"""What every template may name, whether it applies or not."""
SAID = frozenset({"reason", "evidence"})
"""What people wrote: it becomes part of a sentence of ours, which has a stop of its own."""
LISTS: Mapping[str, Callable[[Names, str, str], str]] = {
    "obstacles": lambda names, code, language: names.label("obstacle", code, language),
    "facts": Names.ask,
}
"""Fields of events that hold codes, and what a reader sees instead."""
LIVE = frozenset({"open", "accepted", "contacted", "offered", "chosen", "granted"})


class Message(NamedTuple):
    """What a person reads; the subject is for channels that have one."""

    subject: str
    text: str


class Short(NamedTuple):
    """What a gateway is told to send: the id under which the words were approved, and what fills their places."""

    approved: str
    parameters: dict[str, str]


class Words(Protocol):
    """Makes a message of a template's name and its values; never fails, never returns silence."""

    def message(self, audience: str, template: str, language: str, values: Mapping[str, Any]) -> Message: ...

    def text(self, audience: str, template: str, language: str, values: Mapping[str, Any]) -> str:
        """The message without its subject."""
        ...

    def collected(self, language: str, collected: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, str]]:
        """Subject and text of each part of a morning's message to a household."""
        ...

    def short(self, channel: str, template: str, language: str, values: Mapping[str, Any]) -> Short | None:
        """The approved words for a channel that takes no others; None where there are none."""
        ...


class Wording:
    """The values of one event's notices; what all of a language share is made once.

    Values are None, flags, numbers, texts, moments, and lists and mappings of these: they can be stored and rendered
    later.
    """

    def __init__(self, happening: Happening, names: Names, demand: Demand | None) -> None:
        self._happening, self._names, self._demand = happening, names, demand
        self._shared: dict[str, dict[str, Any]] = {}
        self._demands: dict[tuple[str, bool], dict[str, Any]] = {}

    def of(self, notice: Notice, link: str | None, leave: Disclosure | None) -> dict[str, Any]:
        """All that the template of a notice may name."""
        language = notice.language
        shared = self._shared.get(language)
        if shared is None:
            shared = self._shared[language] = self._event(language)
        values = {**shared, "demand": self._demand_for(notice), "promised": notice.promised}
        if notice.concerned is not None:
            values |= self._referral(notice.concerned.about, language)
            if notice.concerned.obstacle is not None:
                values["obstacle"] = self._names.label("obstacle", notice.concerned.obstacle, language)
        if leave is not None:
            values["disclosure"] = link
            values["disclosed"] = [called(name)[side(language)] for name in leave.fields]
        return values

    def _event(self, language: str) -> dict[str, Any]:
        happening, names = self._happening, self._names
        values = dict(EMPTY)
        for name, value in happening.fields.items():
            values[name] = self._field(name, value, language)
        opened = happening.concerned.get("opened")
        banks = (
            [each.holder for each in opened]
            if opened
            else [each.bank for each in happening.docking.referrals.values() if each.state in LIVE]
        )
        values["bank_names"] = [names.label("institution", bank, language) for bank in dict.fromkeys(banks)]
        values["banks"] = len(values["bank_names"])
        values["remedies"] = [remedy_of(each, names, language) for each in happening.docking.remedies[:3]]
        values["answer"] = happening.fields.get("zh" if side(language) == 0 else "en")
        if isinstance(blocked := happening.fields.get("blocked_yuan"), dict):
            values["account"] = account_of(blocked, happening.fields["households"], names, language)
            values["households"] = values["blocked_yuan"] = None
        obstacle = happening.fields.get("obstacle")
        if isinstance(obstacle, str):
            values |= self._obstacle(obstacle, language)
        return values

    def _obstacle(self, obstacle: str, language: str) -> dict[str, Any]:
        names, at = self._names, side(language)
        guide, evidence = names.guides.get(obstacle), names.evidence.get(obstacle)
        unit = self._happening.fields.get("unit")
        return {
            "office": names.label("unit", unit, language) if unit else None,
            "evidence_wanted": evidence[at] if evidence else None,
            "guidance": {
                "steps": list(guide.steps[at]),
                "place": guide.place[at],
                "papers": list(guide.papers[at]),
                "link": guide.link,
            }
            if guide
            else None,
        }

    def _referral(self, about: UUID, language: str) -> dict[str, Any]:
        """The bank's side of a notice that is about one referral."""
        referral, names = self._happening.docking.referrals.get(about), self._names
        if referral is None:
            return {}
        return {
            "bank": names.label("institution", referral.bank, language),
            "unit": names.label("unit", referral.unit, language),
            "product": names.label("product", referral.product, language),
            "cost_bp": referral.cost_bp,
            "costs": cost_lines(referral, names, language),
        }

    def _demand_for(self, notice: Notice) -> dict[str, Any]:
        """The demand as the reader may see it: a bank gets bands, only its own submitter gets its number."""
        exact = notice.telling.audience in ("household", "submitter")
        known = self._demands.get((notice.language, exact))
        if known is None:
            known = self._demands[notice.language, exact] = self._demand_in(notice.language, exact)
        if notice.submitted:
            return {**known, "number": notice.submitted.source_id}
        return known if exact or self._demand is None else known | self._seen(notice, self._demand)

    def _seen(self, notice: Notice, demand: Demand) -> dict[str, Any]:
        """What a bank sees of the demand through its referral."""
        about = notice.concerned.about if notice.concerned else None
        referral = self._happening.docking.referrals.get(about) if about else None
        if referral is None:
            return {}
        _, industry, low, high = seen(demand, referral)
        return {"industry": industry, "amount_from": low, "amount_to": high}

    def _demand_in(self, language: str, exact: bool) -> dict[str, Any]:
        values = dict.fromkeys(
            ("number", "amount_yuan", "amount_from", "amount_to", "term_months", "purpose", "industry")
        )
        found: dict[str, Any] = {**values, "disbursed_yuan": self._happening.docking.disbursed_yuan}
        demand = self._demand
        if demand is None:
            return found
        found["term_months"], found["industry"] = demand.term_months, industry_class(demand.industry)
        if demand.purpose != "unstated":
            found["purpose"] = self._names.label("choice", f"purpose:{demand.purpose}", language)
        if demand.amount_yuan is not None:
            found["amount_from"], found["amount_to"] = band(demand.amount_yuan)
            found["amount_yuan"] = demand.amount_yuan if exact else None
        return found

    def _field(self, name: str, value: Any, language: str) -> Any:
        names = self._names
        if isinstance(value, str) and name in KINDS:
            return names.label(KINDS[name], value, language)
        if isinstance(value, str) and name in SAID:
            return value.rstrip("。.；; ")
        if value is None or isinstance(value, bool | int | str | date | datetime):
            return value
        if isinstance(value, list) and name in LISTS:
            return [LISTS[name](names, each, language) for each in value]
        if name == "problems":
            return problems_of(value, language)
        return plan_of(value) if name == "plan" else None
