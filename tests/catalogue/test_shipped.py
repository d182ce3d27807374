"""The catalogue that ships: whole, invented, and such that nothing in it leads nowhere."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from freshwater.catalogue.facts_table import FACTS_DOCUMENT, facts_document
from freshwater.places import CHECKOUT
from shared.catalogue import Release, load_directory, within

FOLDER = CHECKOUT / "catalogue"
LANZHOU = ("620102", "620103", "620104", "620105", "620111", "620121", "620122", "620123", "620171")


@pytest.fixture(scope="module")
def release() -> Release:
    return load_directory(FOLDER)


def test_it_holds_what_the_demonstration_needs(release: Release) -> None:
    assert len(release.institutions) == 19
    assert len(release.products) >= 100
    assert len(release.policies) >= 10
    assert len(release.obstacles) >= 25
    assert len(release.facts) >= 30
    assert len(release.decline_codes) >= 12
    assert {code.leads_to for code in release.decline_codes.values()} == {
        "obstacle",
        "adjust",
        "supply",
        "final",
        "direction",
    }
    assert {fact.failure for fact in release.facts.values()} >= {"adjust", "clear", "wait", "final"}
    assert release.campaign.starts_on <= date(2026, 11, 1) < date(2026, 12, 31) <= release.campaign.ends_on


def test_it_says_that_it_is_invented(release: Release) -> None:
    assert release.campaign.invented
    assert all("虚构" in bank.zh and "invented" in bank.en for bank in release.institutions.values())
    assert all("演示" in authority.zh and "demonstration" in authority.en for authority in release.authorities.values())
    for file in FOLDER.rglob("*.yaml"):
        if "products" in file.parts or file.name == "institutions.yaml":
            assert "invented" in file.read_text("utf-8").splitlines()[0].lower(), file.name


def test_no_address_in_it_can_reach_anybody() -> None:
    for file in FOLDER.rglob("*.yaml"):
        for host in re.findall(r"[\w.+-]+@([\w.-]+\w)", file.read_text("utf-8")):
            assert host.endswith((".example", ".example.org")), (file.name, host)


def test_two_institutions_are_not_named_in_the_consent_but_have_products(release: Release) -> None:
    unnamed = set(release.institutions) - set(release.consents["v1"].banks)
    assert len(unnamed) == 2
    assert all(any(product.bank == bank for product in release.products.values()) for bank in unnamed)
    assert release.consents["v1"].bank_limit == 3


def test_the_present_lender_may_be_any_institution(release: Release) -> None:
    assert {choice.id for choice in release.facts["present_lender"].values} - {"none", "other"} == set(
        release.institutions
    )


@pytest.fixture(scope="module")
def counties(release: Release) -> set[str]:
    """Where a household can be: the counties of Gansu, and 嘉峪关, which has none."""
    return {one.region for one in release.authorities.values() if one.level == "county"} | {"620200"}


def test_it_has_all_of_gansu(release: Release, counties: set[str]) -> None:
    """Fourteen cities and prefectures with their counties; 兰州新区 by the code that statistics use."""
    assert len({code[:4] for code in counties}) == 14
    assert {code for code in counties if code.startswith("6201")} == set(LANZHOU)
    assert {code for code in counties if code.startswith("6202")} == {"620200"}
    assert len(counties) == 86 + 1 + 1, "86 counties of GB/T 2260, the New Area, Jiayuguan"


def test_every_obstacle_has_a_lead_for_every_county(release: Release, counties: set[str]) -> None:
    regions: dict[str, list[str]] = {}
    for one in release.authorities.values():
        regions.setdefault(one.kind, []).append(one.region)
    for obstacle in release.obstacles.values():
        for county in counties:
            assert any(within(county, region) for region in regions[obstacle.lead]), (obstacle.id, county)


def test_every_county_has_a_team_for_what_finds_nobody(release: Release, counties: set[str]) -> None:
    teams = {one.region for one in release.authorities.values() if one.catch_all}
    assert teams == counties | {"620000"}


def test_lines_end_at_the_province_and_the_central_bank_has_no_county_rung(release: Release) -> None:
    for authority in release.authorities.values():
        top = authority
        while top.upper:
            top = release.authorities[top.upper]
        assert top.level == "province", authority.id
    bank = {one.region: one.level for one in release.authorities.values() if one.kind == "central_bank"}
    assert set(bank.values()) == {"city", "province"}
    assert "620100" not in bank, "the provincial office is the capital's own"
    assert release.authorities["tax-620200"].upper == "tax-620000", "嘉峪关: from the city straight to the province"


def test_an_obstacle_is_found_by_the_value_that_a_fact_has(release: Release) -> None:
    assert release.obstacle_of("licence_state", "expired") == "LIC_EXPIRED"
    assert release.obstacle_of("licence_state", None) == "LIC_NONE"
    assert release.obstacle_of("tax_state", "abnormal") == "TAX_ABNORMAL"
    assert release.obstacle_of("tax_grade", "D") == "TAX_GRADE_LOW"
    assert release.obstacle_of("annual_report_filed", False) == "AR_MISSING"
    assert release.obstacle_of("debt_ratio", 90) is None
    assert release.obstacle_of("no such fact", True) is None


def test_the_table_of_facts_is_current(release: Release) -> None:
    assert FACTS_DOCUMENT.read_text("utf-8") == facts_document(release), "run ./run catalogue facts"


def test_a_release_cannot_be_changed(release: Release) -> None:
    with pytest.raises(TypeError):
        release.products["mine"] = next(iter(release.products.values()))  # type: ignore[index]
    with pytest.raises(AttributeError):
        release.number = 2  # type: ignore[misc]


def test_the_digest_does_not_depend_on_where_entities_stand(release: Release, tmp_path: Path) -> None:
    """One file for everything, in another order, is the same catalogue."""
    for number, file in enumerate(sorted(FOLDER.rglob("*.yaml"), reverse=True)):
        if "workdays" not in file.parts:
            (tmp_path / f"{number}.yaml").write_text(file.read_text("utf-8"), "utf-8")
    shutil.copytree(FOLDER / "templates", tmp_path / "templates")
    assert load_directory(tmp_path).sha256 == release.sha256


def test_entities_of_one_shape_share_the_names_of_their_fields(release: Release) -> None:
    """A thousand authorities with a set of names each would be megabytes in every process."""
    names = {id(each.__pydantic_fields_set__) for each in release.authorities.values()}
    units = {id(unit.__pydantic_fields_set__) for each in release.authorities.values() for unit in each.units}
    assert len(names | units) < 12
