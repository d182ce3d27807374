"""Counts what the campaign is measured by, all at one moment: a second or two of the database, at intervals.

Days are counted as the clocks count them: an array gives, for each day since a first one, how many working days there
have been; a moment's place in it is its day in China.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.desk.domain.acts import OPEN_CASES
from services.desk.domain.board import BankRow, Board, DayRow, MoneyRow, ObstacleRow, SpellRow, VisitRow
from services.desk.domain.channels import ChannelRow
from services.desk.domain.league import reduced_hours
from shared.database import Connection
from shared.workdays import national

_CHINA = timedelta(hours=8)


def _day(moment: str) -> str:
    return f"($1::int[])[least(greatest(({moment} + interval '8 hours')::date - $2::date, 0) + 1, cardinality($1))]"


# Each stage of a referral: from when, until what was waited for, what ended it otherwise, and its clock's days.
_SPELLS = f"""
SELECT bank, unit, stage, ended, days, count(*)::int AS n, count(*) FILTER (WHERE open AND days > clock)::int AS late
FROM (
    SELECT r.bank, r.unit, s.stage, s.clock,
        CASE WHEN done IS NOT NULL THEN 'done' WHEN never IS NOT NULL THEN 'never' ELSE 'cut' END AS ended,
        done IS NULL AND never IS NULL AND recalled_at IS NULL AS open,
        greatest({_day("coalesce(done, never, recalled_at, $3)")} - {_day("since")}, 0) AS days
    FROM moments AS m JOIN referrals AS r USING (referral), LATERAL (VALUES
        ('accept', opened_at, accepted_at, $4::int),
        ('contact', accepted_at, least(contacted_at, offered_at), $5::int),
        ('offer', opened_at, offered_at, $4::int + $5::int + $6::int)
    ) AS s (stage, since, done, clock), LATERAL (VALUES (least(declined_at, lapsed_at))) AS l (never)
    WHERE opened_at IS NOT NULL AND since IS NOT NULL
) AS spells GROUP BY bank, unit, stage, ended, days
"""  # noqa: S608 - expressions of ours
# Demands are joined by their id alone, which is unique: of a join over (household, demand) PostgreSQL expects one row,
# chooses a nested loop, and with 200,000 demands never comes to the end of it.
_BANKS = """
SELECT r.bank, count(accepted_at) AS accepted,
    count(accepted_at) FILTER (WHERE r.round > 1 OR c.demand IS NOT NULL) AS hard,
    count(disbursed_at) AS drawn, count(disbursed_at) FILTER (WHERE c.repaired) AS repaired,
    count(*) FILTER (WHERE NOT d.verified) AS stated, count(offered_at) FILTER (WHERE NOT d.verified),
    count(*) FILTER (WHERE d.verified) AS verified, count(offered_at) FILTER (WHERE d.verified)
FROM moments AS m JOIN referrals AS r USING (referral)
JOIN demands AS d ON d.demand = m.demand
LEFT JOIN (SELECT demand, bool_or(state = 'cleared') AS repaired FROM cases GROUP BY demand) AS c ON c.demand = m.demand
GROUP BY r.bank
"""
_DECLINES = """
SELECT r.bank, coalesce(decline_code, '?'), count(*)::int FROM moments JOIN referrals AS r USING (referral)
WHERE declined_at IS NOT NULL GROUP BY 1, 2
"""
# A household speaks of the bank that came furthest with it.
_STARS = """
SELECT bank, stars, count(*)::int FROM (
    SELECT DISTINCT ON (a.event) a.stars, r.bank FROM ratings AS a
    JOIN moments AS m ON m.demand = a.demand AND accepted_at IS NOT NULL
    JOIN referrals AS r USING (referral)
    WHERE a.of = 'bank'
    ORDER BY a.event, disbursed_at, granted_at, offered_at, contacted_at, accepted_at
) AS rated GROUP BY bank, stars
"""
_LIMITS = "SELECT bank, unit, at, open_limit FROM limits ORDER BY bank, unit, version, at"
_MONEY = """
SELECT m.moved, m.bank, coalesce(r.product, '?') AS product, m.policy, coalesce(d.kind, 'loan') AS kind, d.first_time,
    count(*)::int, count(DISTINCT m.demand)::int, sum(m.amount_yuan)::bigint,
    coalesce(sum(m.amount_yuan * m.rate_bp), 0)::bigint
FROM money AS m LEFT JOIN referrals AS r USING (referral)
LEFT JOIN demands AS d ON d.demand = m.demand
GROUP BY 1, 2, 3, 4, 5, 6
"""
_BLOCKS = f"state IN {('guided', 'filed', *OPEN_CASES)}"
_OBSTACLES = f"""
SELECT c.obstacle, coalesce(left(d.county, 6), '?') AS county,
    count(*) FILTER (WHERE c.{_BLOCKS})::int, count(*) FILTER (WHERE c.{_BLOCKS} AND c.due_at < $1)::int,
    count(DISTINCT c.household) FILTER (WHERE c.{_BLOCKS})::int,
    coalesce(sum(d.amount_yuan) FILTER (WHERE c.{_BLOCKS}), 0)::bigint,
    count(*) FILTER (WHERE c.state = 'cleared')::int,
    coalesce(sum(d.amount_yuan) FILTER (WHERE c.state = 'cleared'), 0)::bigint
FROM cases AS c LEFT JOIN demands AS d USING (demand) GROUP BY 1, 2
"""  # noqa: S608 - constants of ours
_VISITS = """
SELECT bank, left(county, 6), result, count(*)::int, count(DISTINCT household)::int FROM visits GROUP BY 1, 2, 3
"""
_DAYS = """
SELECT day, what, sum(n)::int, sum(yuan)::bigint FROM (
    SELECT (received_at + interval '8 hours')::date AS day, 'demanded' AS what, count(*) AS n,
        sum(coalesce(amount_yuan, 0)) AS yuan FROM demands WHERE received_at IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT (moment + interval '8 hours')::date, what, count(*), 0 FROM moments, LATERAL (VALUES
        (accepted_at, 'accepted'), (offered_at, 'offered'), (declined_at, 'declined'), (lapsed_at, 'lapsed')
    ) AS m (moment, what) WHERE moment IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT (at + interval '8 hours')::date, moved, count(*), sum(amount_yuan) FROM money
    WHERE moved IN ('granted', 'disbursed') GROUP BY 1, 2
    UNION ALL
    SELECT visited_on, 'visited', count(*), 0 FROM visits GROUP BY 1
) AS counted GROUP BY 1, 2 ORDER BY 1, 2
"""
# A partner names its channels as it likes: of what is no code of ours the first word is enough.
_CHANNELS = """
SELECT CASE WHEN channel LIKE 'qr.%' THEN channel ELSE split_part(channel, '.', 1) END, count(*)::int,
    count(*) FILTER (WHERE round > 0)::int, count(*) FILTER (WHERE granted_yuan > 0)::int,
    coalesce(sum(granted_yuan), 0)::bigint
FROM demands WHERE channel IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2000
"""
_SINCE = "SELECT min(opened_at) FROM moments"


class Clocks(NamedTuple):
    """A bank's clocks in working days."""

    accept: int
    contact: int
    decide: int


async def count(connection: Connection, now: datetime, clocks: Clocks) -> Board:
    """Everything at this moment, seen in one snapshot."""
    started = time.perf_counter()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        since = await connection.fetchval(_SINCE)
        first = ((since or now) + _CHINA).date()
        days = _workdays(first, (now + _CHINA).date())
        spells = await connection.fetch(_SPELLS, days, first, now, *clocks)
        limits = await connection.fetch(_LIMITS)
        return Board(
            at=now,
            spells=[SpellRow(*row) for row in spells],
            banks=[BankRow(*row) for row in await connection.fetch(_BANKS)],
            declines=[(row[0], row[1], row[2]) for row in await connection.fetch(_DECLINES)],
            stars=[(row[0], row[1], row[2]) for row in await connection.fetch(_STARS)],
            reduced=_reduced([tuple(row) for row in limits], now),
            money=[MoneyRow(*row) for row in await connection.fetch(_MONEY)],
            obstacles=[ObstacleRow(*row) for row in await connection.fetch(_OBSTACLES, now)],
            days=[DayRow(*row) for row in await connection.fetch(_DAYS)],
            visits=[VisitRow(*row) for row in await connection.fetch(_VISITS)],
            channels=[ChannelRow(*row) for row in await connection.fetch(_CHANNELS)],
            took=time.perf_counter() - started,
        )


def _workdays(first: date, last: date) -> list[int]:
    """For each day from `first` to `last`, and some to spare, the working days up to and including it."""
    calendar, found, so_far = national(), [], 0
    for number in range((last - first).days + 8):
        so_far += calendar.is_workday(first + timedelta(number))
        found.append(so_far)
    return found


def _reduced(limits: Sequence[tuple[str, str, datetime, int]], now: datetime) -> dict[str, int]:
    said: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for bank, unit, at, limit in limits:
        said.setdefault((bank, unit), []).append((at, limit))
    hours: dict[str, int] = {}
    for (bank, _), each in said.items():
        hours[bank] = hours.get(bank, 0) + reduced_hours(each, now)
    return hours
