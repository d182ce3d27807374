"""Whether a running deployment shows what it should: every promised metric, labels within their bounds, every query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import httpx

from freshwater.watching.dashboards import queries
from shared.errors import FreshwaterError
from shared.metric_list import LABELS, LIST, Metric

SECONDS = 30.0
_ADDED = frozenset({"__name__", "job", "instance", "le"})
"""What Prometheus adds, beside the bounds of a histogram."""


class PrometheusAway(FreshwaterError):
    """Prometheus cannot be asked; the text says why."""


def faults(address: str) -> list[str]:
    """All that is missing or too much, one sentence each; none where all is well. Raises PrometheusAway."""
    with httpx.Client(base_url=address, timeout=SECONDS) as client:
        found = [fault for each in LIST for fault in of_metric(each, _series(client, each))]
        asked = {title: _ask(client, query) for title, query in queries()}
    return found + [f"the panel {title!r}: {answer}" for title, answer in asked.items() if isinstance(answer, str)]


def of_metric(declared: Metric, series: Iterable[dict[str, str]]) -> list[str]:
    """What is wrong with the series of one metric."""
    found = list(series)
    wrong = []
    if declared.promised:
        # A job is called like its service.
        silent = set(declared.shown_by) - {each["job"] for each in found}
        wrong += [f"{declared.name}: {job} does not show it" for job in sorted(silent)]
    values: dict[str, set[str]] = defaultdict(set)
    for each in found:
        for label in each.keys() - _ADDED:
            values[label].add(each[label])
    for label, seen in sorted(values.items()):
        if label not in declared.labels:
            wrong.append(f"{declared.name}: has a label {label} that is not declared")
        elif len(seen) > LABELS[label][0]:
            wrong.append(f"{declared.name}: {label} has {len(seen)} values, at most {LABELS[label][0]} are declared")
    return wrong


def _series(client: httpx.Client, declared: Metric) -> list[dict[str, str]]:
    name = f"{declared.name}_count" if declared.kind == "histogram" else declared.name
    answer = _ask(client, name)
    if isinstance(answer, str):
        raise PrometheusAway(f"Prometheus does not answer {name}: {answer}")
    return [each["metric"] for each in answer]


def _ask(client: httpx.Client, query: str) -> list[dict[str, Any]] | str:
    """The vector, or what Prometheus says is wrong."""
    try:
        said = client.get("/api/v1/query", params={"query": query}).json()
    except (httpx.HTTPError, ValueError) as error:
        raise PrometheusAway(f"no Prometheus at {client.base_url} ({type(error).__name__})") from None
    if said.get("status") != "success":
        return str(said.get("error", "no answer"))
    result: list[dict[str, Any]] = said["data"]["result"]
    return result
