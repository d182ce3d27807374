"""Evidence files (证明材料) as the vault keeps them: sealed under the household's key, and gone with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from shared.vault.cipher import Key

_KEEP = "INSERT INTO files VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
_FACTS = "SELECT id, household, kind, media_type, sha256 FROM files WHERE id = ANY($1::uuid[])"
_SEALED = "SELECT id, household, kind, media_type, sha256, sealed FROM files WHERE id = $1"
_FORGET = "DELETE FROM files WHERE id = ANY($1::uuid[])"


class Executes(Protocol):
    """A connection or a pool of asyncpg."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...

    async def execute(self, query: str, *args: Any) -> str: ...


class FileFacts(NamedTuple):
    """What is known of a file without opening it; `sha256` is of what was kept, not of what was handed in."""

    id: UUID
    household: UUID
    kind: str
    media_type: str
    sha256: str


class File(NamedTuple):
    """A file in clear."""

    facts: FileFacts
    content: bytes


def _place(file: UUID) -> bytes:
    """What binds the blob: another file of the same household does not open in its place."""
    return b"file" + file.bytes


async def keep(executes: Executes, key: Key, facts: FileFacts, content: bytes) -> None:
    """Again changes nothing."""
    await executes.execute(_KEEP, *facts, key.seal(content, _place(facts.id)))


async def facts_of(executes: Executes, ids: Sequence[UUID]) -> dict[UUID, FileFacts]:
    """Those that are there."""
    return {row["id"]: FileFacts(*row) for row in await executes.fetch(_FACTS, ids)}


async def forget(executes: Executes, ids: Sequence[UUID]) -> None:
    await executes.execute(_FORGET, ids)


async def opened(executes: Executes, key: Key, household: UUID, file: UUID) -> File | None:
    """A file of this household, or None where it has no such file. Raises SealBroken."""
    for row in await executes.fetch(_SEALED, file):
        facts = FileFacts(*list(row)[:5])
        if facts.household == household:
            return File(facts, key.open(row["sealed"], _place(file)))
    return None
