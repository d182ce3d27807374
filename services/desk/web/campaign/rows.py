"""From the board to the rows of the campaign's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from asyncpg import Record

from services.desk.domain.board import (
    STAGES,
    Board,
    MoneyRow,
    Sum,
    by_bank,
    by_unit,
    records,
    summed,
    summed_by,
)
from services.desk.domain.league import Standing, Terms, league
from services.desk.domain.plans import MEASURES, Commitment, reached, state_of
from services.desk.domain.survival import Spells, median, share_by
from services.desk.store.rollup import Clocks
from services.desk.web.wording.words import Words
from shared.catalogue import Release


def clocks_of(release: Release | None) -> Clocks:
    """The banks' clocks of the campaign."""
    return Clocks(1, 3, 5) if release is None else Clocks(*release.campaign.clocks.model_dump().values())


def days_of(clocks: Clocks) -> dict[str, int]:
    """Working days that each stage may take; to an offer it is all three together."""
    return {"accept": clocks.accept, "contact": clocks.contact, "offer": sum(clocks)}


def standings(board: Board, release: Release | None) -> list[Standing]:
    """The league table."""
    codes = release.decline_codes.values() if release else ()
    leads = {code.id: code.leads_to for code in codes}
    return league(records(board), Terms(sum(clocks_of(release)), leads))


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One stage of one bank or unit."""

    bank: str
    unit: str | None
    stage: str
    clock: int
    spells: Spells

    def name(self, words: Words) -> str:
        if self.unit is not None:
            return words.unit(self.unit, self.bank, "institutions")
        return words.name(self.bank, "institutions")

    @property
    def link(self) -> str | None:
        return None if self.unit else f"/campaign/clocks?bank={self.bank}"

    @property
    def share(self) -> float:
        return share_by(self.spells, self.clock)

    def middle(self, words: Words) -> str:
        days = median(self.spells)
        text = words.language.text
        return text("not by half") if days is None else text("%(n)d days") % {"n": days}


def clock_rows(board: Board, clocks: Clocks, bank: str | None) -> list[ClockRow]:
    """By bank; of one bank by unit."""
    found = by_bank(board) if bank is None else by_unit(board, bank)
    days = days_of(clocks)
    return [
        ClockRow(bank or name, name if bank else None, stage, days[stage], stages[stage])
        for name, stages in found.items()
        for stage in STAGES
        if stage in stages
    ]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What one product brought."""

    product: str
    bank: str
    granted: Sum
    drawn: Sum


def product_rows(board: Board) -> list[ProductRow]:
    """Most money granted first."""
    by = {
        moved: summed_by([row for row in board.money if row.moved == moved], lambda row: row.product)
        for moved in ("granted", "disbursed")
    }
    banks = {row.product: row.bank for row in board.money}
    rows = [
        ProductRow(product, banks[product], by["granted"].get(product, Sum()), by["disbursed"].get(product, Sum()))
        for product in {**by["granted"], **by["disbursed"]}
    ]
    return sorted(rows, key=lambda row: (-row.granted.yuan, row.product))


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One step of one policy."""

    policy: str
    step: str
    sum: Sum


def policy_rows(board: Board) -> list[PolicyRow]:
    """By policy, in the order of the steps."""
    found: dict[tuple[str, str], list[MoneyRow]] = {}
    for row in board.money:
        if row.policy is not None:
            found.setdefault((row.policy, row.moved), []).append(row)
    order = ("policy_applied", "policy_granted", "policy_paid")
    keys = sorted(found, key=lambda key: (key[0], order.index(key[1])))
    return [PolicyRow(policy, step, summed(found[policy, step])) for policy, step in keys]


def credit_only(release: Release | None) -> frozenset[str]:
    """Products that ask for no security and no guarantee (信用贷款)."""
    products = release.products.values() if release else ()
    return frozenset(
        each.id
        for each in products
        if each.guarantee_fee_bp == 0 and all(rule.fact != "collateral" for rule in each.criteria)
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """政策直达, 资金直达, 金融服务直达; and of the money what went where it is hard to reach."""

    policy: Sum
    money: Sum
    service: Sum
    granted: Sum
    first_time: Sum
    credit_only: Sum
    renewal: Sum


def reach(board: Board, release: Release | None) -> Reach:
    """Renewals, first-time borrowers and credit without security are shares of what was granted; they overlap."""
    loose = credit_only(release)
    granted = [row for row in board.money if row.moved == "granted"]
    drawn = [row for row in board.money if row.moved == "disbursed" and row.kind != "service"]
    return Reach(
        policy=summed(row for row in board.money if row.moved == "policy_paid"),
        money=summed(drawn),
        service=summed(row for row in granted if row.kind == "service"),
        granted=summed(granted),
        first_time=summed(row for row in granted if row.first_time),
        credit_only=summed(row for row in granted if row.product in loose),
        renewal=summed(row for row in granted if row.kind == "renewal"),
    )


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """A commitment beside what was reached."""

    id: UUID
    bank: str
    measure: str
    target: int
    reached: int
    due_on: date
    state: str
    note: str | None

    def told(self, value: int, words: Words) -> str:
        return words.money(value) if MEASURES[self.measure] == "yuan" else words.number(value)


def commitment_rows(rows: Sequence[Record], board: Board, today: date) -> list[CommitmentRow]:
    """As the office entered them, with what the board has counted."""
    found = []
    for row in rows:
        made = Commitment(row["bank"], row["measure"], row["target"], row["from_day"], row["due_on"])
        so_far = reached(board, made)
        state = state_of(made, so_far, today)
        place = (row["commitment"], made.bank, made.measure, made.target)
        found.append(CommitmentRow(*place, so_far, made.due_on, state, row["note"]))
    return found
