"""Dead letters: what could not be read or decided, with its bytes, its place and the reason; never a silent loss."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from shared.contracts.ids import caused_id, record_id
from shared.contracts.topics import partner_of
from shared.decision import Record
from shared.errors import TooManyDeadLetters
from shared.rendering import Output

Reason = Literal[
    "null_value", "invalid_json", "too_deep", "no_type", "unknown_type", "invalid_event", "undecidable", "unstorable"
]
WINDOW = 1000
ATTEMPT_HEADER = "dlq-attempt"


def topic_of(service: str) -> str:
    return f"freshwater.{service}.dlq.v1"


def retry_topic_of(service: str) -> str:
    return f"freshwater.{service}.retry.v1"


def header(record: Record, name: str) -> str | None:
    """A header's text, or None; a header may be null or not UTF-8 (faststream#2458)."""
    for key, value in record.headers:
        if key == name and value is not None:
            return value.decode("utf-8", "replace")
    return None


def place_id(record: Record) -> UUID:
    """The id of a record that has none of its own, by where it stands."""
    return record_id(record.topic, record.partition, record.offset, record.timestamp)


def letter_id(service: str, record: Record) -> UUID:
    """The id of the letter for a record: the same for the same record."""
    return caused_id(place_id(record), f"{service}/letter")


def letter(service: str, record: Record, reason: str, detail: str, value: bytes | None) -> Output:
    """The letter for one record; the same record gives the same letter. `value` is sealed already where it must be.

    The headers say how to bring it back: where it first came from, why, by whom, and which attempt this was. Of a door
    neither key nor headers go on: a partner may have written personal data there, or headers that are ours.
    """
    if partner_of(record.topic) is not None:
        record = record._replace(key=None, headers=())
    returned = record.topic == retry_topic_of(service)
    topic = (header(record, "dlq-topic") if returned else None) or record.topic
    origin = header(record, "dlq-origin") or f"{record.topic}/{record.partition}/{record.offset}"
    attempt = int(header(record, ATTEMPT_HEADER) or 1)
    identifier = letter_id(service, record)
    own = tuple(pair for pair in record.headers if not pair[0].startswith("dlq-"))
    subject = header(record, "ce_subject")
    added: tuple[tuple[str, bytes | None], ...] = (
        ("dlq-id", str(identifier).encode()),
        ("dlq-topic", topic.encode()),
        ("dlq-origin", origin.encode()),
        ("dlq-error", reason.encode()),
        ("dlq-detail", detail[:500].encode("utf-8", "replace")),
        ("dlq-by", service.encode()),
        (ATTEMPT_HEADER, str(attempt).encode()),
    )
    if subject:
        added = (*added, ("dlq-subject", subject.encode()))
    # Null key and null value together are an AssertionError in aiokafka.
    return Output(topic_of(service), None, record.key or b"-", value, (*own, *added))


class Limit:
    """A flood stops the consumer: at most `limit` letters among the last thousand records."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: deque[bool] = deque(maxlen=WINDOW)

    def check(self, bad: Sequence[bool]) -> None:
        """Raises TooManyDeadLetters where these would be too many; ask before the batch is committed."""
        if not any(bad):
            return
        recent = [*self._seen, *bad][-WINDOW:]
        if sum(recent) > self._limit:
            raise TooManyDeadLetters(
                f"{sum(recent)} of the last {len(recent)} records could not be handled (limit {self._limit}): nothing"
                " of this batch was taken. Look at the records, then correct the sender or raise dead_letter_limit"
            )

    def count(self, bad: Sequence[bool]) -> None:
        self._seen.extend(bad)
