"""From the records of `freshwater.catalogue.v1` to releases: entities gather, a marker turns them into one release.

Pure: no broker, no clock. The topic is compacted, so what is read from its beginning may lack bodies of older releases:
such a marker makes no release, and only the newest one matters.
"""

from __future__ import annotations

import json
from typing import Any

from shared.catalogue.bodies import read_body
from shared.catalogue.problems import Problem
from shared.catalogue.release import Body, Key, Release, canonical, digest_of_texts, release_of
from shared.catalogue.rules import broken_rules
from shared.contracts.catalogue import EntityPublished, ReleaseEnded
from shared.contracts.entity import Entity
from shared.contracts.registry import read_event
from shared.contracts.topics import CATALOGUE, readable_types
from shared.errors import FreshwaterError

MARKER = ("release", "marker")
"""The key of every marker: compaction keeps the newest, and a topic's order keeps it behind its entities."""


class ReleaseRefused(FreshwaterError):
    """A marker whose entities do not make a release. `reason`: incomplete, digest, invalid, old_number."""

    def __init__(self, number: int, reason: str, detail: str) -> None:
        super().__init__(f"release {number} is refused ({reason}): {detail}")
        self.number, self.reason = number, reason


class Assembly:
    """What the topic holds so far. `bodies` are the entities that live, `highest` the largest number seen.

    They are kept as texts: as dictionaries they would take more of every process's memory than the entities do.
    """

    def __init__(self) -> None:
        self._texts: dict[Key, bytes] = {}
        self.highest = 0
        self.current: Release | None = None
        self._typed: dict[Key, Entity | Body] = {}

    @property
    def bodies(self) -> dict[Key, dict[str, Any]]:
        """All of them, read anew."""
        return {key: json.loads(text) for key, text in self._texts.items()}

    def take(self, key: bytes | None, value: bytes | None) -> ReleaseEnded | None:
        """Take one record; a marker is handed back to be closed by `close`.

        Raises UnreadableEvent for bytes that are no event of this topic: the marker behind them will not agree.
        """
        if value is None:
            kind, _, identifier = (key or b"").decode("utf-8", "replace").partition("/")
            self._put((kind, identifier), None)
            return None
        data = read_event(value, readable_types(CATALOGUE)).data
        self.highest = max(self.highest, data.release)
        if isinstance(data, ReleaseEnded):
            return data
        assert isinstance(data, EntityPublished)
        self._put((data.kind, data.id), data.body)
        return None

    def _put(self, key: Key, body: dict[str, Any] | None) -> None:
        self._typed.pop(key, None)
        if body is None:
            self._texts.pop(key, None)
        else:
            self._texts[key] = canonical(body)

    def close(self, marker: ReleaseEnded) -> Release | None:
        """The release that a marker ends, or None where it is the one in use already. Raises ReleaseRefused."""
        here = self.current
        if here is not None and marker.release <= here.number:
            if marker.release == here.number and marker.sha256 == here.sha256:
                return None
            raise ReleaseRefused(marker.release, "old_number", f"release {here.number} is in use")
        if len(self._texts) != marker.entities:
            detail = f"{len(self._texts)} entities instead of {marker.entities}"
            raise ReleaseRefused(marker.release, "incomplete", detail)
        digest = digest_of_texts(self._texts)
        if digest != marker.sha256:
            raise ReleaseRefused(marker.release, "digest", f"{digest[:12]} instead of {marker.sha256[:12]}")
        self.current = release_of(marker.release, self._checked(marker.release), digest)
        return self.current

    def _checked(self, number: int) -> dict[Key, Entity | Body]:
        problems: list[Problem] = []
        for (kind, identifier), text in self._texts.items():
            if (kind, identifier) not in self._typed:
                entity, faults = read_body(kind, identifier, json.loads(text))
                problems += faults
                if entity is not None and not faults:
                    self._typed[kind, identifier] = entity
        problems += broken_rules(self._typed, self._texts.keys())
        if problems:
            raise ReleaseRefused(number, "invalid", "; ".join(map(str, problems[:10])))
        return dict(self._typed)
