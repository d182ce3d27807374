"""What branches of simulated banks say they can take (申报上限): some at once, and less for a day or two now and then.

Nobody is starved of banks by it: what is declared grows with the demands that are brought.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from freshwater.simulate.chance import chance, hours
from freshwater.simulate.notices import Act, Response
from shared.contracts.door import LimitDeclared
from shared.contracts.entities import Institution
from shared.contracts.ids import timed_id

DECLARES, REDUCES = 0.35, 0.4
"""So many branches declare a limit, and so many of those take half of it once, for a while."""
LEAST, SHARE = 60, 5
LATEST_DAY = 12


def limits(seed: int, banks: Iterable[Institution], demands: int, now: datetime) -> Iterator[tuple[str, Response]]:
    """(bank, what its branches will say)."""
    usual = max(LEAST, demands // SHARE)
    for bank in banks:
        acts: list[Act] = []
        for unit in bank.units:
            rng = chance(seed, "limit", unit.id)
            if rng.random() > DECLARES:
                continue
            acts.append(_declared(unit.id, now, timedelta(), usual))
            if rng.random() < REDUCES:
                begins = hours(rng, 8, 24 * LATEST_DAY)
                acts.append(_declared(unit.id, now, begins, usual // 2))
                acts.append(_declared(unit.id, now, begins + hours(rng, 8, 60), usual))
        if acts:
            yield bank.id, Response(tuple(acts))


def _declared(unit: str, now: datetime, after: timedelta, limit: int) -> Act:
    """The version is the second in which it is said, so that the later one is the newer one whoever starts again."""
    version = int((now + after).timestamp())
    data: dict[str, Any] = {"unit": unit, "version": version, "open_limit": limit}
    return Act(after, LimitDeclared.TYPE, data, timed_id(0, f"limit/{unit}"), f"limit/{version}")
