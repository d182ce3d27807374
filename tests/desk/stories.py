"""Events as the other contexts write them, for whole stories of invented demands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from shared.contracts import cases, demands, feedback, households, referrals
from shared.contracts.envelope import Data, Event, sequence_of
from shared.contracts.ids import caused_id, demand_id, timed_id
from shared.contracts.registry import model_of
from shared.contracts.values import (
    Case,
    Consent,
    CostLine,
    Fact,
    Owner,
    Plan,
    Referral,
    Remedy,
    Step,
    Submitter,
)

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DUE = START + timedelta(days=3650)
"""When a bank's time is over: the clock of the pages is the real one, whenever a test runs."""
BANKS = ("beichen", "niulang", "zhinu")
AUTHORITY = "market_regulation-620102"


def household_id(number: int) -> UUID:
    return timed_id(int(START.timestamp() * 1000) + number, f"household/{number}")


class Story:
    """One demand of one household; every method returns the next event of its context."""

    def __init__(self, number: int, sentence: str = "想贷十万元进货") -> None:
        self.household, self.demand = household_id(number), demand_id("hotline-01", f"H-{number}")
        self.submitter = Submitter(partner="hotline-01", source_id=f"H-{number}")
        self.number, self.count, self.sentence = number, 0, sentence
        self.sequences: dict[str, int] = {}
        self.referrals: dict[UUID, Referral] = {}
        self.cases: dict[UUID, Case] = {}
        self.told_events: list[Event[Any]] = []
        self.granted = self.disbursed = 0

    def event(
        self,
        context: str,
        data: Data,
        cause: UUID | None = None,
        actor: str = "service:test",
        trace: UUID | None = None,
    ) -> Event[Any]:
        self.count += 1
        at = START + timedelta(minutes=self.number, seconds=self.count)
        name = f"{self.household}/{self.count}"
        return model_of(type(data))(
            id=timed_id(int(at.timestamp() * 1000), name),
            source=f"/freshwater/{context}",
            type=data.TYPE,
            subject=str(self.demand),
            time=at,
            partitionkey=str(self.household),
            correlationid=str(self.demand),
            causationid=str(cause or timed_id(0, name)),
            sequence=sequence_of(self.sequences.get(context, 0)),
            actor=actor,
            traceparent=trace and f"00-{trace.hex}-{trace.hex[:16]}-01",
            simulated=True,
            data=data,
        )

    def _next(self, context: str) -> None:
        self.sequences[context] = self.sequences.get(context, 0) + 1

    def referral(self, place: int) -> UUID:
        return caused_id(self.household, f"{BANKS[place]}/loan")

    def case(self, place: int = 0) -> UUID:
        return caused_id(self.household, f"obstacle/{place}")

    # intake
    def demanded(self, made: type[Any] = demands.Accepted, state: str = "open", **more: Any) -> Event[Any]:
        self._next("intake")
        consent = Consent(
            version="c1", boxes=["banks"], given_at=START, expires_on=date(2027, 11, 1), evidence="hotline record"
        )
        summary = demands.DemandSummary(
            demand=self.demand,
            household=self.household,
            state=state,  # type: ignore[arg-type]
            purpose="stock",
            county="620102",
            amount_yuan=100_000 + self.number,
            term_months=12,
            industry="H6210",
            sentence=self.sentence,
            facts={"operating_months": Fact(value=18, source="hotline-01", as_of=date(2026, 11, 1))},
            consent=consent,
            submitter=self.submitter,
            received_at=START,
            simulated=True,
        )
        return self.event("intake", made(summary=summary, **more))

    def consented(self, confirmed: bool = False) -> Event[Any]:
        self._next("household")
        summary = households.HouseholdSummary(household=self.household, contact_confirmed=confirmed)
        return self.event("household", households.ConsentGiven(summary=summary))

    def claimed(
        self, made: type[Any], actor: str = "bank:beichen:li", trace: UUID | None = None, **more: Any
    ) -> Event[Any]:
        role = actor.partition(":")[0]
        data = made(demand=self.demand, partner="desk", role=role, **more)
        return self.event("claims", data, actor=actor, trace=trace)

    # matching
    def _summary(self, state: str, owner: Owner | None) -> referrals.ReferralSummary:
        steps = [
            Step(kind="clear", fact="annual_report_filed", obstacle="AR_MISSING", acts="household", working_days=5)
        ]
        return referrals.ReferralSummary(
            demand=self.demand,
            household=self.household,
            submitter=self.submitter,
            county="620102",
            industry="H6210",
            amount_yuan=100_000 + self.number,
            state=state,  # type: ignore[arg-type]
            round=1,
            referrals=list(self.referrals.values()),
            remedies=[Remedy(steps=steps, products=3, best_product="niulang-street", best_rate_bp=345)],
            owner=owner,
            due_at=START + timedelta(days=1),
            granted_yuan=self.granted,
            disbursed_yuan=self.disbursed,
            simulated=True,
        )

    def opened(self, banks: Sequence[int] = (0, 1, 2)) -> Event[Any]:
        self._next("matching")
        for place in banks:
            identifier = self.referral(place)
            self.referrals[identifier] = Referral(
                id=identifier,
                bank=BANKS[place],
                unit=f"{BANKS[place]}-620102",
                product=f"{BANKS[place]}-loan",
                round=1,
                state="open",
                due_at=DUE + timedelta(days=place),
                cost_bp=330 + place,
                cost_lines=[
                    CostLine(item="rate", bp=400),
                    CostLine(item="subsidy", policy="service_subsidy_2026", bp=-70),
                ],
            )
        summary = self._summary("referred", Owner(kind="bank", id=BANKS[banks[0]]))
        return self.event("matching", referrals.RoundOpened(summary=summary, round=1, opened=list(self.referrals)))

    def moved(
        self, place: int, made: type[Any], state: str, docking: str = "referred", cause: UUID | None = None, **more: Any
    ) -> Event[Any]:
        """One referral moves on; `made` is the class of referrals.OneReferral."""
        self._next("matching")
        identifier = self.referral(place)
        changed = {"state": state, "plan": more.get("plan"), "decline_code": more.get("code")}
        before = self.referrals[identifier]
        self.referrals[identifier] = before.model_copy(update={k: v for k, v in changed.items() if v is not None})
        if made is referrals.Granted:
            self.granted += more["amount_yuan"]
        if made is referrals.Disbursed:
            self.disbursed += more["amount_yuan"]
        summary = self._summary(docking, Owner(kind="bank", id=before.bank))
        one = {"referral": identifier, "bank": before.bank, "unit": before.unit}
        return self.event("matching", made(summary=summary, **one, **more), cause)

    def obstructed(self) -> Event[Any]:
        self._next("matching")
        summary = self._summary("obstructed", Owner(kind="authority", id=AUTHORITY))
        return self.event("matching", referrals.Obstructed(summary=summary, obstacles=["AR_MISSING"]))

    def refused(self, claim: UUID) -> Event[Any]:
        """The claim is not allowed: nothing changes, so the sequence stays."""
        summary = self._summary("referred", Owner(kind="bank", id=BANKS[0]))
        words = {"rule": "not-open", "zh": "该推荐已不在待受理状态", "en": "This referral is no longer open"}
        data = referrals.ActionRefused(summary=summary, claim=claim, partner="desk", **words)
        return self.event("matching", data, claim)

    # escalation
    def cased(
        self,
        made: type[Any],
        state: str,
        place: int = 0,
        authority: str = AUTHORITY,
        cause: UUID | None = None,
        reached: Any = None,
        **more: Any,
    ) -> Event[Any]:
        self._next("escalation")
        identifier = self.case(place)
        self.cases[identifier] = Case(
            id=identifier,
            obstacle="AR_MISSING",
            matter=caused_id(self.household, f"matter/{place}"),
            authority=authority,
            level="county",
            state=state,  # type: ignore[arg-type]
            due_at=START + timedelta(days=3),
            reached=reached,
        )
        summary = cases.CaseSummary(
            demand=self.demand,
            household=self.household,
            submitter=self.submitter,
            county="620102",
            cases=list(self.cases.values()),
            simulated=True,
        )
        one = {"case": identifier, "obstacle": "AR_MISSING", "authority": authority}
        return self.event("escalation", made(summary=summary, **one, **more), cause)

    # notify
    def told(
        self, made: type[Any], number: int, attempt: int = 1, recipient: str = "beichen", **more: Any
    ) -> Event[Any]:
        usual: dict[str, Any] = {"audience": "bank", "recipient": recipient, "channel": "webhook", "attempt": attempt}
        data = made(
            delivery=caused_id(self.household, f"delivery/{number}"),
            demand=self.demand,
            cause=timed_id(0, "cause"),
            cause_type=referrals.RoundOpened.TYPE,
            **{**usual, **more},
        )
        return self.event("notify", data)

    def noticed(self, *outcomes: Literal["sent", "held"]) -> Event[Any]:
        notices = [
            feedback.Notice(
                delivery=caused_id(self.household, f"notice/{number}"),
                audience="bank",
                recipient="beichen",
                channel="door",
                outcome=outcome,
            )
            for number, outcome in enumerate(outcomes)
        ]
        cause, kind = timed_id(0, "cause"), referrals.RoundOpened.TYPE
        return self.event("notify", feedback.Noticed(demand=self.demand, cause=cause, cause_type=kind, notices=notices))


def whole(number: int) -> list[Event[Any]]:
    """A demand that is referred, declined, obstructed, cleared, referred again, offered, granted and paid out."""
    story = Story(number)
    plan = Plan(amount_yuan=90_000, term_months=12, rate_bp=390)
    return [
        story.consented(),
        story.demanded(),
        story.opened(),
        story.told(feedback.Sent, 0),
        story.noticed("sent", "held"),
        story.moved(0, referrals.Declined, "declined", code="ANNUAL_REPORT"),
        story.moved(1, referrals.Lapsed, "lapsed", stage="accept"),
        story.obstructed(),
        story.cased(cases.Opened, "opened", reason="authority_acts"),
        story.cased(cases.Signed, "signed"),
        story.told(feedback.Held, 1),
        story.told(feedback.Failed, 1, reason="gone"),
        story.told(feedback.Sent, 2, attempt=2),
        story.cased(cases.Cleared, "cleared", facts={}, evidence="filed"),
        story.demanded(demands.FactsSupplied, changed=["annual_report_filed"]),
        story.moved(2, referrals.Accepted, "accepted"),
        story.moved(2, referrals.Contacted, "contacted", outcome="reached"),
        story.moved(2, referrals.Offered, "offered", "offered", plan=plan),
        story.moved(2, referrals.Chosen, "chosen", "chosen"),
        story.moved(2, referrals.Granted, "granted", "granted", amount_yuan=90_000, rate_bp=390),
        story.moved(
            2, referrals.Disbursed, "granted", "funded", amount_yuan=90_000, number="D-1", on=date(2026, 11, 25)
        ),
        story.consented(confirmed=True),
    ]
