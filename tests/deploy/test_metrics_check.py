"""The check of a running deployment's metrics can fail: each of its faults, provoked."""

from __future__ import annotations

from freshwater.watching.metrics_check import of_metric
from freshwater.watching.watch import behind, end_of_calendar
from shared.metric_list import LABELS, Metric

DECLARED = Metric("freshwater_x", "gauge", "X", ("service",), ("intake", "desk"))


def series(job: str, **labels: str) -> dict[str, str]:
    return {"__name__": "freshwater_x", "job": job, "instance": "a:9100", **labels}


def test_all_is_well() -> None:
    assert of_metric(DECLARED, [series("intake", service="intake"), series("desk", service="desk")]) == []


def test_a_service_that_does_not_show_it() -> None:
    assert of_metric(DECLARED, [series("intake", service="intake")]) == ["freshwater_x: desk does not show it"]


def test_a_label_that_nobody_declared() -> None:
    shown = [series("intake", household="h1"), series("desk", service="desk")]

    assert of_metric(DECLARED, shown) == ["freshwater_x: has a label household that is not declared"]


def test_a_label_without_bound() -> None:
    most = LABELS["service"][0]
    shown = [series(job, service=f"s{number}") for number in range(most + 1) for job in ("intake", "desk")]

    assert of_metric(DECLARED, shown) == [f"freshwater_x: service has {most + 1} values, at most {most} are declared"]


def test_what_is_not_promised_may_be_missing() -> None:
    assert of_metric(Metric("freshwater_x", "gauge", "X", promised=False), []) == []


def test_a_service_that_never_ran_is_behind_by_all_that_it_reads() -> None:
    ends = {
        "freshwater.demands.v1": {0: 10, 1: 5},
        "freshwater.catalogue.v1": {0: 500},
        "freshwater.feedback.v1": {0: 7},
    }

    assert behind("matching", ends, {}) == 15
    assert behind("matching", ends, {"freshwater.demands.v1": {0: 10, 1: 4}}) == 1
    # It reads neither what only the desk reads nor, in its group, the catalogue.
    assert behind("matching", ends, {"freshwater.demands.v1": {0: 10, 1: 5}}) == 0


def test_the_calendar_ends_with_a_year() -> None:
    assert end_of_calendar() % 86_400 == 0
