"""What notify knows of its deliveries, it knows no longer than the journal does."""

from __future__ import annotations

from services.notify.store.sending import prune
from shared.contracts.ids import lowest_at
from shared.database import connect
from shared.journal import WEEK, week_of
from tests.notify.stage import NOON, Stage, until
from tests.notify.test_failures import demands_of


async def test_deliveries_are_forgotten_with_the_week_of_their_causes(stage: Stage) -> None:
    """A year and a half later, by the clock: the journal's week has gone, and what had ended goes with it."""
    async with stage.running():
        await stage.register("niulang", role="bank", institution="niulang", door=True)
        await demands_of(stage, 2)

        async def told() -> bool:
            return len(await stage.sql("SELECT FROM deliveries WHERE channel = 'door'")) >= 2

        await until(told, "the door has heard")
    connection = await connect(stage.dsn, "notify")
    try:
        there = await connection.fetch("SELECT id, state FROM deliveries")
        await connection.execute("UPDATE deliveries SET state = 'pending' WHERE id = $1", there[0]["id"])
        kept = lowest_at(week_of(NOON))
        assert await prune(connection, kept) == 0
        assert await prune(connection, lowest_at(week_of(NOON) + WEEK)) == len(there) - 1
        assert [row["id"] for row in await connection.fetch("SELECT id FROM deliveries")] == [there[0]["id"]]
    finally:
        await connection.close()
