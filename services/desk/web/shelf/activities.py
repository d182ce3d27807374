"""What is on (活动), for everybody: fairs, lectures and rounds through streets, each with a QR code of its own."""

from __future__ import annotations

from dataclasses import dataclass

from asyncpg import Record

from services.desk.store import plans as store
from services.desk.web.campaign.ways import query_of
from services.desk.web.rendering import Visit
from shared.catalogue import Release

MOST = 60


@dataclass(frozen=True, slots=True)
class Activity:
    """One that is planned; `query` leads the form to say through which activity and channel a demand came."""

    row: Record
    query: str


async def planned(visit: Visit, release: Release, county: str | None, channel: str) -> list[Activity]:
    """From today on, the nearest first; those of one county or all. `channel`: where the form is come to from."""
    today = visit.words.china_day(visit.office.clock.now())
    async with visit.office.connection() as connection:
        rows = await store.planned(connection, today, county, MOST)
    return [Activity(row, query_of(release.campaign.id, row["activity"], channel)) for row in rows]
