"""What the desk's gauges show: the rolled-up counters, and the work that lies past its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from services.desk.metrics import Counted, show
from services.desk.settings import DeskSettings
from shared.counting import Counting
from shared.database import Connection

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


def counting(settings: DeskSettings, now: Callable[[], datetime]) -> Counting:
    """Keeps the gauges true beside the loop."""

    async def count(connection: Connection) -> None:
        show(await counted(connection, now()))

    return Counting("desk", settings.postgres, settings.desk_count_seconds, count, failed="desk_not_counted")


async def counted(connection: Connection, now: datetime) -> Counted:
    """Everything at this moment."""
    rows = await connection.fetch(_COUNTERS)
    late = await connection.fetchrow(_LATE, now, now - UNSEEN_AFTER)
    assert late is not None
    return Counted([(row["name"], row["subject"], row["label"], row["n"]) for row in rows], late[0], late[1])
