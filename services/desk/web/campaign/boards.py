"""The campaign's counted figures, kept between two countings: a page never waits for one, save the very first."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from services.desk.domain.board import Board, by_bank
from services.desk.store.rollup import Clocks, count
from services.desk.web.office import Office
from shared.database import LOST, connect
from shared.telemetry import logger

FRESH_SECONDS = 5.0
SHARE_OF_TIME = 20
"""A counting that took a second is not made again for twenty: it never takes more than a twentieth of one core."""
LONGEST_COUNT_SECONDS = 120


class Boards:
    """`current` gives what was counted last, and has it counted anew behind the page's back when it has aged."""

    def __init__(self, office: Office) -> None:
        self._office, self._lock = office, asyncio.Lock()
        self._known: Board | None = None
        self._counted = 0.0
        self._counting: asyncio.Task[None] | None = None

    async def current(self) -> Board:
        """Raises one of LOST where nothing was counted yet and the database is away."""
        if self._known is None:
            async with self._lock:
                if self._known is None:
                    await self._count()
        assert self._known is not None
        age = time.monotonic() - self._counted
        idle = self._counting is None or self._counting.done()
        if idle and age > max(FRESH_SECONDS, SHARE_OF_TIME * self._known.took):
            self._counting = asyncio.create_task(self._count_again())
        return self._known

    async def _count_again(self) -> None:
        try:
            await self._count()
        except LOST as error:
            logger.warning("board_not_counted", error=type(error).__name__)

    async def _count(self) -> None:
        """On a connection of its own: the pages' give up after five seconds."""
        settings = self._office.settings
        connection = await connect(
            settings.postgres, "desk", application="desk-board", command_timeout=LONGEST_COUNT_SECONDS
        )
        try:
            board = await count(connection, self._office.clock.now(), self._clocks())
            # Beside the pages: in a large campaign this is some tens of thousands of rows.
            await asyncio.to_thread(by_bank, board)
            self._known, self._counted = board, time.monotonic()
        finally:
            with suppress(*LOST):
                await connection.close()

    def _clocks(self) -> Clocks:
        release = self._office.catalogue()
        return Clocks(1, 3, 5) if release is None else Clocks(*release.campaign.clocks.model_dump().values())
