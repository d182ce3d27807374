"""Writes the read model in bulk: one statement per table and batch, each guarded by the rank of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.desk.domain.measures import Limit, Moments, Money, Rating, Visit
from services.desk.domain.ranks import KINDS, newest
from services.desk.domain.rows import (
    Alias,
    Capacity,
    CaseRow,
    CountyWord,
    Delivery,
    Docking,
    Happened,
    HouseholdRow,
    Letter,
    Obstacles,
    Progress,
    Question,
    ReferralRow,
    Refusal,
    Row,
    Taken,
)
from shared.database import Connection

_TYPES = {
    "uuid": "household demand event about cause trace referral case matter delivery alias letter",
    "text": "state kind purpose county known_county industry partner source_id docking owner bank unit product"
    " obstacle authority level type actor cause_type audience recipient channel outcome reason consent_version said"
    " service origin moved policy of visitor result decline_code what asked_of reached",
    "bigint": "intake_sequence matching_sequence escalation_sequence sequence amount_yuan granted_yuan disbursed_yuan"
    " quota_yuan version",
    "integer": "term_months round open_cases cost_bp transfers raised attempt bank_limit open_limit rate_bp",
    "smallint": "stage certainty stars",
    "boolean": "simulated extended contact_confirmed erased first_time verified open extension_asked household_asked",
    "timestamptz": "received_at due_at at opened_at accepted_at contacted_at offered_at declined_at lapsed_at"
    " recalled_at granted_at disbursed_at",
    "date": "promised_on consent_until visited_on until",
    "bytea": "summary remedies body params problems",
    "jsonb": "told",
}
_TYPE_OF = {column: name for name, columns in _TYPES.items() for column in columns.split()}


def _upsert(table: str, columns: Sequence[str], place: int, guard: str) -> str:
    """INSERT of whole columns; where a row is there already, replace it if the guard holds."""
    arrays = ", ".join(f"${number}::{_TYPE_OF[column]}[]" for number, column in enumerate(columns, 1))
    names = [f'"{column}"' for column in columns]
    inserted = f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of ours
    conflict = f"ON CONFLICT ({', '.join(names[:place])})"
    if not guard:
        return f"{inserted} {conflict} DO NOTHING"
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[place:])
    return f"{inserted} {conflict} DO UPDATE SET {changes} WHERE {guard}"


def _ranked(table: str, row: type[Row], columns: Sequence[str], null: bool = False) -> str:
    """Guarded by the rank: the higher one stays. `null`: the group may be empty as yet."""
    kind = KINDS[row]
    ours, theirs = (", ".join(f"{side}.{column}" for column in kind.rank) for side in (table, "excluded"))
    guard = f"({theirs}) > ({ours})" if kind.rank else ""
    return _upsert(table, columns, kind.place, f"{ours} IS NULL OR {guard}" if null else guard)


def _earliest(table: str, columns: Sequence[str], place: int) -> str:
    """Of each column the earliest; a row that brings nothing earlier is not written again."""
    sides = [f"least({table}.{column}, excluded.{column})" for column in columns]
    guard = " OR ".join(f"{table}.{c} IS DISTINCT FROM {side}" for c, side in zip(columns, sides, strict=True))
    changes = ", ".join(f"{column} = {side}" for column, side in zip(columns, sides, strict=True))
    inserted, _, _ = _upsert(table, (*Moments._fields[:place], *columns), 1, "true").partition(" DO UPDATE")
    return f"{inserted} DO UPDATE SET {changes} WHERE {guard}"


def _differing(table: str, columns: Sequence[str]) -> str:
    """Guarded by difference: these rows belong to a group that has just been replaced."""
    ours, theirs = (", ".join(f'{side}."{column}"' for column in columns[1:]) for side in (table, "excluded"))
    return _upsert(table, columns, 1, f"({ours}) IS DISTINCT FROM ({theirs})")


_WHOLE: tuple[tuple[type[Row], str], ...] = (
    (Taken, _ranked("demands", Taken, Taken._fields, null=True)),
    (Progress, _ranked("progress", Progress, Progress._fields)),
    (Question, _ranked("questions", Question, Question._fields)),
    (HouseholdRow, _ranked("households", HouseholdRow, HouseholdRow._fields)),
    (Delivery, _ranked("deliveries", Delivery, Delivery._fields)),
    (Capacity, _ranked("capacity", Capacity, Capacity._fields)),
    (Happened, _ranked("timeline", Happened, Happened._fields)),
    (Alias, _ranked("aliases", Alias, Alias._fields)),
    (Refusal, _ranked("refusals", Refusal, Refusal._fields)),
    (Letter, _ranked("letters", Letter, Letter._fields)),
    (Moments, _earliest("moments", Moments._fields[3:], 3)),
    (Money, _ranked("money", Money, Money._fields)),
    (Rating, _ranked("ratings", Rating, Rating._fields)),
    (Visit, _ranked("visits", Visit, Visit._fields)),
    (Limit, _ranked("limits", Limit, Limit._fields)),
    (CountyWord, _ranked("county_words", CountyWord, CountyWord._fields)),
)
_RETURNING = " RETURNING household, demand"
_DOCKING = _ranked("demands", Docking, Docking._fields[:-1], null=True) + _RETURNING
_OBSTACLES = _ranked("demands", Obstacles, Obstacles._fields[:-1], null=True) + _RETURNING
_REFERRALS = _differing("referrals", ReferralRow._fields)
_CASES = _differing("cases", CaseRow._fields)


async def project(connection: Connection, rows: Sequence[Row]) -> None:
    """Write what a batch of events brings. Never commits."""
    kept = newest(rows)
    for kind, statement in _WHOLE:
        if kind in kept:
            await connection.execute(statement, *_columns(kept[kind]))
    await _groups(connection, kept.get(Docking, []), _DOCKING, _REFERRALS)
    await _groups(connection, kept.get(Obstacles, []), _OBSTACLES, _CASES)


async def _groups(connection: Connection, rows: Sequence[Any], statement: str, parts: str) -> None:
    """Replace the groups that are newer; of those, and of no others, the rows of their parts too."""
    if not rows:
        return
    replaced = await connection.fetch(statement, *_columns([row[:-1] for row in rows]))
    newer = {(row["household"], row["demand"]) for row in replaced}
    found = sorted(part for row in rows if row[:2] in newer for part in row[-1])
    if found:
        await connection.execute(parts, *_columns(found))


def _columns(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))
