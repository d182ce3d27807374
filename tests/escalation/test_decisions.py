"""From events to events, on the shipped catalogue: what matching finds, what is claimed, what time does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.escalation.handlers.service import matter_of
from shared.contracts import actions, cases, demands, households, referrals
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.values import Fact, Submitter
from shared.decision import StateKey
from tests.escalation.places import START, at
from tests.escalation.room import DEMANDS, HOUSEHOLD, Room, summary

MARKET = "market_regulation-620102"


def obstructed(*obstacles: str, number: int = 0, **more: Any) -> referrals.Obstructed:
    return referrals.Obstructed(summary=summary(DEMANDS[number], **more), obstacles=list(obstacles))


def claim(room: Room, kind: type[actions.CaseClaim], obstacle: str, number: int = 0, **more: Any) -> Any:
    case = room.demand(number).of(obstacle)
    assert case is not None
    who = {"partner": "desk-620102", "role": "authority", "speaks_for": [case.seat.authority]}
    return kind(**{"demand": DEMANDS[number], "case": case.id, **who, **more})


def stages(room: Room, number: int = 0) -> dict[str, str]:
    return {case.obstacle: case.stage for case in room.demand(number).cases}


def test_who_acts_decides_how_a_case_begins() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT", "AR_MISSING", "COURT_LIST", "NEVER_HEARD_OF"))
    assert stages(room) == {
        "AR_MISSING": "guided", "COURT_LIST": "refused", "FOOD_PERMIT": "opened", "NEVER_HEARD_OF": "opened",
    }  # fmt: skip
    assert sorted(room.names()) == ["guided", "opened", "opened", "refused"]
    opened = next(each for each in room.told if isinstance(each, cases.Opened) and each.obstacle == "FOOD_PERMIT")
    assert (opened.authority, opened.unit, opened.reason) == (MARKET, f"{MARKET}-food", "authority_acts")
    lost = next(each for each in room.told if each.obstacle == "NEVER_HEARD_OF")
    assert (lost.authority, lost.catch_all) == ("county_team-620102", True)
    assert room.demand().label == "open"


def test_only_what_the_household_does_is_guided_and_its_own() -> None:
    room = Room()
    room.hear(obstructed("AR_MISSING"))
    assert (room.demand().label, room.demand().owner) == ("guided", f"household:{HOUSEHOLD}")


def test_the_same_finding_again_opens_nothing_and_a_smaller_one_calls_back() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT", "TAX_OVERDUE"))
    before = room.demand().cases
    room.hear(obstructed("FOOD_PERMIT", "TAX_OVERDUE"))
    assert room.demand().cases == before
    room.hear(obstructed("FOOD_PERMIT"))
    assert stages(room) == {"FOOD_PERMIT": "opened", "TAX_OVERDUE": "withdrawn"}
    assert room.names() == ["opened", "guided", "withdrawn"]


def test_a_round_keeps_what_its_remedies_still_name() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT", "LIC_NONE"))
    now = summary(DEMANDS[0], "referred", remedies=["LIC_NONE"])
    room.hear(referrals.RoundOpened(summary=now, round=1, opened=[]))
    assert stages(room) == {"FOOD_PERMIT": "withdrawn", "LIC_NONE": "opened"}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (referrals.Funded(summary=summary(DEMANDS[0], "funded")), "funded"),
        (referrals.Closed(summary=summary(DEMANDS[0], "closed"), reason="no_remedy"), "no_remedy"),
        (referrals.Dormant(summary=summary(DEMANDS[0], "dormant")), "dormant"),
    ],
)
def test_what_no_longer_matters_is_called_back(event: referrals.ReferralData, reason: str) -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT", "AR_MISSING"))
    room.hear(event)
    assert set(stages(room).values()) == {"withdrawn"}
    assert {each.reason for each in room.told if isinstance(each, cases.Withdrawn)} == {reason}
    assert room.demand().label == "settled"
    assert not room.deadlines


def test_an_older_word_of_matching_changes_nothing() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.docking = -1
    assert room.hear(referrals.Funded(summary=summary(DEMANDS[0], "funded"))).outcome == "ignored"
    assert stages(room) == {"FOOD_PERMIT": "opened"}


def test_a_withdrawn_demand_and_a_merged_one() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(obstructed("FOOD_PERMIT", number=1))
    of: dict[str, Any] = {"household": HOUSEHOLD, "county": "620102", "received_at": room.now,
          "submitter": Submitter(partner="hotline", source_id="A-0")}  # fmt: skip
    first = demands.DemandSummary(demand=DEMANDS[0], state="withdrawn", **of)
    room.hear(demands.Merged(summary=first, alias=DEMANDS[1], submitter=first.submitter))
    assert (stages(room, 0), stages(room, 1)) == ({"FOOD_PERMIT": "opened"}, {"FOOD_PERMIT": "withdrawn"})
    room.hear(demands.Withdrawn(summary=first, reason="found another way"))
    assert stages(room, 0) == {"FOOD_PERMIT": "withdrawn"}


@pytest.mark.parametrize("event", [households.Erased, households.ConsentRevoked, households.ConsentExpired])
def test_consent_taken_back_or_erased_calls_all_back_one_demand_at_a_time(
    event: type[households.HouseholdData],
) -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(obstructed("AR_MISSING", number=1))
    room.hear(event(summary=households.HouseholdSummary(household=HOUSEHOLD)))
    assert stages(room, 0) == {"FOOD_PERMIT": "opened"}, "never decided in place"
    room.pass_time(room.now)
    assert (stages(room, 0), stages(room, 1)) == ({"FOOD_PERMIT": "withdrawn"}, {"AR_MISSING": "withdrawn"})
    assert not room.deadlines


def test_guided_asks_for_help_and_opens() -> None:
    room = Room()
    room.hear(obstructed("AR_MISSING"))
    room.hear(claim(room, actions.HouseholdAsksHelp, "AR_MISSING", role="household", speaks_for=[]))
    assert room.told[-1].reason == "help_asked"
    assert stages(room) == {"AR_MISSING": "opened"}


def test_filed_opens_when_the_usual_time_has_run_without_effect() -> None:
    room = Room()
    room.hear(obstructed("AR_MISSING"))
    filed: dict[str, Any] = {"role": "portal", "speaks_for": [], "receipt_number": "R-20261124-1"}
    room.hear(claim(room, actions.HouseholdFiled, "AR_MISSING", **filed))
    room.pass_time(at(12, 1, 18))
    assert room.names() == ["guided", "filed", "opened"]
    assert room.told[-1].reason == "time_has_run"


def test_the_way_of_a_case_to_cleared() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(claim(room, actions.AuthoritySigns, "FOOD_PERMIT"))
    room.hear(claim(room, actions.AuthorityPlans, "FOOD_PERMIT", promised_on=date(2026, 12, 3)))
    room.hear(claim(room, actions.AuthorityResolves, "FOOD_PERMIT", evidence="permit JY-1", facts={}))
    assert room.names() == ["opened", "signed", "planned", "cleared"]
    cleared = room.told[-1]
    assert cleared.facts == {
        "food_permit": Fact(value=True, source=MARKET, as_of=date(2026, 11, 24), assurance="partner")
    }
    assert cleared.summary.cases[0].state == "cleared"
    assert not room.deadlines


def test_a_claim_that_is_not_allowed_changes_nothing_and_says_why() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    before = room.demand()
    assert room.hear(claim(room, actions.AuthoritySigns, "FOOD_PERMIT", speaks_for=["tax-620102"])).outcome == "refused"
    answer = room.told[-1]
    assert (answer.rule, answer.partner) == ("case_not_yours", "desk-620102")
    assert MARKET in answer.zh
    assert MARKET in answer.en
    unknown = claim(room, actions.AuthoritySigns, "FOOD_PERMIT", case=UUID(int=7))
    room.hear(unknown)
    assert room.told[-1].rule == "no_such_case"
    assert room.demand() == before


def test_a_claim_about_a_demand_that_has_no_cases_is_refused() -> None:
    room = Room()
    stranger = actions.AuthoritySigns(demand=DEMANDS[0], case=UUID(int=7), partner="x", role="authority")
    assert room.hear(stranger).outcome == "refused"
    assert not room.told


def test_two_demands_one_matter() -> None:
    """Cleared in one, cleared in the other, by a deadline that is due now; a third that never had it is left alone."""
    room = Room()
    room.hear(obstructed("FOOD_PERMIT", "LIC_NONE"))
    room.hear(obstructed("FOOD_PERMIT", number=1))
    case, other = (room.demand(number).of("FOOD_PERMIT") for number in (0, 1))
    assert case is not None
    assert other is not None
    assert case.matter == other.matter == matter_of(HOUSEHOLD, "FOOD_PERMIT")
    room.now += timedelta(hours=1)
    room.hear(claim(room, actions.AuthorityResolves, "FOOD_PERMIT", evidence="permit JY-1", facts={}))
    assert stages(room, 1) == {"FOOD_PERMIT": "opened"}, "never decided in place"
    room.pass_time(room.now)
    assert stages(room, 1) == {"FOOD_PERMIT": "cleared"}
    assert stages(room, 0) == {"FOOD_PERMIT": "cleared", "LIC_NONE": "opened"}
    first, second = (each for each in room.told if isinstance(each, cases.Cleared))
    assert (first.facts, first.evidence) == (second.facts, second.evidence)


def test_a_finding_newer_than_the_ending_stays_and_keeps_its_deadline() -> None:
    """Another member's clock is a little ahead: the matter's ending is older than what was found."""
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(obstructed("FOOD_PERMIT", number=1), at=room.now + timedelta(seconds=1))
    room.hear(claim(room, actions.AuthorityResolves, "FOOD_PERMIT", evidence="permit JY-1", facts={}))
    room.pass_time(room.now)
    assert stages(room, 1) == {"FOOD_PERMIT": "opened"}
    assert (DEMANDS[1], "FOOD_PERMIT") in room.deadlines


def test_what_cannot_be_removed_ends_the_matter_and_is_not_opened_again() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(obstructed("FOOD_PERMIT", number=1))
    room.hear(claim(room, actions.AuthorityRefuses, "FOOD_PERMIT", reason="zoned for housing"))
    room.pass_time(room.now)
    assert (stages(room, 0), stages(room, 1)) == ({"FOOD_PERMIT": "refused"}, {"FOOD_PERMIT": "refused"})
    room.hear(obstructed("FOOD_PERMIT"))
    assert stages(room, 0) == {"FOOD_PERMIT": "refused"}


def test_a_finding_that_was_on_its_way_when_the_matter_ended() -> None:
    """Matching had not heard of the clearing yet: the same demand gets no new case, the other one follows at once."""
    room = Room()
    found = room.now
    room.now += timedelta(minutes=1)
    room.hear(obstructed("FOOD_PERMIT"), at=found)
    room.hear(claim(room, actions.AuthorityResolves, "FOOD_PERMIT", evidence="permit JY-1", facts={}))
    room.hear(obstructed("FOOD_PERMIT"), at=found)
    assert stages(room, 0) == {"FOOD_PERMIT": "cleared"}
    room.hear(obstructed("FOOD_PERMIT", number=1), at=found)
    room.pass_time(room.now)
    assert stages(room, 1) == {"FOOD_PERMIT": "cleared"}


def test_an_obstacle_that_comes_back_later_is_a_new_case() -> None:
    room = Room()
    room.hear(obstructed("ABNORMAL_MARK"))
    first = room.demand().of("ABNORMAL_MARK")
    room.hear(claim(room, actions.AuthorityResolves, "ABNORMAL_MARK", evidence="normal", facts={}))
    room.now += timedelta(days=10)
    room.hear(obstructed("ABNORMAL_MARK"))
    second = room.demand().of("ABNORMAL_MARK")
    assert first is not None
    assert second is not None
    assert second.stage == "opened"
    assert second.id != first.id
    assert len(room.rows) == 2


def test_answers_carry_who_acted_and_refusals_the_revision_that_stands() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    signed = room.hear(claim(room, actions.AuthoritySigns, "FOOD_PERMIT"), actor="authority:desk-620102:p-9")
    assert [emit.actor for emit in signed.emits] == ["authority:desk-620102:p-9"]
    again = room.hear(claim(room, actions.AuthoritySigns, "FOOD_PERMIT"))
    assert [emit.revision for emit in again.emits] == [2]
    assert room.world.revision(StateKey(HOUSEHOLD, DEMANDS[0], "demand")) == 2


def test_a_deadline_of_a_demand_that_is_not_known_is_handled_and_says_nothing() -> None:
    room = Room()
    room.deadlines[DEMANDS[0], "FOOD_PERMIT"] = room.now
    room.pass_time(room.now)
    assert not room.told
    assert not room.deadlines


def test_a_deadline_is_never_judged_before_it_was_due() -> None:
    """The sweeper of another process is ahead by a moment: what it fired is due, and is not fired over and over."""
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    due = room.deadlines.pop((DEMANDS[0], "FOOD_PERMIT"))
    fired = EscalationDeadlinePassed(subject=DEMANDS[0], kind="FOOD_PERMIT", generation=DEMANDS[0], due_at=due)
    room.now = due - timedelta(milliseconds=5)
    room.hear(fired)
    assert room.names() == ["opened", "near-due"]


def supplied(assurance: str) -> demands.FactsSupplied:
    """What intake tells when a register's or a household's fact has come in."""
    fact = {"value": True, "source": "register", "as_of": "2026-11-24", "assurance": assurance}
    seen = {
        "demand": DEMANDS[0],
        "household": HOUSEHOLD,
        "state": "open",
        "purpose": "stock",
        "county": "620102",
        "facts": {"food_permit": fact},
        "submitter": {"partner": "hotline", "source_id": "A-0"},
        "received_at": START.isoformat(),
    }
    return demands.FactsSupplied.model_validate({"summary": seen, "changed": ["food_permit"]})


def test_a_registers_fact_closes_the_case_and_a_households_word_does_not() -> None:
    room = Room()
    room.hear(obstructed("FOOD_PERMIT"))
    room.hear(supplied("self"))
    assert room.names() == ["opened"]
    room.hear(supplied("register"))
    assert room.names() == ["opened", "cleared"]
    assert room.told[-1].facts["food_permit"].assurance == "register"


def narrow(*obstacles: str) -> referrals.Obstructed:
    """What matching finds where the household's consent names no authority."""
    return referrals.Obstructed(summary=summary(DEMANDS[0]), obstacles=list(obstacles), authorities=False)


def test_without_consent_to_authorities_the_household_is_guided_and_no_office_hears_of_it() -> None:
    room = Room()
    room.hear(narrow("FOOD_PERMIT", "AR_MISSING"))
    assert stages(room) == {"FOOD_PERMIT": "guided", "AR_MISSING": "guided"}
    room.hear(claim(room, actions.HouseholdAsksHelp, "FOOD_PERMIT", role="household", speaks_for=[]))
    assert room.told[-1].rule == "authorities_not_consented"
    filed: dict[str, Any] = {"role": "household", "speaks_for": [], "receipt_number": "R-1"}
    room.hear(claim(room, actions.HouseholdFiled, "FOOD_PERMIT", **filed))
    room.pass_time(at(12, 31))
    assert stages(room)["FOOD_PERMIT"] == "filed", "its time has run, and still nobody may hear of it"
    assert room.demand().owner == f"household:{HOUSEHOLD}"


def test_a_wider_consent_gives_the_case_to_its_office_and_a_narrower_one_takes_it_back() -> None:
    room = Room()
    room.hear(narrow("FOOD_PERMIT", "AR_MISSING"))
    room.hear(obstructed("FOOD_PERMIT", "AR_MISSING"))
    assert stages(room) == {"FOOD_PERMIT": "opened", "AR_MISSING": "guided"}
    room.hear(narrow("FOOD_PERMIT", "AR_MISSING"))
    assert stages(room) == {"FOOD_PERMIT": "guided", "AR_MISSING": "guided"}
    assert room.names() == ["guided", "guided", "opened", "withdrawn", "guided"]
    assert room.told[-2].reason == "consent_revoked"
