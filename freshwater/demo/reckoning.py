"""The books at the end of a demonstration."""

from __future__ import annotations

import asyncio

from freshwater.books.installed import books_of
from freshwater.stack import Stack


async def reckoned(stack: Stack) -> object:
    """ "balanced", or what does not balance, with the names that the books give."""
    books = books_of(stack.settings, stack.environment, stack.place.folder)
    report = await asyncio.to_thread(books.balance)
    if report.balanced:
        return "balanced"
    return [
        {"name": each.name, "left": each.left, "right": each.right, "names": list(each.names)}
        for each in report.balances
        if not each.balanced
    ]
