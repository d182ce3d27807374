"""Each table of the monthly obstacle report as a list of its own, for the same month, department and county."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.desk.web.obstacles.report import decided_of, freed_of, issues_of, lines_of
from services.desk.web.obstacles.scope import scope_of
from services.desk.web.obstacles.tables import DECIDED, FREED, ISSUES, WHOLE
from services.desk.web.rendering import Visit
from services.desk.web.tables import Listing


async def _lines(visit: Visit, limit: int) -> Sequence[Any]:
    return (await lines_of(visit, scope_of(visit)))[:limit]


async def _freed(visit: Visit, limit: int) -> Sequence[Any]:
    scope = scope_of(visit)
    return (await freed_of(visit, scope, await lines_of(visit, scope)))[:limit]


async def _issues(visit: Visit, limit: int) -> Sequence[Any]:
    return (await issues_of(visit, scope_of(visit)))[:limit]


async def _decided(visit: Visit, limit: int) -> Sequence[Any]:
    return (await decided_of(visit, scope_of(visit)))[:limit]


LISTINGS = (
    Listing(WHOLE, "obstacle_report", _lines),
    Listing(FREED, "obstacle_report", _freed),
    Listing(ISSUES, "obstacle_report", _issues),
    Listing(DECIDED, "obstacle_report", _decided),
)
