"""Reading a request's body within its bounds: of size, and of time."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect


class TooLarge(Exception):
    """What is too much is not even read."""


class TooSlow(Exception):
    """Somebody holds a connection without using it, or has gone."""


async def body_within(request: Request, most: int, seconds: float) -> bytes:
    """The body. Raises TooLarge, TooSlow."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > most:
        raise TooLarge
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most)
    except (TimeoutError, ClientDisconnect):
        raise TooSlow from None


async def _read(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)
