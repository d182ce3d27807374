"""Whatever is said in whatever order: every open case has an owner and a deadline, and ends in a legal way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation.domain.refusals import RULES
from shared.contracts import actions, cases, demands, households, referrals
from shared.contracts.values import Submitter
from tests.escalation.room import DEMANDS, HOUSEHOLD, Room, summary

OBSTACLES = ("FOOD_PERMIT", "AR_MISSING", "TAX_NO_GRADE", "COURT_LIST", "NEED_GUARANTEE", "NEVER_HEARD_OF")
AUTHORITIES = (
    "market_regulation-620102", "market_regulation-620100", "tax-620102", "guarantee-620000", "county_team-620102",
    "county_team-620000", "nobody-here",
)  # fmt: skip
Happening = Callable[[Room], object]
DAYS = st.dates(date(2026, 11, 1), date(2027, 3, 1))
FIELDS: dict[type[actions.CaseClaim], dict[str, st.SearchStrategy[Any]]] = {
    actions.HouseholdFiled: {"receipt_number": st.just("R-1")},
    actions.HouseholdAsksHelp: {},
    actions.AuthoritySigns: {},
    actions.AuthorityPlans: {"promised_on": DAYS},
    actions.AuthorityAsksExtension: {"until": DAYS, "reason": st.just("two offices")},
    actions.AuthorityAgreesExtension: {"agreed": st.booleans()},
    actions.AuthorityParks: {"review_on": DAYS, "reason": st.just("winter")},
    actions.AuthorityResolves: {"evidence": st.just("permit"), "facts": st.just({})},
    actions.AuthorityRefuses: {"reason": st.just("zoned"), "cannot_be_removed": st.booleans()},
    actions.AuthorityTransfers: {"to": st.sampled_from(AUTHORITIES), "reason": st.just("not ours")},
    actions.AuthorityConfirmsRaise: {"confirmed": st.booleans()},
    actions.ConsultationDecides: {
        "decision": st.sampled_from(["assign", "park", "cannot_be_removed", "policy"]),
        "reason": st.just("agreed"),
        "to": st.none() | st.sampled_from(AUTHORITIES),
        "until": st.none() | DAYS,
    },
}


@st.composite
def findings(draw: st.DrawFn) -> Happening:
    demand = draw(st.sampled_from(DEMANDS))
    obstacles = draw(st.lists(st.sampled_from(OBSTACLES), max_size=4))
    late = timedelta(seconds=draw(st.sampled_from([0, 0, 3600])))
    data = referrals.Obstructed(summary=summary(demand), obstacles=obstacles)
    return lambda room: room.hear(data, at=room.now - late)


@st.composite
def moves_of_matching(draw: st.DrawFn) -> Happening:
    demand = draw(st.sampled_from(DEMANDS))
    remedies = draw(st.lists(st.sampled_from(OBSTACLES), max_size=2))
    said = summary(demand, "referred", remedies)
    data = draw(
        st.sampled_from(
            [
                referrals.RoundOpened(summary=said, round=1, opened=[]),
                referrals.FactsRequested(summary=said, facts=["turnover_yuan"]),
                referrals.Standing(summary=said, review_on=date(2027, 1, 4)),
                referrals.Dormant(summary=said),
                referrals.Funded(summary=said),
                referrals.Closed(summary=said, reason="no_remedy"),
            ]
        )
    )
    return lambda room: room.hear(data)


@st.composite
def claims(draw: st.DrawFn) -> Happening:
    kind = draw(st.sampled_from(sorted(FIELDS, key=lambda each: each.TYPE)))
    fields = {name: draw(values) for name, values in FIELDS[kind].items()}
    demand, place = draw(st.sampled_from(DEMANDS)), draw(st.integers(0, 5))
    any_case = draw(st.sampled_from([False] * 5 + [True]))
    role = draw(st.sampled_from(["authority"] * 3 + ["household", "bank"]))
    speaks_for = draw(st.sampled_from([["all"]] * 4 + [["market_regulation-620102"], []]))
    person = draw(st.sampled_from(["p-1", "p-1", None]))

    def say(room: Room) -> None:
        rows = [each for each in room.rows.values() if each.demand == demand]
        known = [each.id for each in rows if any_case or each.ended_at is None] or [UUID(int=7)]
        said: dict[str, Any] = {"partner": "desk", "role": role, "speaks_for": speaks_for, "person": person}
        room.hear(kind(demand=demand, case=known[place % len(known)], **said, **fields))

    return say


@st.composite
def passing(draw: st.DrawFn) -> Happening:
    hours = draw(st.integers(1, 24 * 12))
    return lambda room: room.pass_time(room.now + timedelta(hours=hours))


def goes(room: Room) -> None:
    room.hear(households.ConsentRevoked(summary=households.HouseholdSummary(household=HOUSEHOLD)))


def withdraws(room: Room) -> None:
    said = demands.DemandSummary(
        demand=DEMANDS[0],
        household=HOUSEHOLD,
        state="withdrawn",
        county="620102",
        submitter=Submitter(partner="hotline", source_id="A-0"),
        received_at=room.now,
    )
    room.hear(demands.Withdrawn(summary=said, reason="changed my mind"))


# Claims weigh most, so that a case gets far before something ends it.
HAPPENINGS = st.one_of(
    findings(),
    moves_of_matching(),
    st.sampled_from([goes, withdraws]),
    passing(),
    passing(),
    *[claims() for _ in range(12)],
)


@settings(max_examples=300, deadline=None)
@given(st.lists(HAPPENINGS, min_size=10, max_size=40))
def test_any_order_of_happenings_keeps_every_case_in_sight(happenings: list[Happening]) -> None:
    """`Room` checks after every decision; here, that time alone then moves nothing into silence."""
    room = Room()
    room.hear(referrals.Obstructed(summary=summary(DEMANDS[0]), obstacles=["FOOD_PERMIT", "AR_MISSING"]))
    for happening in happenings:
        happening(room)
    room.pass_time(room.now + timedelta(days=45))
    for refused in (each for each in room.told if isinstance(each, cases.ActionRefused)):
        assert refused.rule in RULES
    open_rows = {(row.demand, row.obstacle) for row in room.rows.values() if row.ended_at is None}
    waiting = {key for key in room.deadlines if not key[1].startswith("household:")}
    assert open_rows == waiting, "open cases and deadlines are not the same"


@settings(max_examples=60, deadline=None)
@given(st.lists(HAPPENINGS, min_size=1, max_size=15), st.data())
def test_matching_has_the_last_word(happenings: list[Happening], data: st.DataObject) -> None:
    """Whatever came before: when a demand is funded, nothing of it is open, and nothing will wake up."""
    room = Room()
    for happening in happenings:
        happening(room)
    for demand in DEMANDS:
        room.hear(referrals.Funded(summary=summary(demand, "funded")))
    room.pass_time(room.now)
    assert not room.deadlines
    assert all(row.ended_at is not None for row in room.rows.values())
