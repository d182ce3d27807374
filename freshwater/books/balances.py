"""All balances in their order."""

from __future__ import annotations

from collections.abc import Iterator

from freshwater.books import course, journals, places, reading, telling
from freshwater.books.balance import Balance
from freshwater.books.sides import Sides


def balances(sides: Sides) -> Iterator[Balance]:
    """From the door to the pages."""
    yield course.doors(sides)
    yield course.demands(sides)
    yield course.owners(sides)
    yield course.obstacles(sides)
    yield course.cases(sides)
    yield telling.notices(sides)
    yield telling.told(sides)
    yield telling.sendings(sides)
    yield from journals.outputs(sides)
    yield from journals.taken(sides)
    yield from journals.deadlines(sides)
    yield reading.demands(sides)
    yield reading.newest(sides)
    yield reading.timeline(sides)
    yield places.limits(sides)
    yield places.held(sides)
