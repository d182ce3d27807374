"""Who gets an obstacle: by obstacle, industry and region, at the lowest level there is, and never nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.escalation.domain.directory import Directory, Times
from services.escalation.domain.routing import NobodyAtAll, Place, route
from shared.catalogue import load_directory
from shared.catalogue.regions import stem
from tests.escalation.places import AUTHORITIES, OBSTACLES, directory

RELEASE = load_directory("catalogue", 1)
SHIPPED = Directory(RELEASE.authorities, RELEASE.obstacles, Times(), stem)


@pytest.mark.parametrize(
    ("obstacle", "region", "industry", "authority", "unit"),
    [
        ("FOOD", "620102", "H62", "market-chengguan", "chengguan-food-catering"),
        ("FOOD", "620102", "H61", "market-chengguan", "chengguan-food"),
        ("FOOD", "620102", "6210", "market-chengguan", "chengguan-food-catering"),
        ("FOOD", "620102", None, "market-chengguan", "chengguan-food"),
        ("REPORT", "620102001", "F52", "market-chengguan", "chengguan-street"),
        ("REPORT", "620102001007", "F52", "market-chengguan", "chengguan-street"),
        ("REPORT", "620102002", "F52", "market-chengguan", "chengguan-desk"),
        ("REPORT", "620103", "F52", "market-lanzhou", None),
        ("REPORT", "620171", None, "market-lanzhou", None),
        ("REPORT", "620200", None, "market-jiayuguan", None),
        ("REPORT", "620201", None, "market-jiayuguan", None),
        ("REPORT", "620321", None, "market-gansu", None),
        ("CREDIT", "620102", None, "bank-gansu", None),
        ("CREDIT", "620200", None, "bank-jiayuguan", None),
    ],
)
def test_longest_match_wins_and_missing_levels_are_skipped(
    obstacle: str, region: str, industry: str | None, authority: str, unit: str | None
) -> None:
    seat, _ = route(directory(), obstacle, Place(region, industry))
    assert (seat.authority, seat.unit) == (authority, unit)
    assert not seat.catch_all


@pytest.mark.parametrize(
    ("obstacle", "region", "authority"),
    [
        ("ORPHAN", "620102", "team-chengguan"),
        ("ORPHAN", "620102001", "team-chengguan"),
        ("ORPHAN", "620103", "team-gansu"),
        ("NOT_IN_THE_RELEASE", "620102", "team-chengguan"),
        ("FOOD", "110101", "team-gansu"),
    ],
)
def test_who_finds_nobody_gets_the_team_and_it_shows(obstacle: str, region: str, authority: str) -> None:
    seat, _ = route(directory(), obstacle, Place(region, None))
    assert seat.authority == authority
    assert seat.catch_all
    assert seat.owner.startswith("county_team:")


def test_an_area_without_a_code_of_its_own_is_a_county_under_its_statistical_one() -> None:
    """兰州新区: its own desk where a kind has one, else the city around it."""
    assert route(SHIPPED, "LIC_NONE", Place("620171", None))[0].authority == "market_regulation-620171"
    without = {key: each for key, each in RELEASE.authorities.items() if each.region != "620171"}
    there = Directory(without, RELEASE.obstacles, Times(), stem)
    assert route(there, "LIC_NONE", Place("620171", None))[0].authority == "market_regulation-620100"


def test_supports_are_told_and_the_lead_is_not_one_of_them() -> None:
    _, supports = route(directory(), "FOOD", Place("620102", None))
    assert supports == ("health-gansu",)


def test_lines_climb_within_themselves() -> None:
    held = directory()

    def line(start: str) -> list[str]:
        found, here = [], held.above(held.authorities[start])
        while here is not None:
            found.append(here.id)
            here = held.above(here)
        return found

    assert line("tax-chengguan") == ["tax-lanzhou", "tax-gansu"]
    assert line("market-jiayuguan") == ["market-gansu"]
    assert line("bank-gansu") == []
    assert line("health-new-area") == ["health-gansu"], "an upper level that is not named is found by its region"


def test_a_release_without_any_catch_all_is_an_error_that_says_so() -> None:
    authorities = {each.id: each for each in AUTHORITIES if not each.catch_all}
    held = Directory(authorities, {each.id: each for each in OBSTACLES}, Times(), stem)
    with pytest.raises(NobodyAtAll, match="catch-all"):
        route(held, "ORPHAN", Place("620102", None))


@given(
    obstacle=st.sampled_from([*RELEASE.obstacles, "NOT_IN_THE_RELEASE"]),
    region=st.from_regex(r"62\d{4}(\d{3}(\d{3})?)?", fullmatch=True),
    industry=st.none() | st.from_regex(r"[A-T]?\d{0,4}", fullmatch=True),
)
def test_the_shipped_catalogue_has_somebody_for_everything(obstacle: str, region: str, industry: str | None) -> None:
    seat, supports = route(SHIPPED, obstacle, Place(region, industry))
    authority = RELEASE.authorities[seat.authority]
    assert seat.unit is None or seat.unit in {unit.id for unit in authority.units}
    assert set(supports) <= set(RELEASE.authorities) - {seat.authority}
    if not seat.catch_all:
        assert SHIPPED.within(region, authority.region)
        assert authority.kind == RELEASE.obstacles[obstacle].lead
        line = [each for each in RELEASE.authorities.values() if each.kind == authority.kind]
        covering = [stem(each.region) for each in line if SHIPPED.within(region, each.region)]
        assert max(covering, key=len) == stem(authority.region), "a lower level of the same kind covers the place"
