"""What units can take and have: places, money, records, hours at reduced intake; and how many households look alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.matching.domain.capacity import REMEMBERED, Capacity, Change
from services.matching.domain.demand import AT_BANKS, Demand
from shared.database import Connection
from shared.errors import Stale

_UNITS = "SELECT unit, open_limit, open, version, quota_yuan, held_yuan, lent_yuan, answered, lapsed FROM units"
# Sorted, so that two members never wait for each other. The condition is judged on the newest row, after its lock has
# been waited for: a row that misses it counts for nothing, and a count that falls short makes the batch come again.
# The table has no CHECK on `open`: PostgreSQL would judge it on the proposed row, which holds the change alone.
# What a limit that was lowered, or a share that shrank, left open is no excess: `lowered_from` says how much that was.
_MOVE = f"""
INSERT INTO units AS held (unit, standard, open, held_yuan, lent_yuan, answered, lapsed)
SELECT unit, standard, open, held_yuan, lent_yuan, answered, lapsed
FROM unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::int[], $7::int[])
     AS row (unit, standard, open, held_yuan, lent_yuan, answered, lapsed) ORDER BY unit
ON CONFLICT (unit) DO UPDATE
SET open = held.open + excluded.open, standard = excluded.standard,
    held_yuan = held.held_yuan + excluded.held_yuan, lent_yuan = held.lent_yuan + excluded.lent_yuan,
    answered = (held.answered + excluded.answered)
        / CASE WHEN held.answered + held.lapsed + excluded.answered + excluded.lapsed > {REMEMBERED} THEN 2 ELSE 1 END,
    lapsed = (held.lapsed + excluded.lapsed)
        / CASE WHEN held.answered + held.lapsed + excluded.answered + excluded.lapsed > {REMEMBERED} THEN 2 ELSE 1 END,
    lowered_from = CASE
        WHEN held.open + excluded.open <= coalesce(held.open_limit, excluded.standard) THEN NULL
        WHEN held.open <= coalesce(held.lowered_from, held.open_limit, held.standard) THEN held.open + excluded.open
        ELSE held.lowered_from END
WHERE held.open + excluded.open >= 0 AND held.held_yuan + excluded.held_yuan >= 0
  AND (excluded.open <= 0 OR held.open + excluded.open <= coalesce(held.open_limit, excluded.standard))
  AND (excluded.held_yuan + excluded.lent_yuan <= 0 OR held.quota_yuan IS NULL
       OR held.held_yuan + held.lent_yuan + excluded.held_yuan + excluded.lent_yuan <= held.quota_yuan)
"""  # noqa: S608 - a constant of ours
_DECLARE = """
INSERT INTO units AS held (unit, standard, open_limit, quota_yuan, version)
SELECT unit, open_limit, open_limit, quota_yuan, version
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[]) AS row (unit, open_limit, quota_yuan, version) ORDER BY unit
ON CONFLICT (unit) DO UPDATE
SET open_limit = excluded.open_limit, quota_yuan = excluded.quota_yuan, version = excluded.version,
    lowered_from = CASE WHEN held.open > excluded.open_limit THEN held.open END
WHERE held.version < excluded.version
RETURNING unit, open
"""
_REDUCED = """
INSERT INTO reduced_intake (unit, since)
SELECT unit, $2 FROM unnest($1::text[]) AS row (unit)
WHERE NOT EXISTS (SELECT FROM reduced_intake AS known WHERE known.unit = row.unit AND known.until IS NULL)
ON CONFLICT DO NOTHING
"""
_RESTORED = "UPDATE reduced_intake SET until = $2 WHERE unit = ANY($1::text[]) AND until IS NULL"
_INTAKES = """
SELECT u.unit, u.open_limit, coalesce(u.open_limit, u.standard) AS allowed, u.open, u.quota_yuan, u.held_yuan,
    u.lent_yuan, u.answered, u.lapsed,
    coalesce(sum(extract(epoch FROM coalesce(r.until, $1) - r.since)) / 3600, 0)::float8 AS reduced_hours
FROM units AS u LEFT JOIN reduced_intake AS r USING (unit) GROUP BY u.unit ORDER BY u.unit
"""
# The name stands in the state's bytes; what else has it there is looked through in vain, and rarely.
_AT_UNITS = """
SELECT body FROM states WHERE kind = 'demand' AND label = ANY($1::text[])
AND EXISTS (SELECT FROM unnest($2::text[]) AS wanted (unit) WHERE position(convert_to(unit, 'UTF8') IN body) > 0)
"""
_LOOK_ALIKES = "SELECT name, households FROM look_alikes WHERE name = ANY($1::text[])"
_COUNTED = """
INSERT INTO look_alikes AS known (name, households)
SELECT name, households FROM unnest($1::text[], $2::int[]) AS row (name, households) ORDER BY name
ON CONFLICT (name) DO UPDATE SET households = known.households + excluded.households
"""
_decode = msgspec.msgpack.Decoder(Demand).decode


class Moved(NamedTuple):
    """What one event changes of a unit; `standard` is its limit where it declared none."""

    unit: str
    standard: int
    change: Change


class Declared(NamedTuple):
    """What a unit says that it can take. `seen_open`: what was open there when it was decided who is to give back.

    `reduced`: whether that is less than its institution stands for, from the moment `at` on.
    """

    unit: str
    open_limit: int
    quota_yuan: int | None
    version: int
    seen_open: int
    reduced: bool
    at: datetime


class LooksAlike(NamedTuple):
    """One household more that looks like this on a card."""

    name: str


class Waiting(NamedTuple):
    """A demand that a unit has not accepted, and since when."""

    household: UUID
    demand: UUID
    since: datetime


async def load_units(connection: Connection) -> dict[str, Capacity]:
    """Every unit that has declared a limit or had a referral."""
    return {unit: Capacity(*rest) for unit, *rest in await connection.fetch(_UNITS)}


async def load_look_alikes(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """How many households look like these."""
    rows = await connection.fetch(_LOOK_ALIKES, sorted(names)) if names else []
    return {row["name"]: row["households"] for row in rows}


async def at_units(connection: Connection, units: Collection[str]) -> dict[str, list[Waiting]]:
    """The demands that these units have and have not accepted."""
    rows = await connection.fetch(_AT_UNITS, sorted(AT_BANKS), sorted(units)) if units else []
    return waiting_at((_decode(row["body"]) for row in rows), units)


def waiting_at(demands: Iterable[Demand], units: Collection[str]) -> dict[str, list[Waiting]]:
    """By unit, of these demands, those that it has not accepted."""
    found: dict[str, list[Waiting]] = {}
    for demand in demands:
        for referral in demand.live:
            if referral.state == "open" and referral.unit in units:
                waiting = Waiting(demand.household, demand.id, referral.since)
                found.setdefault(referral.unit, []).append(waiting)
    return found


async def save(connection: Connection, rows: Sequence[Any]) -> None:
    """Write places, limits and look-alikes in the order in which they were decided. Raises Stale where a guard missed.

    A limit takes effect between the places taken before it and those after it.
    """
    moved: list[Moved] = []
    for row in rows:
        if isinstance(row, Moved):
            moved.append(row)
        elif isinstance(row, Declared):
            await _move(connection, moved)
            moved = []
            await _declare(connection, row)
    await _move(connection, moved)
    counted: dict[str, int] = {}
    for row in rows:
        if isinstance(row, LooksAlike):
            counted[row.name] = counted.get(row.name, 0) + 1
    if counted:
        await connection.execute(_COUNTED, *zip(*counted.items(), strict=True))


async def _move(connection: Connection, rows: Sequence[Moved]) -> None:
    total: dict[str, Change] = {}
    standard: dict[str, int] = {}
    for row in rows:
        total[row.unit] = total.get(row.unit, Change()).plus(row.change)
        # A record that got worse within the batch does not undo a place that was taken before.
        standard[row.unit] = max(standard.get(row.unit, 0), row.standard)
    changed = [(unit, standard[unit], *change) for unit, change in total.items() if any(change)]
    if changed:
        status = await connection.execute(_MOVE, *zip(*changed, strict=True))
        if int(status.rsplit(" ", 1)[1]) != len(changed):
            raise Stale("a unit has no room for what was decided")


async def _declare(connection: Connection, row: Declared) -> None:
    """Raises Stale where somebody took or freed a place meanwhile: who is to give back is looked up again."""
    said = await connection.fetchrow(_DECLARE, [row.unit], [row.open_limit], [row.quota_yuan], [row.version])
    if said is None:
        return
    if said["open"] != row.seen_open:
        raise Stale("a unit has other referrals than were seen")
    await connection.execute(_REDUCED if row.reduced else _RESTORED, [row.unit], row.at)


class Intake(NamedTuple):
    """One unit as its bank may know it: what it takes, what it has, its record, its hours at reduced intake."""

    unit: str
    declared: int | None
    limit: int
    open: int
    quota_yuan: int | None
    held_yuan: int
    lent_yuan: int
    answered: int
    lapsed: int
    reduced_hours: float


async def intakes(connection: Connection, now: datetime) -> list[Intake]:
    """All units that said something or had a referral."""
    return [Intake(*row) for row in await connection.fetch(_INTAKES, now)]
