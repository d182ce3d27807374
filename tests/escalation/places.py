"""An invented corner of a province for the decisions' tests, and how a case is brought to where a test begins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.escalation.domain.case import Basis, Case
from services.escalation.domain.claims import AskHousehold, Claim, File, Park, Plan, Sign, Speaker
from services.escalation.domain.clocks import SHANGHAI
from services.escalation.domain.directory import Directory, Level, Times
from services.escalation.domain.legality import judge
from services.escalation.domain.opening import begin
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import Place
from shared.catalogue.regions import stem
from shared.workdays import national

CASE, MATTER = UUID(int=1), UUID(int=2)
CHENGGUAN = Place("620102", "H62")
ANYBODY = Speaker("campaign_office", frozenset({"all"}), person="p-1")


@dataclass(frozen=True)
class Unit:
    id: str
    obstacles: list[str] = field(default_factory=list)
    industries: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Authority:
    id: str
    kind: str
    level: Level
    region: str
    upper: str | None = None
    units: list[Unit] = field(default_factory=list)
    raise_by_itself: bool = True
    catch_all: bool = False


@dataclass(frozen=True)
class Obstacle:
    id: str
    fact: str
    cleared_value: bool | int | str | list[str]
    acts: Literal["household", "authority", "both"]
    lead: str
    working_days: int
    supports: list[str] = field(default_factory=list)
    removable: bool = True
    evidence_kinds: list[str] = field(default_factory=list)
    zh: str = "堵点"
    en: str = "Obstacle"


AUTHORITIES = (
    Authority("market-chengguan", "market", "county", "620102", "market-lanzhou", units=[
        Unit("chengguan-food", obstacles=["FOOD"]),
        Unit("chengguan-food-catering", obstacles=["FOOD"], industries=["H62"]),
        Unit("chengguan-street", regions=["620102001"]),
        Unit("chengguan-desk"),
    ]),
    Authority("market-lanzhou", "market", "city", "620100", "market-gansu"),
    Authority("market-jiayuguan", "market", "city", "620200", "market-gansu"),
    Authority("market-gansu", "market", "province", "620000"),
    Authority("tax-chengguan", "tax", "county", "620102", "tax-lanzhou", raise_by_itself=False),
    Authority("tax-lanzhou", "tax", "city", "620100", "tax-gansu", raise_by_itself=False),
    Authority("tax-gansu", "tax", "province", "620000", raise_by_itself=False),
    Authority("bank-gansu", "central_bank", "province", "620000"),
    Authority("bank-jiayuguan", "central_bank", "city", "620200", "bank-gansu"),
    Authority("health-new-area", "health", "county", "620171"),
    Authority("health-gansu", "health", "province", "620000"),
    Authority("team-chengguan", "team", "county", "620102", "team-gansu", catch_all=True),
    Authority("team-gansu", "team", "province", "620000", catch_all=True),
)  # fmt: skip
OBSTACLES = (
    Obstacle("FOOD", "food_permit", True, "both", "market", 20, supports=["health"]),
    Obstacle("REPORT", "report_filed", True, "household", "market", 5),
    Obstacle("TAX", "tax_state", "regular", "authority", "tax", 3),
    Obstacle("CREDIT", "credit_right", True, "authority", "central_bank", 20),
    Obstacle("ORPHAN", "orphan", True, "authority", "nobody", 10),
    Obstacle("COURT", "listed", False, "household", "market", 0, removable=False),
)


def directory(**more: Any) -> Directory:
    authorities = {each.id: each for each in AUTHORITIES}
    obstacles = {each.id: each for each in OBSTACLES}
    return Directory(authorities, obstacles, Times(sign_days=1, plan_days=3, review_days=30), stem, **more)


def at(month: int, day: int, hour: int = 10, year: int = 2026) -> datetime:
    """A moment in Shanghai."""
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def basis(now: datetime, place: Place = CHENGGUAN) -> Basis:
    return Basis(now, directory(), national(), place)


START = at(11, 24)


def begun(obstacle: str = "FOOD", now: datetime = START, place: Place = CHENGGUAN) -> Case:
    return begin(CASE, obstacle, MATTER, now, basis(now, place)).case


def said(case: Case, claim: Claim, now: datetime, speaker: Speaker = ANYBODY, place: Place = CHENGGUAN) -> Case:
    """The case after a claim that has to be legal."""
    answer = judge(case, claim, speaker, basis(now, place))
    assert not isinstance(answer, Refusal), answer
    return answer.case


def in_stage(stage: str, now: datetime = START) -> Case:
    """A case in a stage, on the way that cases take."""
    if stage == "guided":
        return begun("REPORT", now)
    if stage == "filed":
        return said(begun("REPORT", now), File("R-1"), now)
    opened = begun("FOOD", now)
    if stage in ("cleared", "refused", "withdrawn"):
        return replace(opened, stage=stage, clock=None, ended_at=now)  # type: ignore[arg-type]
    ways: dict[str, list[Claim]] = {
        "opened": [],
        "signed": [Sign()],
        "planned": [Sign(), Plan(at(12, 1).date())],
        "parked": [Sign(), Park(at(12, 15).date(), "winter")],
        "waiting": [Sign(), Plan(at(12, 1).date()), AskHousehold("plan of the premises")],
    }
    for claim in ways[stage]:
        opened = said(opened, claim, now)
    return opened
