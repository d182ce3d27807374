"""Lines of authorities (条线): a kind is declared once, and has an office `<kind>-<region>` in each region it is at.

A province has a hundred regions and thirty kinds: written out they would be three thousand rows that say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from shared.catalogue.regions import stem
from shared.contracts.entities import Level
from shared.contracts.entity import Entity
from shared.contracts.values import Code
from shared.contracts.values import Region as RegionCode

SECTIONS = {"regions": "region", "authority_lines": "authority-line"}
"""Sections that make authorities and are none themselves, with the kind of their rows."""


class Region(Entity):
    """A place by its code of GB/T 2260. A functional area has none there: the code of the statistics stands in."""

    id: RegionCode
    functional_area: bool = False


class LineUnit(Entity):
    """An office inside every authority of a line; its id follows the authority's."""

    obstacles: list[Code] = []
    industries: list[Code] = []


class AuthorityLine(Entity):
    """A kind of authority. `not_in`: regions of its levels where it has no office of its own.

    A city without counties stands for its county too.
    """

    levels: Annotated[list[Level], Field(min_length=1)]
    not_in: list[RegionCode] = []
    units: list[LineUnit] = []
    raise_by_itself: bool = True
    catch_all: bool = False


MODELS: Mapping[str, type[Entity]] = {"region": Region, "authority-line": AuthorityLine}
_LEVELS: Mapping[int, Level] = {2: "province", 4: "city", 6: "county"}


def offices(line: AuthorityLine, regions: Mapping[str, Region]) -> Iterator[dict[str, Any]]:
    """The bodies of a line's authorities, each with the next one above it."""
    seats = {stem(code): code for code in regions if _has_office(line, code, regions)}
    for own, code in sorted(seats.items()):
        uppers = [seats[own[:length]] for length in (4, 2) if length < len(own) and own[:length] in seats]
        yield _office(line, regions[code], f"{line.id}-{uppers[0]}" if uppers else None)


def _has_office(line: AuthorityLine, code: str, regions: Mapping[str, Region]) -> bool:
    level = _LEVELS.get(len(stem(code)))
    if level is None or code in line.not_in:
        return False
    alone = level == "city" and not any(stem(other).startswith(stem(code)) for other in regions if other != code)
    return level in line.levels or (alone and "county" in line.levels)


def _office(line: AuthorityLine, region: Region, upper: str | None) -> dict[str, Any]:
    identifier = f"{line.id}-{region.id}"
    return {
        "id": identifier,
        "zh": f"{line.zh}·{region.zh}（演示席位）",
        "en": f"{line.en}, {region.en} (demonstration desk)",
        "kind": line.id,
        "level": _LEVELS[len(stem(region.id))],
        "region": region.id,
        "upper": upper,
        "units": [{**unit.model_dump(), "id": f"{identifier}-{unit.id}"} for unit in line.units],
        "email": f"desk-{region.id}@{line.id.replace('_', '-')}.example.org",
        "raise_by_itself": line.raise_by_itself,
        "catch_all": line.catch_all,
    }
