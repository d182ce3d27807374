"""The last line: what a run came to, as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from freshwater.demo.watching import Seen


def figures(seen: Seen, memory: dict[str, float], books: object, **more: Any) -> dict[str, Any]:
    """Counts by state, seconds from the door to the first referral, demands per second, memory by service, books."""
    return {
        "counts": seen.states(),
        "gate": dict(seen.gate),
        **more,
        "seconds_to_first_referral": first_referral(seen),
        "demands_per_second": demands_per_second(seen),
        **({"seconds_from_cleared_to_referral": spread(seen.again)} if seen.again else {}),
        "memory_mb": memory,
        "books": books,
        "simulated": True,
    }


def first_referral(seen: Seen) -> dict[str, float]:
    """Of those that went to a bank at once: whoever had to wait for a fact or an office is another matter."""
    times = [
        course.referred - course.came
        for course in seen.accepted()
        if course.referred is not None and course.came is not None and course.at_once
    ]
    return spread(times)


def spread(milliseconds: Sequence[int]) -> dict[str, float]:
    """Median, 99th percentile and largest, in seconds."""
    if not milliseconds:
        return {}
    ordered = sorted(milliseconds)
    return {
        "p50": round(ordered[len(ordered) // 2] / 1000, 3),
        "p99": round(ordered[min(len(ordered) * 99 // 100, len(ordered) - 1)] / 1000, 3),
        "max": round(ordered[-1] / 1000, 3),
        "of": len(ordered),
    }


def demands_per_second(seen: Seen) -> float:
    """From the first demand at a door to the last one accepted."""
    courses = [course for course in seen.accepted() if course.came is not None]
    if not courses:
        return 0.0
    began = min(course.came or 0 for course in courses)
    ended = max(course.accepted or 0 for course in courses)
    return round(len(courses) / max((ended - began) / 1000, 0.001), 1)


def day(moment: datetime) -> str:
    """A simulated day, as people write it."""
    return f"{moment:%Y-%m-%d}"
