"""Has a file made anew by the program beside this, a few at once and never for long."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

from services.intake.adapters import reencode

AT_ONCE, PATIENCE_SECONDS = 2, 30.0
_PROGRAM = (sys.executable, "-P", "-m", reencode.__name__)


class Reencoder:
    """`clean` gives the file as it may be kept, or None where it may not."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def clean(self, content: bytes, media_type: str) -> bytes | None:
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                *_PROGRAM, media_type, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
            )
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    made, _ = await process.communicate(content)
            except TimeoutError:
                return None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            return made if process.returncode == 0 and made else None
