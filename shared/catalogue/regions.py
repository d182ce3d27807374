"""Regions of GB/T 2260 and its extension to streets: which place lies in which area."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65_536)
def stem(region: str) -> str:
    """The part of a code that all places inside it share: 620000 -> 62, 620100 -> 6201, 620102000 -> 620102."""
    county, street, village = region[:6], region[6:9], region[9:]
    if village.strip("0"):
        return region
    if street.strip("0"):
        return county + street
    while len(county) > 2 and county.endswith("00"):
        county = county[:-2]
    return county


def within(place: str, area: str) -> bool:
    """Whether `place` (6, 9 or 12 digits) is `area` or lies inside it."""
    return place.startswith(stem(area))
