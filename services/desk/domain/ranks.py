"""What remains of many rows: at one place the highest rank wins, whatever came first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from services.desk.domain.measures import Limit, Moments, Money, Rating, Visit, earliest
from services.desk.domain.rows import (
    Alias,
    Capacity,
    CountyWord,
    Delivery,
    Docking,
    Happened,
    HouseholdRow,
    Letter,
    Obstacles,
    Progress,
    Question,
    Refusal,
    Row,
    Taken,
)


class Kind(NamedTuple):
    """How many leading columns are a row's place, and which columns are its rank (none: the first one stays).

    `together`: two rows at one place are both true, and make one.
    """

    place: int
    rank: tuple[str, ...] = ()
    together: Callable[[Any, Any], Any] | None = None


KINDS: dict[type[Row], Kind] = {
    Taken: Kind(2, ("intake_sequence",)),
    Docking: Kind(2, ("matching_sequence",)),
    Obstacles: Kind(2, ("escalation_sequence",)),
    Progress: Kind(2, ("stage", "sequence")),
    Question: Kind(2, ("sequence",)),
    HouseholdRow: Kind(1, ("sequence",)),
    Delivery: Kind(2, ("attempt", "certainty")),
    Capacity: Kind(2, ("version",)),
    Happened: Kind(2),
    Alias: Kind(1),
    Refusal: Kind(1),
    Letter: Kind(1),
    Moments: Kind(1, together=earliest),
    Money: Kind(1),
    Rating: Kind(1),
    Visit: Kind(1),
    Limit: Kind(1),
    CountyWord: Kind(2),
}


def newest(rows: Iterable[Row]) -> dict[type[Row], list[Row]]:
    """Of each kind and place the row of the highest rank, sorted by place: two members never lock each other."""
    kept: dict[type[Row], dict[tuple[Any, ...], Row]] = {kind: {} for kind in KINDS}
    for row in rows:
        kind, places = KINDS[type(row)], kept[type(row)]
        before = places.setdefault(row[: kind.place], row)
        if before is row:
            continue
        if kind.together:
            places[row[: kind.place]] = kind.together(before, row)
        elif _rank(row, kind) > _rank(before, kind):
            places[row[: kind.place]] = row
    return {kind: [places[place] for place in sorted(places)] for kind, places in kept.items() if places}


def _rank(row: Row, kind: Kind) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in kind.rank)
