"""What a stage asks of its service's own tables."""

from __future__ import annotations

import asyncio
import time
from typing import Any, ClassVar

import asyncpg

from shared.database import connect
from shared.settings import Settings


class Tables:
    """For a stage to inherit: it has settings, and names its service's schema."""

    schema: ClassVar[str]
    settings: Settings

    async def sql(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await connect(self.settings.postgres, self.schema)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def until(self, query: str, value: Any, *arguments: Any) -> None:
        """Wait until a query's one value is this."""
        give_up = time.monotonic() + 30
        while (found := (await self.sql(query, *arguments))[0][0]) != value:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{query} gave {found}, not {value}")
            await asyncio.sleep(0.05)
