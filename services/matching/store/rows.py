"""SQL of the units, and of the demands as they are recorded. Bulk, in the loop's transaction; never commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.matching.domain.capacity import Capacity
from services.matching.domain.demand import AT_BANKS, WAITING, Demand, Household
from shared.database import Connection
from shared.errors import Stale

_UNITS = "SELECT unit, open_limit, open, version FROM units"
# Sorted, so that two members never wait for each other. The condition is judged on the newest row, after its lock has
# been waited for: a row that misses it counts for nothing, and a count that falls short makes the batch come again.
# The table has no CHECK on `open`: PostgreSQL would judge it on the proposed row, which holds the change alone.
_MOVE = """
INSERT INTO units AS held (unit, standard, open)
SELECT unit, standard, moved FROM unnest($1::text[], $2::int[], $3::int[]) AS row (unit, standard, moved) ORDER BY unit
ON CONFLICT (unit) DO UPDATE
SET open = held.open + excluded.open, standard = excluded.standard,
    lowered_from = CASE WHEN held.open + excluded.open > held.open_limit THEN held.lowered_from END
WHERE held.open + excluded.open >= 0
  AND (excluded.open < 0 OR held.open + excluded.open <= coalesce(held.open_limit, excluded.standard))
"""
_DECLARE = """
INSERT INTO units AS held (unit, standard, open_limit, quota_yuan, version)
SELECT unit, open_limit, open_limit, quota_yuan, version
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[]) AS row (unit, open_limit, quota_yuan, version) ORDER BY unit
ON CONFLICT (unit) DO UPDATE
SET open_limit = excluded.open_limit, quota_yuan = excluded.quota_yuan, version = excluded.version,
    lowered_from = CASE WHEN held.open > excluded.open_limit THEN held.open END
WHERE held.version < excluded.version
"""
_AT_BANKS = "SELECT body FROM states WHERE kind = 'demand' AND label = ANY($1::text[])"
_HELD = "SELECT unit, open, coalesce(lowered_from, open_limit, standard) AS allowed FROM units ORDER BY unit"
_RECORDED = "SELECT body FROM states WHERE kind = 'demand'"
_ONE = "SELECT kind, revision, body FROM states WHERE household = $1 AND (subject = $2 OR kind = 'household')"
_WHOSE = "SELECT household FROM states WHERE subject = $1 AND kind = 'demand'"
_ALL_WAITING = """
SELECT d.household, d.body, h.body FROM states AS d
LEFT JOIN states AS h ON (h.household, h.subject, h.kind) = (d.household, d.household, 'household')
WHERE d.kind = 'demand' AND d.label = ANY($1::text[]) ORDER BY d.household, d.subject
"""
_DECISION = "SELECT id, type, outcome, decided_at, release, revision FROM journal WHERE id = $1"
LOOK_SECONDS = 300.0
_decode = msgspec.msgpack.Decoder(Demand).decode
_decode_household = msgspec.msgpack.Decoder(Household).decode


class Moved(NamedTuple):
    """Places taken (or given back, negative) at a unit; `standard` is the limit where the unit declared none."""

    unit: str
    standard: int
    moved: int


class Declared(NamedTuple):
    """What a unit says that it can take."""

    unit: str
    open_limit: int
    quota_yuan: int | None
    version: int


class Decided(NamedTuple):
    """The journal's row of the decision that made a demand what it is: which event, when, by which release."""

    event: UUID
    type: str
    outcome: str
    decided_at: datetime
    release: int
    revision: int


class Recorded(NamedTuple):
    """A demand as it stands, its household, and the decision that made it so."""

    demand: Demand
    household: Household
    decided: Decided | None


async def recorded(connection: Connection) -> list[Demand]:
    """Every demand that something is known of and that was not taken back."""
    rows = await connection.fetch(_RECORDED, timeout=LOOK_SECONDS)
    demands = [_decode(row["body"]) for row in rows]
    return [each for each in demands if each.facts and each.reason not in ("withdrawn", "erased")]


async def recorded_one(connection: Connection, demand: UUID) -> Recorded | None:
    """One demand by its id; None where it never came here."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        household = await connection.fetchval(_WHOSE, demand, timeout=LOOK_SECONDS)
        if household is None:
            return None
        rows = {row["kind"]: row["body"] for row in await connection.fetch(_ONE, household, demand)}
        found = _decode(rows["demand"])
        decision = await connection.fetchrow(_DECISION, found.decided_by) if found.decided_by else None
    of_all = _decode_household(rows["household"]) if "household" in rows else Household(household)
    return Recorded(found, of_all, Decided(*decision) if decision else None)


async def all_waiting(connection: Connection) -> list[tuple[Demand, Household]]:
    """Every demand that waits, with its household."""
    rows = await connection.fetch(_ALL_WAITING, sorted(WAITING), timeout=LOOK_SECONDS)
    return [
        (_decode(body), _decode_household(of_all) if of_all is not None else Household(household))
        for household, body, of_all in rows
    ]


async def load_units(connection: Connection) -> dict[str, Capacity]:
    """Every unit that has declared a limit or had a referral."""
    return {unit: Capacity(limit, taken, version) for unit, limit, taken, version in await connection.fetch(_UNITS)}


async def save(connection: Connection, rows: Sequence[Any]) -> None:
    """Write limits, then places. Raises Stale where a unit has no room any more."""
    declared = {row.unit: row for row in rows if isinstance(row, Declared)}
    if declared:
        await connection.execute(_DECLARE, *zip(*declared.values(), strict=True))
    moved: dict[str, list[int]] = {}
    for row in rows:
        if isinstance(row, Moved):
            total = moved.setdefault(row.unit, [0, 0])
            total[0], total[1] = row.standard, total[1] + row.moved
    changed = [(unit, standard, places) for unit, (standard, places) in moved.items() if places]
    if changed:
        status = await connection.execute(_MOVE, *zip(*changed, strict=True))
        if int(status.rsplit(" ", 1)[1]) != len(changed):
            raise Stale("a unit has no room for what was decided")


async def books(connection: Connection) -> dict[str, Any]:
    """What the books compare: places that units hold against the referrals that are live, and limits exceeded."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        live: dict[str, int] = {}
        for (body,) in await connection.fetch(_AT_BANKS, sorted(AT_BANKS)):
            for referral in _decode(body).live:
                live[referral.unit] = live.get(referral.unit, 0) + 1
        held = {unit: (taken, allowed) for unit, taken, allowed in await connection.fetch(_HELD)}
    differing = [unit for unit in sorted({*live, *held}) if live.get(unit, 0) != held.get(unit, (0, 0))[0]]
    over = [unit for unit, (taken, allowed) in held.items() if max(taken, live.get(unit, 0)) > allowed]
    return {
        "open_referrals": sum(live.values()),
        "places_held": sum(taken for taken, _ in held.values()),
        "units_differing": len(differing),
        "units_over_limit": len(over),
        "first_units": (differing + over)[:10],
    }
