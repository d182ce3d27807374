"""Places at banks: no unit beyond its limit, and as many places held as referrals are open."""

from __future__ import annotations

from freshwater.books.balance import Balance, balance
from freshwater.books.sides import Sides


def limits(sides: Sides) -> Balance:
    """No unit has more than it said it can take; a limit lowered below what was open holds from then on."""
    held, over = (int(sides.more("matching", name)) for name in ("places_held", "units_over_limit"))
    return balance("limits", "额度", held, held, difference=over, names=_units(sides))


def held(sides: Sides) -> Balance:
    """The counters that capacity is decided by are what the open referrals come to."""
    opened, places = (int(sides.more("matching", name)) for name in ("open_referrals", "places_held"))
    differing = int(sides.more("matching", "units_differing"))
    return balance("places", "占用", opened, places, difference=differing, names=_units(sides))


def _units(sides: Sides) -> list[str]:
    return [f"unit {name}" for name in sides.more("matching", "first_units") or []]
