"""The invented households: nobody can be one of them, they fit the catalogue, and the same seed gives the same ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from stdnum.cn import uscc

from freshwater.places import CHECKOUT
from freshwater.simulate.chance import chance
from freshwater.simulate.invented import code_check, credit_code, organisation_check
from freshwater.simulate.profiles import COUNTIES, Profile, profile
from freshwater.simulate.submissions import submissions
from freshwater.simulate.trades import TRADES
from shared.catalogue import Release, load_directory
from shared.contracts.door import DemandSubmitted
from shared.contracts.entities import Criterion

NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
MANY = 400


@pytest.fixture(scope="module")
def release() -> Release:
    return load_directory(CHECKOUT / "catalogue")


@pytest.fixture(scope="module")
def households() -> list[Profile]:
    return [profile(7, f"D7-{number:06d}") for number in range(MANY)]


def test_a_credit_code_passes_at_the_gate_and_can_be_in_no_register() -> None:
    for number in range(200):
        code = credit_code(chance(1, number), "620102")
        assert uscc.is_valid(code)
        assert code.startswith("92620102")
        assert code[16] != organisation_check(code[8:16]), "a real one keeps both check digits"


def test_the_check_digits_are_those_of_the_standards() -> None:
    """91110000600037341L is the example of python-stdnum; its organisation code is 60003734-1."""
    assert code_check("91110000600037341") == "L"
    assert organisation_check("60003734") == "1"


def test_no_telephone_number_can_ring(households: list[Profile]) -> None:
    phones = [each.personal["phone"] for each in households]
    assert all(len(phone) == 11 and phone.startswith("100") for phone in phones)
    assert len(set(phones)) == MANY


def test_names_say_that_they_are_invented(households: list[Profile]) -> None:
    assert all("某" in each.personal["contact_name"] for each in households)
    assert all("虚构" in each.personal["shop_name"] for each in households)


def test_every_fact_is_one_that_the_catalogue_declares(households: list[Profile], release: Release) -> None:
    for each in households:
        for name, value in each.facts.items():
            declared = release.facts[name]
            allowed = {choice.id for choice in declared.values}
            match declared.type:
                case "flag":
                    assert isinstance(value, bool)
                case "integer":
                    assert isinstance(value, int)
                    assert value >= 0
                case "choice":
                    assert value in allowed
                case "set":
                    assert isinstance(value, list)
                    assert set(value) <= allowed
        assert {each.purpose} <= {choice.id for choice in release.facts["purpose"].values}


def test_the_same_seed_gives_the_same_household_and_another_one_another() -> None:
    assert profile(3, "D3-000001") == profile(3, "D3-000001")
    assert profile(3, "D3-000001") != profile(4, "D3-000001")


def test_the_shares_are_near_their_weights(households: list[Profile]) -> None:
    counties = Counter(each.county for each in households)
    assert set(counties) == set(COUNTIES)
    assert abs(counties["620102"] / MANY - COUNTIES["620102"] / sum(COUNTIES.values())) < 0.08
    assert len({each.trade for each in households}) > len(TRADES) / 2
    assert 0.03 < sum(each.facts["licence_state"] != "valid" for each in households) / MANY < 0.2


def test_what_they_hand_in_is_what_the_contract_takes() -> None:
    sent = list(submissions(1, range(300), NOW))
    for each in sent:
        DemandSubmitted.model_validate(each.event["data"])
        assert each.event["simulated"] is True
    numbers = Counter(each.source_id for each in sent)
    assert any(count == 2 for count in numbers.values()), "some come twice"
    assert any(name.endswith("-B") for name in numbers), "some ask under two numbers"
    assert any(each.event["data"]["county"] == "110101" for each in sent), "some are not valid"


def test_who_meets_an_obstacle_meets_it_whichever_product_it_asks_for(release: Release) -> None:
    """Every product for a new loan asks for a valid licence, or for something that these have not."""
    first: Counter[tuple[str, bool]] = Counter()
    for each in submissions(1, range(50), NOW, series="O", obstructed=True):
        data = each.event["data"]
        facts = {**data["facts"], "industry": data["industry"]}
        first[facts["licence_state"], facts["overdue_now"]] += 1
        for product in release.products.values():
            if "loan" in product.kinds:
                assert any(_fails(criterion, facts) for criterion in product.criteria), product.id
    assert set(first) == {("expired", False), ("none", False), ("expired", True)}, "not all are stopped by the same"


def _fails(criterion: Criterion, facts: dict[str, Any]) -> bool:
    value, wanted = facts.get(criterion.fact), criterion.value
    if value is None:
        return False
    match criterion.op:
        case "is":
            return bool(value != wanted)
        case "in":
            assert isinstance(wanted, list)
            return not any(str(value).startswith(each) for each in wanted)
        case "any_of":
            assert isinstance(wanted, list)
            return not set(value) & set(wanted)
        case "at_most":
            return bool(value > wanted)
    return False


def test_the_order_of_asking_changes_nothing() -> None:
    forwards = [each.event for each in submissions(1, range(20), NOW)]
    backwards = [each.event for number in reversed(range(20)) for each in submissions(1, [number], NOW)]
    assert sorted(map(str, forwards)) == sorted(map(str, backwards))
