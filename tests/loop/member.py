"""One member of the tally's group as a process of its own, which can be told to die at a seam of the loop.

FRESHWATER_SEAM=after_transaction|mid_publish|before_commit  FRESHWATER_SEAM_AT=<n-th publish>
FRESHWATER_FREEZE_SECONDS=<how long to stand still once, after a transaction that set a deadline>
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from shared.broker import Publisher
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.topics import FEEDBACK
from shared.process import Parts, Process
from shared.rendering import Output
from shared.settings import Settings
from shared.telemetry import logger
from tests.loop.tally import MIGRATIONS, TOPICS, TallyService


class Mortal(Publisher):
    """Publishes like any other, until the chosen publish: there it dies at the chosen seam."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("notify", settings)
        self._seam, self._left = os.environ.get("FRESHWATER_SEAM", ""), int(os.environ.get("FRESHWATER_SEAM_AT", "0"))

    async def publish(self, outputs: Sequence[Output]) -> None:
        self._left -= 1
        fatal = self._left == 0
        if fatal and self._seam == "after_transaction":
            self._die()
        if fatal and self._seam == "mid_publish":
            await super().publish(outputs[: len(outputs) // 2])
            self._die()
        await super().publish(outputs)
        if fatal and self._seam == "before_commit":
            self._die()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def freeze_once(seconds: float) -> Callable[[datetime], None]:
    """What SIGSTOP does to the event loop: nothing runs, no heartbeat, for longer than the session."""
    left = [seconds]

    def freeze(_: datetime) -> None:
        if left and left[0]:
            time.sleep(left.pop())
            logger.info("awake")

    return freeze


def parts() -> Parts:
    freeze = freeze_once(float(os.environ.get("FRESHWATER_FREEZE_SECONDS", "0")))
    return Parts(
        service=TallyService(),
        migrations=MIGRATIONS,
        topics=TOPICS,
        writes=(FEEDBACK,),
        passed=NotifyDeadlinePassed,
        on_wake=[freeze],
    )


async def main() -> None:
    settings = Settings()
    await Process(settings, settings.clock(), Mortal(settings), parts()).run()


if __name__ == "__main__":
    asyncio.run(main())
