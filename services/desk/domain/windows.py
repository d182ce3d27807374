"""When a product is on offer: both days of its window belong to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Window:
    """`open` until `day` (None: until further notice), `coming` from `day`, or `over` since the end of `day`."""

    state: Literal["open", "coming", "over"]
    day: date | None = None


def window(first: date | None, last: date | None, today: date) -> Window:
    """Where today lies; a product without days is always on offer."""
    if first is not None and today < first:
        return Window("coming", first)
    if last is not None and today > last:
        return Window("over", last)
    return Window("open", last)
