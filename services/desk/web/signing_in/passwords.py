"""Passwords: argon2id, two at a time, and never quicker for a login that does not exist."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# OWASP's second choice: 19 MiB and two passes; 64 MiB a try would let a crowd at the door exhaust the memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_AT_ONCE = asyncio.Semaphore(2)


def generated() -> str:
    """A password that can be read out over the telephone: 20 characters, 99 bits."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(20))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def hashed(password: str) -> str:
    return _HASHER.hash(password)


@cache
def nobodys() -> str:
    """A hash that no password fits, to take the same time where there is no such login."""
    return hashed(secrets.token_urlsafe(32))


async def fits(password_hash: str, password: str) -> bool:
    """Whether it is the password; computed beside the event loop."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_fits, password_hash, password)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
