"""The books as metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server

from freshwater.books.balance import Report
from shared.metric_list import counter, gauge


class Gauges:
    """What the last run found. On a registry of its own; `port` serves it."""

    def __init__(self, port: int | None) -> None:
        self.registry = CollectorRegistry()
        self._difference = gauge("freshwater_books_difference", self.registry)
        self._in_flight = gauge("freshwater_books_in_flight", self.registry)
        self._last = gauge("freshwater_books_last_run_timestamp_seconds", self.registry)
        self._seconds = gauge("freshwater_books_run_seconds", self.registry)
        self._failed = counter("freshwater_books_failed_total", self.registry)
        if port is not None:
            start_http_server(port, registry=self.registry)

    def set(self, report: Report) -> None:
        for each in report.balances:
            self._difference.labels(each.name).set(each.difference)
            self._in_flight.labels(each.name).set(each.in_flight)
        self._last.set_to_current_time()
        self._seconds.set(report.seconds)

    def failed(self) -> None:
        self._failed.inc()
