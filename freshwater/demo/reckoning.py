"""The books at the end of a demonstration."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from freshwater.books.installed import books_of
from freshwater.stack import Stack
from shared.errors import FreshwaterError

PATIENCE_SECONDS = 1800.0
"""A month of forty thousand demands is more than a million records: the books read them in minutes, not at once."""
LOOKS, PAUSE_SECONDS = 3, 4.0
"""A webhook may be under way at the first look: no topic tells of it, and its counts are not one moment's."""
BALANCED = "balanced"


async def reckoned(stack: Stack) -> object:
    """ "balanced", or what does not balance, with the names that the books give."""
    found: object = None
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(PAUSE_SECONDS)
        found = await _look(stack)
        if found == BALANCED:
            break
    return found


async def _look(stack: Stack) -> object:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[object] = loop.create_future()

    def tell(said: object) -> None:
        if not answer.done():
            answer.set_result(said)

    def look() -> None:
        said = _balance(stack)
        # Late, nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, said)

    # Not to_thread: books that never end must not keep the demonstration from ending.
    threading.Thread(target=look, daemon=True).start()
    try:
        return await asyncio.wait_for(answer, PATIENCE_SECONDS)
    except TimeoutError:
        return f"no answer in {PATIENCE_SECONDS:.0f} s"


def _balance(stack: Stack) -> object:
    try:
        report = books_of(stack.settings, stack.environment, stack.place.folder).balance()
    except FreshwaterError as error:
        return f"not taken: {error}"
    wrong = [each for each in report.balances if not each.balanced]
    found = [{"name": each.name, "left": each.left, "right": each.right, "names": list(each.names)} for each in wrong]
    return found or BALANCED
