"""The one list of metrics: what each is called, what it counts, which labels it has and how many values those can have.

Names follow Prometheus: prefix `freshwater_`, base units, `_total` on counters, moments instead of times since. A label
is a closed set, never an id of a household, a demand or a partner. docs/metrics.md is made from this list; what is not
here cannot be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import REGISTRY

Kind = Literal["counter", "gauge", "histogram"]
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FIVE = ("intake", "matching", "escalation", "notify", "desk")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `shown_by`: whose /metrics has it; `promised`: it is there after a demonstration whatever happened.

    What is not promised appears with the first thing of its kind.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = FIVE
    buckets: tuple[float, ...] = SECONDS
    promised: bool = True


LABELS: Mapping[str, tuple[int, str]] = {
    "service": (6, "the five services; `tool` for a command"),
    "topic": (25, "names of topics.yaml without a partner; all doors share one"),
    "type": (150, "event types of the contracts, `-` where a record has none"),
    "outcome": (12, "how it ended, a closed set in the code"),
    "reason": (16, "why, a closed set in the code"),
    "route": (8, "routes of the gate; anything else is `other`"),
    "address": (60, "addresses of the desk's table, never a path"),
    "status": (25, "HTTP status"),
    "event": (40, "events of matching"),
    "state": (20, "states of a demand, referral, case or delivery"),
    "rule": (40, "rules by which a claim is refused"),
    "audience": (5, "household, submitter, bank, authority, department"),
    "channel": (7, "ways to a recipient"),
    "language": (8, "languages of the templates; anything else is `other`"),
    "why": (4, "why a template was not used"),
    "act": (40, "acts of officers"),
    "year": (10, "calendar years"),
    "bank": (200, "institutions of the catalogue"),
    "balance": (60, "what the books compare"),
    "volume": (8, "volumes that are watched"),
    "certificate": (8, "certificates that are watched"),
    "le": (20, "bounds of a histogram"),
}
"""How many values a label can have at most, and what they are."""

LIST = (
    # The loop, the same in every service.
    Metric("freshwater_events_processed_total", "counter", "Events taken by the loop, by outcome",
           ("service", "topic", "type", "outcome")),
    Metric("freshwater_batch_duration_seconds", "histogram",
           "Processing time: from a batch's start to its outputs' acknowledgement", ("service",)),
    Metric("freshwater_batch_records", "histogram", "Records in a batch", ("service",),
           buckets=(1, 5, 20, 50, 100, 200, 500, 1000)),
    Metric("freshwater_event_age_seconds", "histogram", "From a record's arrival at the broker to its outputs",
           ("service",), buckets=(*SECONDS, 30.0, 120.0, 600.0)),
    Metric("freshwater_last_event_processed_timestamp_seconds", "gauge",
           "When the last batch was finished", ("service",)),
    Metric("freshwater_dead_letters_total", "counter", "Records set aside, by reason", ("service", "topic", "reason"),
           promised=False),
    Metric("freshwater_batches_stale_total", "counter", "Batches taken again because a guard missed", ("service",)),
    Metric("freshwater_consumer_lag_records", "gauge", "Records of this member's partitions that are not yet read",
           ("service", "topic")),
    Metric("freshwater_events_published_total", "counter", "Records acknowledged by the broker", ("service", "topic"),
           shown_by=("intake", "matching", "escalation", "notify")),
    Metric("freshwater_catalogue_release", "gauge", "Number of the catalogue release in use", ("service",)),
    Metric("freshwater_catalogue_refused_total", "counter", "Releases not taken, and records not read, by reason",
           ("service", "reason"), promised=False),
    Metric("freshwater_restored_events_total", "counter",
           "Events taken again after an older backup whose outputs were found: decided the same byte for byte, alike,"
           " or otherwise; and records that were gone", ("service", "outcome"), promised=False),
    # Time.
    Metric("freshwater_sweeper_last_run_timestamp_seconds", "gauge", "When the sweeper last looked", ("service",),
           shown_by=("intake", "matching", "escalation", "notify")),
    Metric("freshwater_deadlines_fired_total", "counter", "Deadlines published", ("service",),
           shown_by=("intake", "matching", "escalation", "notify")),
    Metric("freshwater_canary_last_round_timestamp_seconds", "gauge",
           "When a deadline last went all the way: table, sweeper, broker, decision", ("service",), promised=False),
    Metric("freshwater_workdays_missing_year_total", "counter",
           "Answers about working days that rest on a year without data", ("year",), promised=False),
    # Intake.
    Metric("freshwater_intake_requests_total", "counter", "Requests by HTTP, by route and status", ("route", "status"),
           ("intake",)),
    Metric("freshwater_intake_request_duration_seconds", "histogram", "From a request's first byte to its answer",
           ("route",), ("intake",)),
    Metric("freshwater_intake_http_events_total", "counter", "Events that came by HTTP, by outcome", ("outcome",),
           ("intake",)),
    Metric("freshwater_intake_doors_purged_records_total", "counter", "Records deleted from native doors", (),
           ("intake",)),
    Metric("freshwater_intake_doors_last_purge_timestamp_seconds", "gauge", "When native doors were last emptied", (),
           ("intake",)),
    # Matching.
    Metric("freshwater_matching_said_total", "counter", "What was decided, by event", ("event",), ("matching",)),
    Metric("freshwater_matching_entered_total", "counter", "Demands that came into a state", ("state",), ("matching",)),
    Metric("freshwater_matching_refused_total", "counter", "Claims refused, by rule", ("rule",), ("matching",),
           promised=False),
    Metric("freshwater_matching_called_up_total", "counter", "Waiting demands called up by a new release", (),
           ("matching",)),
    Metric("freshwater_matching_products", "gauge", "Products of the release in use", (), ("matching",)),
    # Escalation, counted from its table.
    Metric("freshwater_cases", "gauge", "Cases by state, those that have ended too", ("state",), ("escalation",)),
    Metric("freshwater_cases_overdue", "gauge", "Open cases at an authority whose time has run out", (),
           ("escalation",)),
    Metric("freshwater_cases_catch_all", "gauge", "Cases for which no authority was found: the catalogue has a gap", (),
           ("escalation",)),
    Metric("freshwater_cases_without_deadline", "gauge", "Open cases that no deadline will move: must be 0", (),
           ("escalation",)),
    # Notify.
    Metric("freshwater_deliveries_recorded_total", "counter",
           "Delivery rows written by the loop; a batch that was taken twice counts twice",
           ("audience", "channel", "state"), ("notify",)),
    Metric("freshwater_deliveries_ended_total", "counter", "Attempts that ended, by what followed",
           ("audience", "channel", "outcome"), ("notify",), promised=False),
    Metric("freshwater_delivery_attempt_duration_seconds", "histogram",
           "From the beginning of an attempt to its end", ("channel",), ("notify",), (*SECONDS, 30.0), promised=False),
    Metric("freshwater_delivery_lanes_paused", "gauge", "Ways to a recipient that failed and are given a rest", (),
           ("notify",)),
    Metric("freshwater_delivery_webhooks_closed", "gauge", "Webhook addresses that answered 410", (), ("notify",)),
    Metric("freshwater_templates_missing_total", "counter",
           "Messages that fell back to another language or to plain words", ("language", "why"), ("notify",),
           promised=False),
    Metric("freshwater_disclosures_opened_total", "counter", "Openings of an identity, by what came of it",
           ("outcome",), ("notify",), promised=False),
    Metric("freshwater_partners_known", "gauge", "Partners that are registered", ("service",), ("notify",)),
    Metric("freshwater_partners_unread_total", "counter", "Registrations that could not be read, by reason",
           ("service", "reason"), ("notify",), promised=False),
    # Desk: pages, and what its read model counts.
    Metric("freshwater_desk_page_seconds", "histogram", "From a request to its whole answer", ("address", "status"),
           ("desk",), (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5), promised=False),
    Metric("freshwater_desk_sign_ins_total", "counter", "Tries to sign in, by outcome", ("outcome",), ("desk",),
           promised=False),
    Metric("freshwater_desk_acts_total", "counter",
           "Acts of officers sent to the gate, by act and what was known at once",
           ("act", "outcome"), ("desk",), promised=False),
    Metric("freshwater_desk_live_listeners", "gauge", "Open streams of live figures", (), ("desk",)),
    Metric("freshwater_demands", "gauge", "Demands by the state of their docking", ("state",), ("desk",)),
    Metric("freshwater_referrals", "gauge", "Referrals by bank and state, those that have ended too", ("bank", "state"),
           ("desk",)),
    Metric("freshwater_referrals_overdue", "gauge", "Open referrals whose time has run out", (), ("desk",)),
    Metric("freshwater_units_unseen", "gauge",
           "Units of banks and authorities with work that has lain three days past its time", (), ("desk",)),
    # The books, and what no service sees of itself.
    Metric("freshwater_books_difference", "gauge",
           "How many do not fit, by balance: must be 0", ("balance",), ("books",)),
    Metric("freshwater_books_in_flight", "gauge", "How many lie beyond the watermark, by balance", ("balance",),
           ("books",)),
    Metric("freshwater_books_last_run_timestamp_seconds", "gauge",
           "When the books were last looked at", (), ("books",)),
    Metric("freshwater_books_run_seconds", "gauge", "How long that took", (), ("books",)),
    Metric("freshwater_books_failed_total", "counter", "How often they could not be looked at", (), ("books",)),
    Metric("freshwater_volume_free_bytes", "gauge", "Free space of a volume", ("volume",), ("watch",)),
    Metric("freshwater_volume_size_bytes", "gauge", "Size of a volume", ("volume",), ("watch",)),
    Metric("freshwater_certificate_expires_timestamp_seconds", "gauge", "When a certificate ends", ("certificate",),
           ("watch",), promised=False),
    Metric("freshwater_group_lag_records", "gauge",
           "Records that a service's groups have not committed, running or not",
           ("service",), ("watch",)),
    Metric("freshwater_workdays_end_timestamp_seconds", "gauge",
           "The end of the last year whose holidays are known", (),
           ("watch",)),
    Metric("freshwater_backup_last_timestamp_seconds", "gauge", "When the newest backup was made", (), ("watch",),
           promised=False),
    Metric("freshwater_dead_letters_waiting", "gauge", "Dead letters that were neither retried nor discarded",
           ("service",), ("watch",)),
    Metric("freshwater_watch_last_run_timestamp_seconds", "gauge", "When all this was last looked at", (), ("watch",)),
)  # fmt: skip
_BY_NAME = {metric.name: metric for metric in LIST}


def metric(name: str, kind: Kind) -> Metric:
    """What the list says of it. Raises LookupError with what to do."""
    found = _BY_NAME.get(name)
    if found is None or found.kind != kind:
        raise LookupError(f"{name} is no {kind} of shared/metric_list.py: a metric is declared there first")
    return found


def counter(name: str, registry: CollectorRegistry = REGISTRY) -> Counter:
    """The counter of that name, as declared."""
    declared = metric(name, "counter")
    return Counter(declared.name, declared.help, declared.labels, registry=registry)


def gauge(name: str, registry: CollectorRegistry = REGISTRY) -> Gauge:
    """The gauge of that name, as declared."""
    declared = metric(name, "gauge")
    return Gauge(declared.name, declared.help, declared.labels, registry=registry)


def histogram(name: str, registry: CollectorRegistry = REGISTRY) -> Histogram:
    """The histogram of that name, as declared."""
    declared = metric(name, "histogram")
    return Histogram(declared.name, declared.help, declared.labels, registry=registry, buckets=declared.buckets)
