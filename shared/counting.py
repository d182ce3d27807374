"""Gauges that are counted from tables: true after any restart, and no batch counts twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from shared.database import LOST, Connection, Database
from shared.telemetry import logger


class Counting:
    """Calls `count` again and again beside the loop, on a connection of its own. `failed` is what its log says where
    the database is away: that is waited for."""

    def __init__(
        self, service: str, dsn: str, seconds: float, count: Callable[[Connection], Awaitable[None]], *, failed: str
    ) -> None:
        self._database = Database(dsn, service, f"{service}-counting")
        self._seconds, self._count, self._failed = seconds, count, failed

    async def run(self) -> None:
        while True:
            try:
                await self._count(await self._database.connection())
            except LOST as error:
                self._database.lost()
                logger.warning(self._failed, error=type(error).__name__)
            await asyncio.sleep(self._seconds)

    async def close(self) -> None:
        """A server that is away is not waited for."""
        with suppress(*LOST):
            await self._database.close()
