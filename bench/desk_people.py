"""The people of a house for `bench desk`: rules over its counties, work handed out by name, somebody who is away."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle
from uuid import UUID, uuid4

from services.desk.domain.access import Officer, Role
from services.desk.store import accounts, people
from shared.clock import wall
from shared.database import Connection

COLLEAGUES = 5
BY_NAME = 2_000
"""So many open items of the house are handed out by name, to one after the other."""
_ITEMS = {
    "bank": "SELECT referral AS id FROM referrals WHERE bank = $1 AND state = 'open' LIMIT $2",
    "authority": """SELECT "case" AS id FROM cases WHERE authority = $1 AND state IN ('opened', 'signed') LIMIT $2""",
}
_COUNTIES = "SELECT DISTINCT county FROM demands WHERE county IS NOT NULL ORDER BY county"


async def staffed(connection: Connection, role: Role, house: str, login: str, password_hash: str) -> None:
    """An account of that login with colleagues: each county is somebody's by a rule, and one of them is away."""
    staff = [uuid4() for _ in range(COLLEAGUES)]
    for number, account in enumerate(staff):
        name = login if number == 0 else f"{login}-{number}"
        await accounts.add(connection, account, name, role, house, password_hash, wall(), (), True)
    officer = Officer(staff[0], login, role, house, (), True)
    for row, account in zip(await connection.fetch(_COUNTIES), cycle(staff), strict=False):
        await people.add_rule(connection, officer, (None, row["county"], None), account, wall())
    await _by_name(connection, officer, staff)
    today = date.today()
    days = (today - timedelta(1), today + timedelta(365))
    await people.add_stand_in(connection, officer, (staff[1], staff[0]), days, wall())


async def _by_name(connection: Connection, officer: Officer, staff: list[UUID]) -> None:
    rows = await connection.fetch(_ITEMS[officer.role], officer.subject, BY_NAME)
    for row, account in zip(rows, cycle(staff), strict=False):
        await people.assign(connection, officer, row["id"], account, wall())
