"""What simulated banks, authorities and households do: all kinds of things, as the gate takes them, by the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from freshwater.places import CHECKOUT
from freshwater.simulate.authorities import Authority
from freshwater.simulate.banks import Bank
from freshwater.simulate.cast import Cast, players
from freshwater.simulate.households import Household
from freshwater.simulate.notices import Act, Heard, Response
from freshwater.simulate.partners import HOTLINE, demo_partners
from freshwater.simulate.profiles import COUNTIES, JIAYUGUAN, profile
from shared.catalogue import Release, load_directory, within
from shared.contracts import actions, door
from shared.workdays import national
from tests.demo.hearing import NOW, case, demand, referral, told

MANY = 200
SPEAKS = frozenset({"market_regulation-620102", "county_team-620102"})
CLAIMS = {claim.TYPE.rsplit(".", 2)[-2]: claim for claim in actions.EVENTS}
SAID = {each.TYPE: each for each in door.EVENTS}


@pytest.fixture(scope="module")
def release() -> Release:
    return load_directory(CHECKOUT / "catalogue")


@pytest.fixture(scope="module")
def bank(release: Release) -> Bank:
    return Bank(1, release)


@pytest.fixture(scope="module")
def authority(release: Release) -> Authority:
    return Authority(1, release, national())


@pytest.fixture(scope="module")
def household(release: Release) -> Household:
    return Household(1, release)


def check(act: Act) -> None:
    """The gate takes it: the event by its type, a claim's details by its action."""
    said = SAID[act.type].model_validate(act.data)
    if isinstance(said, door.ClaimMade):
        fixed = {"demand": demand(0), "partner": "p", "role": "bank", "referral": said.referral, "case": said.case}
        CLAIMS[said.action].model_validate({**said.details, **fixed})
    assert act.after >= timedelta(0)


def words(responses: list[Response]) -> Counter[str]:
    acts = [act for response in responses for act in response.acts]
    for act in acts:
        check(act)
    return Counter(str(act.data.get("action") or act.type.rsplit(".", 2)[-2]) for act in acts)


def opened(number: int) -> Heard:
    return told("referral.round-opened", "bank", number, referral=referral(number))


def test_most_banks_accept_some_decline_and_some_say_nothing(bank: Bank) -> None:
    responses = [bank.respond(opened(number)) for number in range(MANY)]
    said = words(responses)
    assert set(said) == {"bank-accepts", "bank-declines", "bank-tried-contact"}
    assert 0 < said["bank-tried-contact"] < said["bank-accepts"], "some come to the wrong branch first"
    assert said["bank-accepts"] > MANY / 2
    assert sum(not response.acts for response in responses) > 5


def test_who_needs_a_reminder_accepts_after_it(bank: Bank) -> None:
    def reminded(number: int) -> Response:
        return bank.respond(told("referral.near-due", "bank", number, referral=referral(number), promised_at=NOW))

    quiet = [number for number in range(MANY) if not bank.respond(opened(number)).acts]
    late = [number for number in quiet if reminded(number).acts]
    assert late
    assert len(late) < len(quiet), "some stay silent"
    assert not any(reminded(number).acts for number in range(MANY) if number not in quiet)


def test_an_accepted_household_is_called_and_then_offered_or_declined(bank: Bank, release: Release) -> None:
    card = {"amount_band": "50000-100000", "term_months": 12}
    responses = [
        bank.respond(told("referral.accepted", "bank", number, referral=referral(number, state="accepted"), card=card))
        for number in range(MANY)
    ]
    said = words(responses)
    outcomes = [[act.data["details"].get("outcome") for act in response.acts] for response in responses]
    undecided = [each for each in outcomes if each[-1] is not None]
    assert said["bank-offers"] + said["bank-declines"] == MANY - len(undecided)
    assert ["not_reached"] * 3 in undecided, "three tries, and it is for the household to say"
    assert all(set(each) <= {"not_reached", "wrong_number", "no_real_demand"} for each in undecided)
    assert said["bank-declines"] > 10
    product = release.products["beichen-quick"]
    for response in responses:
        for act in response.acts:
            if act.data["action"] == "bank-offers":
                plan = act.data["details"]["plan"]
                assert product.amount_min <= plan["amount_yuan"] <= product.amount_max
                assert product.term_min <= plan["term_months"] <= product.term_max
            if act.data["action"] == "bank-declines":
                assert act.data["details"]["code"] in release.decline_codes


def test_what_a_household_says_of_a_contact_is_heard(bank: Bank) -> None:
    def answered(state: str) -> list[str]:
        return [
            str(act.data["action"])
            for act in bank.respond(
                told("referral.contacted", "bank", 3, referral=referral(3, state=state), card={"amount_yuan": 80_000})
            ).acts
        ]

    (decides,) = answered("contacted")
    assert decides in ("bank-offers", "bank-declines")
    again, _ = answered("accepted")
    assert again == "bank-tried-contact"
    assert answered("open") == []


def test_what_was_offered_is_granted_and_paid(bank: Bank) -> None:
    plan = {"amount_yuan": 80_000, "term_months": 12, "rate_bp": 345}
    heard = told("referral.chosen", "bank", 1, referral=referral(1, state="chosen", plan=plan))
    grants, pays, *policy = bank.respond(heard).acts
    assert (grants.data["details"]["amount_yuan"], grants.data["details"]["rate_bp"]) == (80_000, 345)
    assert grants.after < pays.after
    check(grants)
    check(pays)
    for step in policy:
        check(step)


def test_a_policy_of_the_product_goes_its_steps_in_order(bank: Bank, release: Release) -> None:
    plan = {"amount_yuan": 80_000, "term_months": 12, "rate_bp": 345}
    seen: set[str] = set()
    for number in range(40):
        heard = told("referral.chosen", "bank", number, referral=referral(number, state="chosen", plan=plan))
        steps = [act for act in bank.respond(heard).acts if act.data["action"] == "policy-step"]
        assert [act.data["details"]["step"] for act in steps] == ["applied", "granted", "paid"][: len(steps)]
        assert [act.after for act in steps] == sorted(act.after for act in steps)
        assert len({act.event_id() for act in steps}) == len(steps)
        for act in steps:
            check(act)
            assert act.data["details"]["policy"] in release.policies
        seen |= {act.data["details"]["step"] for act in steps}
    assert seen == {"applied", "granted", "paid"}


@pytest.mark.parametrize("about", ["referral.recalled", "referral.lapsed", "referral.not-chosen", "referral.switched"])
def test_what_is_over_is_over(bank: Bank, about: str) -> None:
    heard = told(about, "bank", 1, referral=referral(1, state="recalled"))
    assert bank.respond(heard) == Response(over=(referral(1)["id"],))


def test_a_bank_decides_anew_in_another_round(bank: Bank) -> None:
    def moods(number: int) -> set[str]:
        rounds = [
            bank.respond(told("referral.round-opened", "bank", number, referral=referral(number, round=each)))
            for each in (1, 2, 3, 4, 5, 6)
        ]
        return set(words(rounds)) | ({"silence"} if any(not each.acts for each in rounds) else set())

    assert any(len(moods(number)) > 1 for number in range(20))


def in_office(number: int) -> Heard:
    return told("case.opened", "authority", number, case=case(number))


def test_most_authorities_resolve_and_all_the_rest_happens_too(authority: Authority) -> None:
    said = words([authority.respond(in_office(number), SPEAKS) for number in range(MANY)])
    assert said["authority-resolves"] > MANY / 2
    wanted = {"authority-signs", "authority-plans", "authority-refuses", "authority-transfers", "authority-parks"}
    assert wanted | {"authority-asks-extension"} <= set(said)


def test_a_resolution_brings_the_fact_that_the_obstacle_asks_for(authority: Authority, release: Release) -> None:
    acts = [act for number in range(MANY) for act in authority.respond(in_office(number), SPEAKS).acts]
    resolved = [act for act in acts if act.data["action"] == "authority-resolves"]
    cleared = release.obstacles["LIC_EXPIRED"]
    for act in resolved:
        fact = act.data["details"]["facts"][cleared.fact]
        assert fact["value"] == cleared.cleared_value
        assert fact["as_of"] >= "2026-11-02"


def test_who_only_supports_does_nothing(authority: Authority) -> None:
    assert not authority.respond(in_office(1), frozenset({"tax-620102"})).acts


def test_a_transfer_voids_what_the_office_before_meant_to_do(authority: Authority) -> None:
    heard = told("case.transferred", "authority", 1, case=case(1))
    assert authority.respond(heard, SPEAKS).over == (case(1)["id"],)


@pytest.mark.parametrize(
    ("about", "speaks", "action"),
    [
        ("case.raised", frozenset({"market_regulation-620100"}), "authority-confirms-raise"),
        ("case.extension-asked", frozenset({"market_regulation-620100"}), "authority-agrees-extension"),
        ("case.resumed", SPEAKS, "authority-resolves"),
        ("case.overdue", SPEAKS, "authority-resolves"),
    ],
)
def test_the_next_level_acts_too(authority: Authority, about: str, speaks: frozenset[str], action: str) -> None:
    said = words(
        [authority.respond(told(about, "authority", number, case=case(number)), speaks) for number in range(60)]
    )
    assert said[action] > 10


def test_the_county_team_decides_on_each_item_and_closes(authority: Authority) -> None:
    size = {"households": 1, "demands": 1, "blocked_yuan": 80_000, "reasons": ["breached"]}
    item = {"id": case(1)["id"], "obstacle": "FOOD_PERMIT", "authorities": ["market_regulation-620102"], **size}
    heard = told("case.session-opened", "authority", 1, concerns=case(9)["id"], agenda=[item])
    said = words([authority.respond(heard, SPEAKS)])
    assert said == {"consultation-decides": 1, "consultation-closes": 1}
    assert authority.respond(heard, frozenset({"tax-620102"})) == Response(), "who only sits in it waits"


def wants(number: int, about: str, **more: Any) -> Heard:
    return told(about, "submitter", number, source_id=f"D1-{number:06d}", **more)


SUPPLY = {"steps": [{"kind": "supply", "fact": "operator_age", "acts": "household"}], "products": 1}
LESS = {"steps": [{"kind": "adjust", "fact": "amount_yuan", "target": 50_000, "acts": "household"}], "products": 1}
CLEAR = {"steps": [{"kind": "clear", "fact": "licence_state", "target": "valid", "acts": "both"}], "products": 1}
HOUSEHOLD: dict[str, tuple[Callable[[int], Heard], str]] = {
    "asked for facts": (lambda n: wants(n, "referral.facts-requested", remedies=[SUPPLY]), "facts-supplied"),
    "asked to ask for less": (lambda n: wants(n, "referral.obstructed", remedies=[LESS]), "demand-adjusted"),
    "asked about a bank": (lambda n: wants(n, "referral.consent-requested"), "consent-given"),
    "offered": (lambda n: wants(n, "referral.offered", concerns=referral(n)["id"]), "household-chooses"),
    "guided": (lambda n: wants(n, "case.guided", concerns=case(n)["id"]), "household-filed"),
    "asleep": (lambda n: wants(n, "referral.dormant"), "demand-revived"),
    "funded": (lambda n: wants(n, "referral.funded"), "household-rates"),
}


@pytest.mark.parametrize("situation", HOUSEHOLD)
def test_households_answer_and_some_never_do(household: Household, situation: str) -> None:
    notice, word = HOUSEHOLD[situation]
    responses = [household.respond(notice(number)) for number in range(MANY)]
    assert words(responses)[word] > 10
    assert any(not response.acts for response in responses)


def test_what_an_office_clears_no_household_adjusts(household: Household) -> None:
    said = words([household.respond(wants(n, "referral.obstructed", remedies=[CLEAR, LESS])) for n in range(MANY)])
    assert set(said) <= {"demand-withdrawn"}


def test_one_choice_calls_off_the_others(household: Household) -> None:
    number = next(each for each in range(50) if profile(1, f"D1-{each:06d}").temper == "prompt")
    heard = wants(number, "referral.chosen", concerns=referral(number)["id"])
    assert household.respond(heard) == Response(over=(demand(number),))


def test_the_same_seed_behaves_the_same_and_real_demands_are_left_alone(release: Release) -> None:
    played = players(demo_partners(release))
    first, second = (Cast(5, release, national(), played) for _ in range(2))
    other = Cast(6, release, national(), played)
    notices = [("beichen", opened(number)) for number in range(40)]
    notices += [(HOTLINE, HOUSEHOLD["asked for facts"][0](number)) for number in range(40)]
    answers = [first.respond(partner, heard) for partner, heard in notices]
    assert answers == [second.respond(partner, heard) for partner, heard in notices]
    assert answers != [other.respond(partner, heard) for partner, heard in notices]
    for partner, heard in notices:
        heard.simulated = False
        assert first.respond(partner, heard) == Response()


def test_every_institution_and_every_authority_of_a_household_has_somebody_who_plays_it(release: Release) -> None:
    played = players(demo_partners(release))
    spoken = {name for player in played for name in player.speaks_for}
    homes = (*COUNTIES, JIAYUGUAN)
    theirs = {one.id for one in release.authorities.values() if any(within(home, one.region) for home in homes)}
    assert spoken == set(release.institutions) | theirs
    assert len(theirs) > 100
    assert max(len(player.speaks_for) for player in played) <= 64, "the gate takes no more names of one partner"
