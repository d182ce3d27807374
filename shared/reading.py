"""Reading the inner topics: which types a service handles on which topic, and skipping the others unread."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts import county
from shared.contracts.envelope import Data
from shared.contracts.registry import UnreadableEvent, read_event, type_of
from shared.contracts.topics import readable_types
from shared.dead_letters import header, retry_topic_of
from shared.decision import Record, Taken


class Reader:
    """Reads one service's records. `handled` maps a topic's name to the payload classes that the service decides on.

    A type that may stand on the topic but is not handled is skipped by its header; one that may not is unreadable.
    """

    def __init__(self, service: str, handled: Mapping[str, Sequence[type[Data]]]) -> None:
        self._retry = retry_topic_of(service)
        self._handled = {topic: {data.TYPE: data for data in types} for topic, types in handled.items()}
        self._skipped = {
            topic: {name.encode() for name in readable_types(topic) if name not in types}
            for topic, types in self._handled.items()
        }

    def read(self, record: Record) -> Taken | None:
        """The event of a record, or None where the service does not handle its type. Raises UnreadableEvent."""
        topic = record.topic
        if topic == self._retry:
            topic = header(record, "dlq-topic") or ""
        handled = self._handled.get(topic)
        if handled is None:
            raise UnreadableEvent("unknown_type", f"nothing is read from {topic[:100]!r}")
        named = type_header(record)
        if named is None and record.value is not None:
            named = type_of(record.value).encode()
        if named in self._skipped[topic]:
            return None
        event: Any = read_event(record.value, handled, None if named is None else named.decode("utf-8", "replace"))
        by_text = topic in _KEYED_BY_TEXT or type(event.data) in _OF_A_COUNTY
        if not by_text and not _UUID.match(event.partitionkey):
            raise UnreadableEvent("invalid_event", "/partitionkey: not the id of a household")
        return Taken(record, event.id, event)


def type_header(record: Record) -> bytes | None:
    """The type that the record's header names: ours do, so that a reader may skip a record unread."""
    for name, value in record.headers:
        if name == "ce_type":
            return value
    return None


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_OF_A_COUNTY = county.EVENTS
_KEYED_BY_TEXT = frozenset({"freshwater.capacity.v1", "freshwater.receipts.v1"})
