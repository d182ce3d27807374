"""The books at the end of a demonstration."""

from __future__ import annotations

from freshwater.stack import Stack


async def books_of(stack: Stack) -> object:
    """ "balanced", or what does not balance."""
    return "not run"
