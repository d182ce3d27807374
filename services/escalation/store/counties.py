"""A county's cases side by side, and what its sessions decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.escalation.domain.account import Group
from services.escalation.domain.claims import Decide
from services.escalation.domain.county import Listed, Ruling
from shared.database import Connection

PATIENCE_SECONDS = 60.0
"""A county's account is counted over all that it ever had; the limit of an ordinary connection is for the loop."""

_LISTED = """
SELECT county, id, household, demand, obstacle, authority, yuan, session_on IS NOT NULL, exhausted, simulated
FROM cases WHERE ended_at IS NULL AND county = ANY($1::text[]) ORDER BY id
"""
_GROUPS = """
SELECT county, obstacle, authority, state, (opened_at AT TIME ZONE 'Asia/Shanghai')::date, net_days, paused_days,
       count(*), sum(yuan)::bigint, sum(released_yuan)::bigint
FROM cases WHERE county = ANY($1::text[]) GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_RULINGS = """
SELECT DISTINCT ON (county, obstacle) id, county, obstacle, number, at, decision, reason, "to", until
FROM rulings JOIN unnest($1::text[], $2::text[]) AS wanted (county, obstacle) USING (county, obstacle)
ORDER BY county, obstacle, at DESC
"""
_RULE = """
INSERT INTO rulings (id, county, obstacle, number, at, decision, reason, "to", until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING
"""
Place = tuple[str, str]
"""County and obstacle."""


async def listed(connection: Connection, counties: Sequence[str]) -> dict[str, list[Listed]]:
    """The open cases of these counties."""
    found: dict[str, list[Listed]] = {county: [] for county in counties}
    for county, *case in await connection.fetch(_LISTED, counties, timeout=PATIENCE_SECONDS):
        found[county].append(Listed(*case))
    return found


async def groups(connection: Connection, counties: Sequence[str]) -> dict[str, list[Group]]:
    """All cases of these counties, those that are alike counted together."""
    found: dict[str, list[Group]] = {county: [] for county in counties}
    for county, *group in await connection.fetch(_GROUPS, counties, timeout=PATIENCE_SECONDS):
        found[county].append(Group(*group))
    return found


async def rulings(connection: Connection, places: Iterable[Place]) -> dict[Place, Ruling]:
    """The newest decision on each of these."""
    found = {}
    columns: list[list[str]] = [list(column) for column in zip(*sorted(places), strict=True)]
    for row in await connection.fetch(_RULINGS, *columns):
        identifier, county, obstacle, number, at, decision, reason, to, until = row
        decide = Decide(decision, reason, to, until)
        found[county, obstacle] = Ruling(identifier, county, obstacle, number, at, decide)
    return found


async def save_rulings(connection: Connection, made: Sequence[Ruling]) -> None:
    """Keep them for the cases that hear of them."""
    for each in made:
        said = each.decision
        place = (each.id, each.county, each.obstacle, each.number, each.at)
        await connection.execute(_RULE, *place, said.decision, said.reason, said.to, said.until)
