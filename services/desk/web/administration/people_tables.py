"""The tables of a house's own people: who works where, whose work is whose, who stands in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncpg import Record

from services.desk.store import people as store
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from services.desk.web.wording.words import CHINA, Words


def _of(visit: Visit, rows: Sequence[Record], limit: int) -> list[dict[str, Any]]:
    """Rows of the officer's house, with the house: a unit's name needs it."""
    return [{**row, "house": visit.signed_in.subject, "house_kind": visit.signed_in.house} for row in rows[:limit]]


async def people(visit: Visit, limit: int) -> list[dict[str, Any]]:
    """Everybody who may sign in."""
    async with visit.office.connection() as connection:
        rows = await store.people(connection, visit.signed_in)
    return _of(visit, [row for row in rows if not row["disabled"]], limit)


async def rules(visit: Visit, limit: int) -> list[dict[str, Any]]:
    """In the order in which they are tried."""
    async with visit.office.connection() as connection:
        return _of(visit, await store.rules(connection, visit.signed_in), limit)


async def stand_ins(visit: Visit, limit: int) -> list[dict[str, Any]]:
    """Today's and later ones."""
    today = visit.office.clock.now().astimezone(CHINA).date()
    async with visit.office.connection() as connection:
        return _of(visit, await store.stand_ins(connection, visit.signed_in, today), limit)


def unit_of(row: Any, words: Words) -> str:
    """A unit of the row's house by its name; what belongs to no unit says so."""
    return _unit(row["unit"], row, words) if row["unit"] else words.language.text(N_("no unit"))


def _unit(unit: str, row: Any, words: Words) -> str:
    return words.unit(unit, row["house"], "institutions" if row["house_kind"] == "bank" else "authorities")


def _units(row: Any, words: Words) -> str:
    named = [_unit(unit, row, words) for unit in row["units"]]
    return ", ".join(named) or words.language.text(N_("all units"))


def _code(row: Any, words: Words) -> str | None:
    return words.name(row["code"], "products" if row["house_kind"] == "bank" else "obstacles") if row["code"] else None


PEOPLE = Table(
    "people",
    N_("People"),
    (
        Column(N_("Login"), lambda row, _: row["login"]),
        Column(N_("Works in"), _units),
        Column(N_("Hands out work"), lambda row, words: words.language.text(N_("yes")) if row["leads"] else None),
    ),
    empty=N_("Nobody of this house has an account yet. The system administrator makes one."),
)
RULES = Table(
    "rules",
    N_("Rules"),
    (
        Column(N_("Unit"), lambda row, words: _unit(row["unit"], row, words) if row["unit"] else None),
        Column(N_("County"), lambda row, words: words.place(row["county"]) if row["county"] else None),
        Column(N_("Product or obstacle"), _code),
        Column(N_("goes to"), lambda row, _: row["login"]),
    ),
    empty=N_("No rule yet: everybody sees everything of their units."),
)
STAND_INS = Table(
    "stand-ins",
    N_("Stand-ins"),
    (
        Column(N_("Stands in"), lambda row, _: row["instead_login"]),
        Column(N_("Away"), lambda row, _: row["away_login"]),
        Column(N_("From"), lambda row, _: row["from_day"], "day"),
        Column(N_("To"), lambda row, _: row["to_day"], "day"),
    ),
    empty=N_("Nobody is away."),
)
LISTINGS = (
    Listing(PEOPLE, "people", people),
    Listing(RULES, "people", rules),
    Listing(STAND_INS, "people", stand_ins),
)
