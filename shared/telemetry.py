"""Metrics that every service has, logging without personal data, and the watch over a consumer that stands still.

Names follow Prometheus' conventions; labels are closed sets, never ids.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter as Counts
from collections.abc import Sequence
from typing import Any

import structlog

from shared.metric_list import counter, gauge, histogram

logger: Any = structlog.get_logger("freshwater")

EVENTS = counter("freshwater_events_processed_total")
BATCH_SECONDS = histogram("freshwater_batch_duration_seconds")
BATCH_RECORDS = histogram("freshwater_batch_records")
EVENT_AGE = histogram("freshwater_event_age_seconds")
LAST_PROCESSED = gauge("freshwater_last_event_processed_timestamp_seconds")
DEAD_LETTERS = counter("freshwater_dead_letters_total")
STALE = counter("freshwater_batches_stale_total")
LAG = gauge("freshwater_consumer_lag_records")
SWEEPER_BEAT = gauge("freshwater_sweeper_last_run_timestamp_seconds")
CANARY = gauge("freshwater_canary_last_round_timestamp_seconds")
YEARS_MISSING = counter("freshwater_workdays_missing_year_total")
FIRED = counter("freshwater_deadlines_fired_total")
RESTORED = counter("freshwater_restored_events_total")
PUBLISHED = counter("freshwater_events_published_total")


def topic_label(topic: str) -> str:
    """Doors share one label: a partner's name in a label would be unbounded."""
    at = topic.find("freshwater.")
    name = topic[at:] if at > 0 else topic
    return "freshwater.door.in" if name.startswith("freshwater.door.") else name


class LoopMetrics:
    """The loop's own metrics with the service's label bound once."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._counters: dict[tuple[str, str, str], Any] = {}
        self.stale = STALE.labels(service)
        self._seconds, self._records = BATCH_SECONDS.labels(service), BATCH_RECORDS.labels(service)
        self._age, self._last = EVENT_AGE.labels(service), LAST_PROCESSED.labels(service)

    def count(self, outcomes: Sequence[tuple[str, str, str]]) -> None:
        """Count a batch's events by (topic, type, outcome): once a kind, not once an event."""
        for key, number in Counts(outcomes).items():
            counter = self._counters.get(key)
            if counter is None:
                topic, kind, outcome = key
                counter = self._counters[key] = EVENTS.labels(self._service, topic_label(topic), kind, outcome)
            counter.inc(number)

    def dead_letter(self, topic: str, reason: str) -> None:
        DEAD_LETTERS.labels(self._service, topic_label(topic), reason).inc()

    def canary(self) -> None:
        """A deadline of nobody's has been decided on."""
        CANARY.labels(self._service).set_to_current_time()

    def batch(self, records: int, seconds: float, last_timestamp: int) -> None:
        self._seconds.observe(seconds)
        self._records.observe(records)
        self._last.set_to_current_time()
        if last_timestamp > 0:
            self._age.observe(max(time.time() - last_timestamp / 1000, 0))


def say_taken(items: Sequence[Any], outcomes: Sequence[tuple[str, str, str]]) -> None:
    """One line an event at debug: its id, its place, its type and what became of it; never what it says."""
    if not logger.is_enabled_for(logging.DEBUG):
        return
    for item, (topic, kind, outcome) in zip(items, outcomes, strict=True):
        place = f"{topic_label(topic)}/{item.record.partition}/{item.record.offset}"
        logger.debug("taken", event_id=str(item.id), place=place, type=kind, outcome=outcome)


class _Rare(logging.Filter):
    """At most ten lines a minute from a logger: aiokafka writes forty a second while the broker is away."""

    def __init__(self, per_minute: int = 10) -> None:
        super().__init__()
        self._per_minute, self._minute, self._count = per_minute, 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(record.created // 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return self._count <= self._per_minute


def set_up_logging(service: str, level: str) -> None:
    """JSON lines on stderr. What libraries log goes the same way, rarely, and never with a record's value."""
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        foreign_pre_chain=shared_steps,
    )
    handler.setFormatter(formatter)
    handler.addFilter(_Rare())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.contextvars.bind_contextvars(service=service)
