"""States: one row each, saved at the revision that they were decided on (the loop's second guard)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.database import Connection
from shared.decision import StateKey, World
from shared.errors import Stale

_LOAD = """
SELECT household, subject, kind, revision, body FROM states
JOIN unnest($1::uuid[], $2::uuid[], $3::text[]) AS wanted (household, subject, kind) USING (household, subject, kind)
"""
# One statement for new and old: an insert that finds a row, or an update that finds another revision, counts for
# nothing, and a count that falls short rolls the batch back.
_SAVE = """
INSERT INTO states (household, subject, kind, revision, label, owner, body)
SELECT household, subject, kind, expected + $8, label, owner, body
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bytea[])
     AS new (household, subject, kind, expected, label, owner, body)
ON CONFLICT (household, subject, kind) DO UPDATE
SET revision = excluded.revision, label = excluded.label, owner = excluded.owner, body = excluded.body
WHERE states.revision = excluded.revision - $8
"""


class States:
    """Reads and writes a service's states; `kinds` gives the dataclass of each kind."""

    def __init__(self, kinds: Mapping[str, type[Any]]) -> None:
        self._decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
            kind: msgspec.msgpack.Decoder(state) for kind, state in kinds.items()
        }
        self._encode = msgspec.msgpack.Encoder().encode

    async def load(self, connection: Connection, keys: Sequence[StateKey], world: World) -> None:
        """Put the states of `keys` into the world, in one query."""
        if not keys:
            return
        for household, subject, kind, revision, body in await connection.fetch(_LOAD, *zip(*keys, strict=True)):
            key = StateKey(household, subject, kind)
            world.states[key] = self._decoders[kind].decode(body)
            world.revisions[key] = revision

    async def save(self, connection: Connection, world: World, loaded: Mapping[StateKey, int]) -> None:
        """Write every state whose revision is no longer the `loaded` one. Raises Stale where a guard missed."""
        by_changes: dict[int, list[tuple[StateKey, int]]] = {}
        for key, revision in world.revisions.items():
            before = loaded.get(key, 0)
            if revision != before:
                by_changes.setdefault(revision - before, []).append((key, before))
        for changes, keys in sorted(by_changes.items()):
            await self._save(connection, world, sorted(keys, key=_order), changes)

    async def _save(self, connection: Connection, world: World, keys: list[tuple[StateKey, int]], changes: int) -> None:
        states: list[Any] = [world.states[key] for key, _ in keys]
        status = await connection.execute(
            _SAVE,
            [key[0] for key, _ in keys],
            [key[1] for key, _ in keys],
            [key[2] for key, _ in keys],
            [expected for _, expected in keys],
            [state.label for state in states],
            [state.owner for state in states],
            [self._encode(state) for state in states],
            changes,
        )
        if int(status.rsplit(" ", 1)[1]) != len(keys):
            raise Stale("a state has another revision than it was decided on")


def _order(change: tuple[StateKey, int]) -> tuple[int, int, str]:
    """As the database orders ids; Python compares numbers ten times as fast."""
    (household, subject, kind), _ = change
    return household.int, subject.int, kind
