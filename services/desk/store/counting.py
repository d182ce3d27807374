"""What the desk's gauges show: the rolled-up counters, and the work that lies past its time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from services.desk.metrics import Counted, keep_showing, show
from services.desk.settings import DeskSettings
from shared.database import LOST, Connection, Database

UNSEEN_AFTER = timedelta(days=3)
_COUNTERS = """
SELECT name, subject, label, sum(n)::bigint AS n FROM counters WHERE name IN ('docking', 'referral')
GROUP BY name, subject, label HAVING sum(n) > 0
"""
# Only what is open is in these partial indexes, and of that only what is late is read.
_LATE = f"""
SELECT (SELECT count(*) FROM referrals WHERE state IN {OPEN_REFERRALS} AND due_at < $1),
    (SELECT count(DISTINCT (bank, unit)) FROM referrals WHERE state IN {OPEN_REFERRALS} AND due_at < $2)
    + (SELECT count(DISTINCT (authority, unit)) FROM cases WHERE state IN {OPEN_CASES} AND due_at < $2)
"""  # noqa: S608 - constants of ours


class Counting:
    """Keeps the gauges true beside the loop, on a connection of its own."""

    def __init__(self, settings: DeskSettings, now: Callable[[], datetime]) -> None:
        self._database = Database(settings.postgres, "desk", "desk-counting")
        self._seconds, self._now = settings.desk_count_seconds, now

    async def run(self) -> None:
        await keep_showing(self._count, self._database.lost, self._seconds)

    async def _count(self) -> None:
        show(await counted(await self._database.connection(), self._now()))

    async def close(self) -> None:
        """A server that is away is not waited for."""
        with suppress(*LOST):
            await self._database.close()


async def counted(connection: Connection, now: datetime) -> Counted:
    """Everything at this moment."""
    rows = await connection.fetch(_COUNTERS)
    late = await connection.fetchrow(_LATE, now, now - UNSEEN_AFTER)
    assert late is not None
    return Counted([(row["name"], row["subject"], row["label"], row["n"]) for row in rows], late[0], late[1])
