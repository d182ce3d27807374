"""What `./run bench desk` fills the read model with is what the read model takes today."""

from __future__ import annotations

from random import Random

from bench.desk_rows import Country, rows_of_demand
from services.desk.store.projection import project
from shared.database import Connection
from tests.desk.visitors import RELEASE


async def test_a_demand_of_the_bench_is_seven_events_of_the_read_model(connection: Connection) -> None:
    country = Country(Random(7), RELEASE)
    events = [rows for number in range(40) for rows in rows_of_demand(country, number)]
    async with connection.transaction():
        await project(connection, [row for rows in events for row in rows])
    assert len(events) == 40 * 7
    assert await connection.fetchval("SELECT count(*) FROM demands WHERE state IS NOT NULL") == 40
    assert await connection.fetchval("SELECT count(*) FROM timeline") > 40
