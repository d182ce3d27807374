"""What would follow from another catalogue, and why a demand stands where it stands: computed, never decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.matching.domain.demand import Demand
from services.matching.domain.docking import Docking, Moment
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.explaining import Explanation, explained
from services.matching.domain.whatif import Difference, as_data, compare
from services.matching.handlers.catalogue import rules_of
from shared.catalogue import CatalogueRefused, Release
from shared.catalogue.edits import edited, read_edit
from shared.catalogue.yaml_text import read_yaml
from shared.contracts.ids import caused_id
from shared.workdays import national
from tests.matching.room import CATALOGUE, DEMAND, RELEASE, SNAPSHOT, TODAY, Room, facts

EXAMPLE = CATALOGUE.parent / "docs" / "examples" / "half-year-rule.yaml"


def demand(**known: Any) -> Demand:
    """What matching remembers of a shop that knows these facts beside a sound one's."""
    room = Room()
    room.accept(facts=facts(**known))
    return room.demand()


def under(edit: Mapping[str, Any], *demands: Demand) -> Difference:
    after = Snapshot(rules_of(edited(RELEASE, read_edit(edit))), SNAPSHOT)
    return compare(SNAPSHOT, after, demands, TODAY)


def test_the_example_lets_young_shops_meet_what_old_ones_do() -> None:
    others = tuple(bank for bank in RELEASE.institutions if bank != "shenxiu")
    young = replace(demand(operating_months=8, settlement_account=None), excluded_banks=others)
    found = under(read_yaml(EXAMPLE.read_text("utf-8")).data, young, demand())
    assert (found.served_before, found.served_after) == (1, 2)
    assert found.gained == {young.household}
    assert found.gained_yuan == young.amount_yuan
    (bank,) = found.banks
    assert found.banks[bank].households == {young.household}
    assert as_data(found, {})["yuan_gained"] == young.amount_yuan


def test_who_met_something_already_may_have_more_banks_to_go_to() -> None:
    """A shop of eight months meets products of some banks; under the example, of others too, each counted by itself."""
    young = demand(operating_months=8)
    found = under(read_yaml(EXAMPLE.read_text("utf-8")).data, young, demand())
    assert (found.served_before, found.served_after, found.gained) == (2, 2, set())
    assert found.wider == {young.household}
    assert found.banks
    assert all(gain.households == {young.household} and not gain.lost for gain in found.banks.values())
    back = compare(
        Snapshot(rules_of(edited(RELEASE, read_edit(read_yaml(EXAMPLE.read_text("utf-8")).data)))),
        SNAPSHOT,
        [young],
        TODAY,
    )
    assert {bank for bank, gain in back.banks.items() if gain.lost} == set(found.banks)


def test_the_steps_that_are_spared_are_those_of_the_first_remedy() -> None:
    marked = demand(abnormal_mark=True, operating_months=3, licence_state="expired")
    assert marked.remedies
    everything = {"criteria": [{"fact": each, "op": op, "drop": True} for each, op in (
        ("licence_state", "is"), ("abnormal_mark", "is"), ("operating_months", "at_least"))]}  # fmt: skip
    found = under(everything, marked)
    first = marked.remedies[0].steps
    assert found.spared == {step.obstacle or f"{step.kind} {step.fact}": 1 for step in first}


def test_a_product_taken_away_loses_who_had_no_other() -> None:
    only = replace(demand(), excluded_banks=tuple(bank for bank in RELEASE.institutions if bank != "xinxiu"))
    assert under({"remove": {"products": ["xinxiu-quick"]}}, only).lost == {only.household}


def test_a_cheaper_rate_is_seen_by_who_has_the_product() -> None:
    found = under({"change": {"products": [{"id": "niulang-noodle", "rate_bp": 100}]}}, demand())
    assert (found.cheaper, found.dearer, len(found.changes)) == (1, 0, 1)
    assert found.changes[0].after is not None
    assert found.changes[0].after.product.id == "niulang-noodle"


def test_an_edit_that_means_nothing_is_refused_with_all_that_is_wrong() -> None:
    wrong = {
        "criteria": [{"fact": "operating_month", "op": "at_least", "becomes": 6}, {"fact": "overdue_now", "op": "is"}],
        "change": {"product": [{"id": "x"}]},
        "remove": {"products": ["niulang-nodle"]},
    }
    with pytest.raises(CatalogueRefused) as refused:
        edited(RELEASE, read_edit(wrong))
    said = "\n".join(map(str, refused.value.problems))
    for words in ("'operating_months'", "`drop: true`", "did you mean 'products'", "did you mean 'niulang-noodle'"):
        assert words in said
    with pytest.raises(CatalogueRefused, match="becomes"):
        read_edit({"criteria": [{"fact": "x", "op": "is", "becomes": {"a": 1}}]})


def test_an_edit_leaves_the_release_as_it_was() -> None:
    before = RELEASE.bodies()
    after: Release = edited(RELEASE, read_edit({"criteria": [{"fact": "overdue_now", "op": "is", "drop": True}]}))
    assert RELEASE.bodies() == before != after.bodies()


def explanation(room: Room, snapshot: Snapshot = SNAPSHOT, bank: str | None = None) -> Explanation:
    add, now = national().add_workdays, room.now
    moment = Moment(now, lambda days: add(now, days), lambda place: caused_id(DEMAND, place))
    return explained(Docking(snapshot, room.world.extra.units, moment, room.demand(), room.household), bank)


@pytest.mark.parametrize("known", [{}, {"abnormal_mark": True}, {"operating_months": 1}, {"food_permit": None}])
def test_what_was_just_decided_comes_out_again(known: dict[str, Any]) -> None:
    room = Room()
    room.accept(facts=facts(**known))
    assert explanation(room).differs == ()


def test_under_another_catalogue_it_says_what_differs() -> None:
    room = Room()
    room.accept()
    dearer = edited(RELEASE, read_edit({"change": {"products": [{"id": "niulang-noodle", "rate_bp": 600}]}}))
    found = explanation(room, Snapshot(rules_of(dearer)))
    assert [each.what for each in found.differs] == ["referral niulang-noodle"]
    blocked = Room()
    blocked.accept(facts=facts(licence_state="expired"))
    free = edited(RELEASE, read_edit({"criteria": [{"fact": "licence_state", "op": "is", "drop": True}]}))
    assert "state" in {each.what for each in explanation(blocked, Snapshot(rules_of(free))).differs}


def test_of_a_bank_every_product_is_explained() -> None:
    room = Room()
    room.accept()
    found = explanation(room, bank="beichen")
    there = [each.id for each in RELEASE.products.values() if each.bank == "beichen" and "loan" in each.kinds]
    assert sorted(each.product.id for each in found.verdicts) == sorted(there)
    for verdict in found.verdicts:
        assert verdict.met == all(line.verdict == "passed" for line in verdict.lines)
        assert {line.criterion for line in verdict.lines} == set(verdict.product.criteria)
