"""Reading a request's body within its bounds."""

from __future__ import annotations

from fastapi import Request
from starlette.requests import ClientDisconnect


async def body_within(request: Request, most: int) -> bytes | None:
    """The body, or None where it is larger; what is too much is not even read."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > most:
        return None
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    except ClientDisconnect:
        # Nobody is there to hear the answer.
        return None
    return b"".join(parts)
