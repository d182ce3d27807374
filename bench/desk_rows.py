"""A campaign of invented demands for `bench desk`, as the rows that their events would give; drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.desk.domain.measures import Moments, Money, Visit
from services.desk.domain.rows import (
    CaseRow,
    Delivery,
    Docking,
    Happened,
    HouseholdRow,
    Obstacles,
    Progress,
    ReferralRow,
    Row,
    Taken,
)
from shared.catalogue import Release
from shared.contracts.demands import DemandSummary
from shared.contracts.entities import Product
from shared.contracts.ids import caused_id, demand_id, timed_id
from shared.contracts.values import Card, CostLine, Fact, Referral, Submitter

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
DUE = START + timedelta(days=3650)
"""An inbox whose banks still have time: what they can do is the greater part of its page."""
SECONDS_OF_A_MONTH = 22 * 86_400
REMEDIES = b"[]"
FACTS = ("operating_months", "monthly_flow_yuan", "flow_months", "operator_age", "enquiries_3m", "debt_ratio")
STEPS = (("accepted", 2), ("offered", 4), ("granted", 6))


class Country:
    """Who lends, who removes obstacles, where."""

    def __init__(self, chance: Random, release: Release) -> None:
        self.chance = chance
        self.products = [each for each in release.products.values() if "loan" in each.kinds]
        self.units = {each.id: [unit.id for unit in each.units] for each in release.institutions.values()}
        self.obstacles = list(release.obstacles)
        self.authorities = [each.id for each in release.authorities.values()]
        self.counties = [f"6201{number:02d}" for number in (2, 3, 4, 5, 11, 21, 22, 23, 71)]


def rows_of_demand(country: Country, number: int) -> Iterator[list[Row]]:
    """Seven events of one demand, each as its rows: consent, accepted, referred, told, and three of what became of it:
    an obstacle for some, for the others as far as the banks have come."""
    made = _Demand(country, number)
    yield [made.consent(), made.happened("household.consent-given")]
    yield [made.taken(), made.happened("demand.accepted")]
    yield made.referred()
    yield made.told()
    yield from made.obstructed() if country.chance.random() < 0.3 else made.answered()


class _Demand:
    """What all events of one demand share; `place` counts its events."""

    def __init__(self, country: Country, number: int) -> None:
        self.country, self.chance, self.number, self.place = country, country.chance, number, 0
        self.at = START + timedelta(seconds=self.chance.random() * SECONDS_OF_A_MONTH)
        self.later = self.at + timedelta(hours=self.chance.randint(1, 90))
        self.household = timed_id(int(START.timestamp() * 1000) + number, f"household {number}")
        self.demand = demand_id("bench", str(number))
        self.amount = 10_000 * self.chance.randint(1, 80)
        self.county = self.chance.choice(country.counties)
        self.products = self.chance.sample(country.products, 3)
        self.referrals = tuple(self._referral(product) for product in self.products)

    def happened(self, kind: str, about: UUID | None = None) -> Happened:
        self.place += 1
        event = caused_id(self.demand, f"event {self.place}")
        moment = self.at + timedelta(minutes=self.place)
        return Happened(self.household, event, self.demand, moment, kind, "service:bench", about, None, None, None)

    def consent(self) -> HouseholdRow:
        return HouseholdRow(self.household, 1, "v1", date(2027, 12, 31), 3, True, False)

    def taken(self) -> Taken:
        about = ("open", "loan", "stock", self.county, "H6210", self.amount, 12)
        known = (self.chance.random() < 0.4, self.chance.random() < 0.5)
        submitter = Submitter(partner="bench", source_id=str(self.number))
        origin = (submitter.partner, submitter.source_id, submitter.channel, self.at, True)
        summary = DemandSummary(
            demand=self.demand, household=self.household, state="open", purpose="stock", county=self.county,
            amount_yuan=self.amount, term_months=12, industry="H6210", sentence="想贷一笔款进货备货，" * 20,
            facts={name: Fact(value=24, source="bench", as_of=self.at.date()) for name in FACTS},
            submitter=submitter, received_at=self.at, simulated=True,
        )  # fmt: skip
        view = summary.model_dump_json(exclude_none=True).encode()
        return Taken._make((self.household, self.demand, 1, *about, *origin, *known, view))

    def _referral(self, product: Product) -> ReferralRow:
        unit = self.chance.choice(self.country.units[product.bank])
        due = DUE + timedelta(days=self.chance.randint(0, 40))
        place = (caused_id(self.demand, product.id), self.household, self.demand)
        lines = [CostLine(item="rate", bp=product.rate_bp), CostLine(item="subsidy", policy="bench", bp=-50)]
        body = Referral(
            id=place[0], bank=product.bank, unit=unit, product=product.id, round=1, state="open", due_at=due,
            cost_bp=product.rate_bp, cost_lines=lines, card=Card(county=self.county),
        ).model_dump_json(exclude_none=True)  # fmt: skip
        about = (product.bank, unit, product.id, 1, "open", due, product.rate_bp, self.county)
        return ReferralRow._make((*place, *about, body.encode()))

    def docking(self, sequence: int, state: str, referrals: tuple[ReferralRow, ...], granted: int = 0) -> Docking:
        owner = f"bank:{referrals[0].bank}"
        known = (1, owner, self.at, granted, 0, REMEDIES, referrals)
        return Docking._make((self.household, self.demand, sequence, state, *known))

    def moments(self, referral: ReferralRow, **told: Any) -> Moments:
        return Moments(referral.referral, self.household, self.demand, **told)

    def referred(self) -> list[Row]:
        opened = [self.moments(each, opened_at=self.at) for each in self.referrals]
        stage = Progress(self.household, self.demand, 1, 1, self.amount)
        return [self.docking(1, "referred", self.referrals), stage, *opened, self.happened("referral.round-opened")]

    def told(self) -> list[Row]:
        self.place += 1
        end = (self.at, 0, 2, "sent", None)
        return [
            Delivery._make(
                (self.household, caused_id(each.referral, "told"), self.demand, "referral.round-opened", "bank",
                 each.bank, "door", *end)
            )
            for each in self.referrals
        ]  # fmt: skip

    def obstructed(self) -> Iterator[list[Row]]:
        """Declined for a reason, a case for it, and somebody went to see."""
        declined = tuple(each._replace(state="declined", due_at=None) for each in self.referrals)
        no = [self.moments(each, declined_at=self.later, decline_code="ANNUAL_REPORT") for each in self.referrals]
        yield [self.docking(2, "obstructed", declined), *no, self.happened("referral.obstructed")]
        obstacle, authority = self.chance.choice(self.country.obstacles), self.chance.choice(self.country.authorities)
        case = CaseRow(
            caused_id(self.demand, "case"), self.household, self.demand, obstacle, caused_id(self.demand, "matter"),
            authority, None, "county", self.chance.choice(("opened", "signed", "cleared")),
            self.later + timedelta(days=5), None, 0, 0, False, known_county=self.county,
        )  # fmt: skip
        yield [Obstacles(self.household, self.demand, 1, 1, (case,)), self.happened("case.opened", case.case)]
        about = ("bench", declined[0].bank, "620102", self.later.date(), "demand")
        yield [Visit(caused_id(self.demand, "visit"), self.household, *about), self.happened("household.visited")]

    def answered(self) -> Iterator[list[Row]]:
        """As far as the first bank has come: nowhere yet, accepted, offered, granted."""
        first, steps = self.referrals[0], STEPS[: self.chance.randint(0, 3)]
        for step, stage in steps:
            moved = (first._replace(state=step, due_at=None), *self.referrals[1:])
            granted = self.amount if step == "granted" else 0
            docking = self.docking(1 + stage, "referred" if step == "accepted" else step, moved, granted)
            rows: list[Row] = [docking, Progress(self.household, self.demand, stage, stage, self.amount)]
            rows.append(self.moments(first, **{f"{step}_at": self.later}))
            if granted:
                place = (caused_id(self.demand, "granted"), self.household, self.demand, first.referral)
                rows.append(Money(*place, first.bank, first.unit, self.later, step, None, granted, 385))
            yield [*rows, self.happened(f"referral.{step}", first.referral)]
        for _ in range(3 - len(steps)):
            yield [self.happened("referral.near-due", first.referral)]
