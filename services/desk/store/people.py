"""Units and people of a house: who works where, who looks after what, who stands in; and on time by unit.

The clock stays with the house, whoever looks after an item.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from shared.database import Connection

_PEOPLE = """
SELECT account, login, units, leads, disabled FROM accounts WHERE subject = $1 AND role = $2 ORDER BY login
"""
_RULES = """
SELECT r.rule, r.place, r.unit, r.county, r.code, r.account, a.login FROM assignment_rules AS r
JOIN accounts AS a USING (account) WHERE r.house = $1 ORDER BY r.place, r.rule
"""
_STAND_INS = """
SELECT s.stand_in, s.from_day, s.to_day, s.away, away.login AS away_login, instead.login AS instead_login
FROM stand_ins AS s JOIN accounts AS away ON away.account = s.away
JOIN accounts AS instead ON instead.account = s.instead
WHERE s.house = $1 AND s.to_day >= $2 ORDER BY s.from_day, s.stand_in
"""
_RULE = """
INSERT INTO assignment_rules (rule, house, place, unit, county, code, account, made_by, at)
SELECT $1, $2, coalesce(max(place), 0) + 1, $3, $4, $5, $6, $7, $8 FROM assignment_rules WHERE house = $2
"""
_STAND_IN = """
INSERT INTO stand_ins (stand_in, house, away, instead, from_day, to_day, made_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ASSIGN = """
INSERT INTO assignments (about, house, account, assigned_by, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (about) DO UPDATE SET account = excluded.account, assigned_by = excluded.assigned_by, at = excluded.at
"""
# What has lapsed, or lies past its time, was not on time; everything else that was moved on was.
_BANK_UNITS = f"""
SELECT unit, count(*) FILTER (WHERE state IN {OPEN_REFERRALS}) AS open,
    count(*) FILTER (WHERE state IN {OPEN_REFERRALS} AND due_at < $2) AS overdue,
    count(*) FILTER (WHERE state = 'lapsed') AS missed,
    count(*) FILTER (WHERE state NOT IN ('open', 'lapsed', 'recalled')) AS moved
FROM referrals WHERE bank = $1 GROUP BY unit ORDER BY unit
"""  # noqa: S608 - constants of ours
_AUTHORITY_UNITS = f"""
SELECT coalesce(unit, '') AS unit, count(*) FILTER (WHERE state IN {OPEN_CASES}) AS open,
    count(*) FILTER (WHERE state IN {OPEN_CASES} AND due_at < $2) AS overdue,
    count(*) FILTER (WHERE raised > 0 AND state NOT IN {OPEN_CASES}) AS missed,
    count(*) FILTER (WHERE raised = 0 AND state IN ('cleared', 'refused')) AS moved
FROM cases WHERE authority = $1 AND state NOT IN ('guided', 'filed') GROUP BY 1 ORDER BY 1
"""  # noqa: S608


async def people(connection: Connection, officer: Officer) -> list[Record]:
    """Everybody of the officer's house, also those whose account is disabled."""
    return await connection.fetch(_PEOPLE, officer.subject, officer.role)


async def rules(connection: Connection, officer: Officer) -> list[Record]:
    """The house's rules, in the order in which they are tried."""
    return await connection.fetch(_RULES, officer.subject)


async def stand_ins(connection: Connection, officer: Officer, today: date) -> list[Record]:
    """Who stands in for whom, today or later."""
    return await connection.fetch(_STAND_INS, officer.subject, today)


async def units(connection: Connection, officer: Officer, now: datetime) -> list[Record]:
    """By unit: open, overdue, missed (answered too late or never), moved (in time)."""
    sql = _BANK_UNITS if officer.house == "bank" else _AUTHORITY_UNITS
    return await connection.fetch(sql, officer.subject, now)


async def work_in(connection: Connection, officer: Officer, account: UUID, names: list[str]) -> None:
    """Somebody of the house works in these units from now on."""
    sql = "UPDATE accounts SET units = $3 WHERE account = $2 AND subject = $1"
    await connection.execute(sql, officer.subject, account, names)


async def add_rule(
    connection: Connection,
    officer: Officer,
    fits: tuple[str | None, str | None, str | None],
    account: UUID,
    now: datetime,
) -> None:
    """A new last rule: `fits` are the unit, the county and the product or obstacle, None takes all."""
    await connection.execute(_RULE, uuid4(), officer.subject, *fits, account, officer.account, now)


async def drop_rule(connection: Connection, officer: Officer, rule: UUID) -> None:
    await connection.execute("DELETE FROM assignment_rules WHERE rule = $2 AND house = $1", officer.subject, rule)


async def add_stand_in(
    connection: Connection, officer: Officer, who: tuple[UUID, UUID], days: tuple[date, date], now: datetime
) -> None:
    """`who` is away and who works instead, `days` the first and the last."""
    await connection.execute(_STAND_IN, uuid4(), officer.subject, *who, *days, officer.account, now)


async def drop_stand_in(connection: Connection, officer: Officer, stand_in: UUID) -> None:
    await connection.execute("DELETE FROM stand_ins WHERE stand_in = $2 AND house = $1", officer.subject, stand_in)


async def assign(connection: Connection, officer: Officer, about: UUID, account: UUID, now: datetime) -> None:
    """From now on this referral or case is this person's."""
    await connection.execute(_ASSIGN, about, officer.subject, account, officer.account, now)
