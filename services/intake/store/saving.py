"""What a batch writes: in bulk, sorted, never committing. A guard that misses raises Stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.intake.store.rows import Freed, Held, Limit, Link, Opened, Released, Saying, Submission, Verdict, Visit
from shared.database import Connection
from shared.errors import Stale

_ADD_SUBMISSIONS = """
INSERT INTO submissions SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) ON CONFLICT DO NOTHING
"""
_ALIAS = """
UPDATE submissions SET survivor = new.survivor FROM unnest($1::uuid[], $2::uuid[]) AS new (demand, survivor)
WHERE submissions.demand = new.demand
"""
_FREE = """
DELETE FROM open_demands USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS gone (household, purpose, demand)
WHERE (open_demands.household, open_demands.purpose, open_demands.demand) = (gone.household, gone.purpose, gone.demand)
"""
_OPEN_NEW = """
INSERT INTO open_demands SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[]) ON CONFLICT DO NOTHING
"""
_LINK = """
INSERT INTO links SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
ON CONFLICT (id) DO UPDATE SET party = excluded.party
"""
_SAY = "INSERT INTO sayings SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING"
_HOLD = """
INSERT INTO held_claims SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) ON CONFLICT DO NOTHING
"""
_RELEASE = "DELETE FROM held_claims WHERE id = ANY($1::uuid[])"
_LIMIT = """
INSERT INTO limits SELECT * FROM unnest($1::text[], $2::int[])
ON CONFLICT (unit) DO UPDATE SET version = excluded.version WHERE limits.version < excluded.version
"""
_VISIT = "INSERT INTO visits SELECT * FROM unnest($1::uuid[], $2::text[], $3::date[]) ON CONFLICT DO NOTHING"
_VERDICT = """
INSERT INTO verdicts SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[]) ON CONFLICT DO NOTHING
"""


async def save(connection: Connection, rows: Sequence[Any]) -> None:
    """Write what a batch decided, table by table in one order for all members."""
    kinds: dict[type, list[Any]] = {}
    for row in rows:
        kinds.setdefault(type(row), []).append(row)
    await _save_submissions(connection, kinds.get(Submission, ()))
    await _save_open([row for row in rows if isinstance(row, Opened | Freed)], connection)
    if linked := {row.id: row for row in kinds.get(Link, ())}:
        await connection.execute(_LINK, *_columns(sorted(linked.values())))
    await _guarded(connection, _SAY, sorted(kinds.get(Saying, ())), "something was said twice at once")
    await _save_held(connection, kinds.get(Held, ()), [row.id for row in kinds.get(Released, ())])
    newest = {row.unit: row for row in sorted(kinds.get(Limit, ()))}
    await _guarded(connection, _LIMIT, list(newest.values()), "a unit said something newer")
    if visits := sorted(set(kinds.get(Visit, ()))):
        await connection.execute(_VISIT, *_columns(visits))
    if verdicts := {row.receipt: row for row in reversed(kinds.get(Verdict, []))}:
        await connection.execute(_VERDICT, *_columns([verdicts[receipt] for receipt in sorted(verdicts)]))


async def _save_submissions(connection: Connection, rows: Sequence[Submission]) -> None:
    """A new one must be new to the table too; of several rows for one demand the last holds."""
    last = {row.demand: row for row in rows}
    fresh = {row.demand for row in rows if row.new}
    new = [(row.demand, row.household, row.survivor) for row in sorted(last.values()) if row.demand in fresh]
    await _guarded(connection, _ADD_SUBMISSIONS, new, "another member took the same demand")
    aliases = [(row.demand, row.survivor) for row in sorted(last.values()) if row.demand not in fresh]
    if aliases:
        await connection.execute(_ALIAS, *_columns(aliases))


async def _save_open(rows: Sequence[Opened | Freed], connection: Connection) -> None:
    """The net of what opened and ended: what was open before the batch goes, what is open after it comes."""
    first: dict[tuple[UUID, str], Opened | Freed] = {}
    last: dict[tuple[UUID, str], Opened | Freed] = {}
    for row in rows:
        first.setdefault((row.household, row.purpose), row)
        last[row.household, row.purpose] = row
    gone = sorted(tuple(row) for row in first.values() if isinstance(row, Freed))
    come = sorted(tuple(row) for row in last.values() if isinstance(row, Opened))
    await _guarded(connection, _FREE, gone, "a purpose is no longer held by the same demand")
    await _guarded(connection, _OPEN_NEW, come, "the household has another open demand for the purpose")


async def _save_held(connection: Connection, rows: Sequence[Held], released: Sequence[UUID]) -> None:
    if stay := sorted(row for row in rows if row.id not in released):
        await connection.execute(_HOLD, *_columns(stay))
    if released:
        await connection.execute(_RELEASE, released)


async def _guarded(connection: Connection, statement: str, rows: Sequence[Any], missed: str) -> None:
    if rows:
        status = await connection.execute(statement, *_columns(rows))
        if int(status.rsplit(" ", 1)[1]) != len(rows):
            raise Stale(missed)


def _columns(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*rows, strict=True))
