"""Visits (走访) that simulated banks log at their doors: some find a demand, the others find none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from freshwater.simulate.banks import day_of
from freshwater.simulate.chance import chance, one_of, pick
from freshwater.simulate.profiles import profile
from freshwater.simulate.submissions import cloud_event, source_id_of
from shared.contracts.door import VisitLogged

WITH_DEMAND, WITHOUT = 0.25, 0.4
"""So many of the demands come of a visit; and beside so many a visit to a neighbour comes to nothing."""
OUTCOMES: Mapping[str, float] = {"no_demand": 72, "not_found": 12, "closed_down": 9, "refused": 7}
ROUNDS: Mapping[str, str] = {"620102": "beichen", "620103": "niulang", "620123": "jingxiu"}
"""Which bank goes through the streets of a county: as the demonstration's plan gives them out."""
KEEPS_TO_ITS_ROUND = 0.7
MANAGERS = 4


def visits(
    seed: int, numbers: Iterable[int], now: datetime, banks: Sequence[str], *, series: str = "D"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(bank, event) of the visits that belong to the demands of these numbers: they were made on the same day."""
    for number in numbers:
        source_id = source_id_of(seed, number, series)
        rng, of = chance(seed, "visits", source_id), profile(seed, source_id)
        if rng.random() < WITH_DEMAND:
            code = of.personal.get("credit_code")
            personal = {"personal": {"credit_code": code}} if code else {}
            yield _visit(rng, banks, of.county, now, f"{source_id}/visit", {"outcome": "demand", **personal})
        if rng.random() < WITHOUT:
            yield _visit(rng, banks, of.county, now, f"{source_id}/beside", {"outcome": pick(rng, OUTCOMES)})


def _visit(
    rng: Random, banks: Sequence[str], county: str, now: datetime, name: str, said: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    bank = ROUNDS.get(county, "")
    if bank not in banks or rng.random() > KEEPS_TO_ITS_ROUND:
        bank = one_of(rng, banks)
    visitor = f"{bank}-manager-{1 + int(rng.random() * MANAGERS)}"
    data = {"county": county, "on": day_of(now).isoformat(), "visitor": visitor, **said}
    return bank, cloud_event(VisitLogged.TYPE, name, data)
