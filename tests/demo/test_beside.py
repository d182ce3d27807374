"""What goes on beside the demands of a demonstration: visits and limits, the same from the same seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from freshwater.places import CHECKOUT
from freshwater.simulate.limits import LEAST, limits
from freshwater.simulate.visits import ROUNDS, visits
from shared.catalogue import load_directory
from shared.contracts.door import LimitDeclared, VisitLogged

RELEASE = load_directory(CHECKOUT / "catalogue")
BANKS = sorted(RELEASE.institutions)
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)


def test_visits_are_such_as_the_gate_takes_and_come_of_the_seed_alone() -> None:
    found = list(visits(1, range(400), NOW, BANKS))
    assert found == list(visits(1, range(400), NOW, BANKS))
    assert found != list(visits(2, range(400), NOW, BANKS))
    said = [VisitLogged.model_validate(event["data"]) for _, event in found]
    assert {each.on for each in said} == {NOW.date()}
    assert len({event["id"] for _, event in found}) == len(found)
    by_outcome = {outcome: sum(each.outcome == outcome for each in said) for outcome in {each.outcome for each in said}}
    assert 60 < by_outcome["demand"] < 140
    assert set(by_outcome) == {"demand", "no_demand", "not_found", "closed_down", "refused"}
    # Only the number by which the register knows a household, and only where the household is to be found by it.
    assert {key for each in said if each.personal for key in each.personal.model_dump(exclude_none=True)} == {
        "credit_code"
    }
    assert {bank for bank, _ in found} <= set(BANKS)
    for county, bank in ROUNDS.items():
        there = [who for (who, _), each in zip(found, said, strict=True) if each.county == county]
        assert there.count(bank) > len(there) / 2


def test_a_branch_that_takes_less_takes_as_much_as_before_afterwards() -> None:
    units = {unit.id: bank.id for bank in RELEASE.institutions.values() for unit in bank.units}
    planned = [
        (bank, act) for bank, response in limits(1, RELEASE.institutions.values(), 400, NOW) for act in response.acts
    ]
    by_unit: dict[str, list[tuple[timedelta, LimitDeclared]]] = {}
    for bank, act in planned:
        said = LimitDeclared.model_validate(act.data)
        assert units[said.unit] == bank
        by_unit.setdefault(said.unit, []).append((act.after, said))
    courses = [[said.open_limit for _, said in each] for each in by_unit.values()]
    usual = max(LEAST, 400 // 5)
    assert {tuple(course) for course in courses} == {(usual,), (usual, usual // 2, usual)}
    assert 0 < len(by_unit) < len(units)
    for each in by_unit.values():
        assert [after for after, _ in each] == sorted(after for after, _ in each)
        assert [said.version for _, said in each] == sorted({said.version for _, said in each})
