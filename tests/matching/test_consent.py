"""Who may see a household: named, asked, limited, taken back."""

from __future__ import annotations

from shared.contracts import demands, households
from tests.matching.room import CONSENT, DEMAND, HOUSEHOLD, START, Room, facts, summary


def test_a_bank_outside_the_consent_is_asked_about_first() -> None:
    room = Room()
    assert room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "niulang"]) == [
        "consent-requested"
    ]
    demand = room.demand()
    assert (demand.label, demand.asked) == ("consent_wanted", ("xinxiu", "xinxiu-quick"))
    more = CONSENT.model_copy(update={"added_banks": ["xinxiu"], "given_at": START.replace(hour=3)})
    about = households.HouseholdSummary(household=HOUSEHOLD, consent=more, bank_limit=3, demands=[DEMAND])
    assert room.tell(households.ConsentGiven(summary=about, banks=["xinxiu"])) == []
    assert room.ring("re-evaluate") == ["round-opened"]
    assert [each.bank for each in room.demand().live] == ["xinxiu"]
    room.check()


def test_no_answer_about_a_bank_leaves_that_bank_out() -> None:
    room = Room()
    room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "niulang"])
    assert room.ring() == ["reminded"]
    told = room.ring()
    assert told
    assert told != ["reminded"]
    assert room.demand().barred == {"xinxiu": "household"}
    room.check()


def test_the_named_bank_goes_first_and_the_excluded_one_never() -> None:
    room = Room()
    room.accept(named_bank="jingxiu", excluded_banks=["beichen"])
    banks = [each.bank for each in room.demand().live]
    assert banks[0] == "jingxiu"
    assert "beichen" not in banks


def test_a_named_bank_outside_the_consent_is_asked_about_at_once() -> None:
    room = Room()
    assert room.accept(named_bank="xinxiu") == ["consent-requested"]


def test_the_limit_holds_over_all_demands_of_a_household() -> None:
    room = Room()
    room.accept()
    assert room.accept(2, purpose="equipment") == ["round-opened"]
    assert len(room.household.seeing) <= 3
    seeing = dict(room.household.seeing)
    assert room.accept(3, excluded_banks=sorted(seeing)) == ["standing"]
    assert room.household.waiting == (room.demand(3).id,)
    room.tell(demands.Withdrawn(summary=summary(1), reason="no longer"))
    room.tell(demands.Withdrawn(summary=summary(2), reason="no longer"))
    assert room.ring("re-evaluate") == ["round-opened"]
    room.check()


def test_revoked_consent_takes_the_demand_back_from_every_bank() -> None:
    room = Room()
    room.accept()
    gone = households.HouseholdSummary(household=HOUSEHOLD, consent=None, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentRevoked(summary=gone))
    assert room.ring("re-evaluate") == ["recalled", "recalled", "recalled", "dormant"]
    assert room.told[-2].reason == "consent_revoked"
    room.check()
    later = CONSENT.model_copy(update={"given_at": START.replace(hour=5)})
    back = households.HouseholdSummary(household=HOUSEHOLD, consent=later, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentGiven(summary=back))
    assert room.ring("re-evaluate") == ["round-opened"]


def test_who_comes_back_to_the_same_obstacle_is_somebodys_turn_again() -> None:
    room = Room()
    room.accept(facts=facts(licence_state="expired"))
    gone = households.HouseholdSummary(household=HOUSEHOLD, consent=None, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentRevoked(summary=gone))
    assert room.ring("re-evaluate") == ["dormant"]
    later = CONSENT.model_copy(update={"given_at": START.replace(hour=5)})
    back = households.HouseholdSummary(household=HOUSEHOLD, consent=later, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentGiven(summary=back))
    assert room.ring("re-evaluate") == ["obstructed"]
    assert room.demand().owner == "authority:market_regulation"
    room.check()


def test_erased_means_closed_and_forgotten() -> None:
    room = Room()
    room.accept()
    gone = households.HouseholdSummary(household=HOUSEHOLD, consent=None, erased=True)
    room.tell(households.Erased(summary=gone))
    assert room.ring("re-evaluate")[-1] == "closed"
    assert room.demand().facts == {}
    room.check()


def test_without_the_box_of_authorities_the_household_removes_an_obstacle_alone() -> None:
    room = Room()
    own = CONSENT.model_copy(update={"boxes": ["banks", "messages"]})
    assert room.accept(facts=facts(licence_state="expired"), consent=own) == ["obstructed"]
    demand = room.demand()
    assert (room.told[-1].authorities, demand.alone, demand.owner) == (False, True, f"household:{HOUSEHOLD}")
    later = CONSENT.model_copy(update={"given_at": START.replace(hour=4)})
    about = households.HouseholdSummary(household=HOUSEHOLD, consent=later, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentGiven(summary=about))
    assert room.ring("re-evaluate") == ["obstructed"]
    assert room.told[-1].authorities
    assert (room.demand().owner or "").startswith("authority:")
    room.check()
