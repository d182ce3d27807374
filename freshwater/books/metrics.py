"""The books as metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from freshwater.books.balance import Report


class Gauges:
    """What the last run found. On a registry of its own; `port` serves it."""

    def __init__(self, port: int | None) -> None:
        self.registry = CollectorRegistry()
        self._difference = Gauge(
            "freshwater_books_difference",
            "How many do not fit, by balance: must be 0",
            ["balance"],
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "freshwater_books_in_flight",
            "How many lie beyond the watermark, by balance",
            ["balance"],
            registry=self.registry,
        )
        self._last = Gauge(
            "freshwater_books_last_run_timestamp_seconds", "When the books were last looked at", registry=self.registry
        )
        self._seconds = Gauge("freshwater_books_run_seconds", "How long that took", registry=self.registry)
        self._failed = Counter(
            "freshwater_books_failed_total", "How often they could not be looked at", registry=self.registry
        )
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
