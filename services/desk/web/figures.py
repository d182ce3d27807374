"""The campaign's figures as the page shows them: one table of texts, for the template and the live stream alike."""

from __future__ import annotations

import asyncio
import time

from services.desk.domain.figures import NONE, Campaign, Counted, Overdue, campaign
from services.desk.store import campaign as store
from services.desk.web.office import Office
from services.desk.web.wording.labels import CASE, DOCKING
from services.desk.web.wording.telling_labels import DELIVERY
from services.desk.web.wording.words import Words

FRESH_SECONDS = 1.0


class Figures:
    """The campaign's counts, asked of the database at most once a second whoever looks."""

    def __init__(self, office: Office) -> None:
        self._office, self._lock = office, asyncio.Lock()
        self._known: Campaign | None = None
        self._asked = 0.0

    async def current(self) -> Campaign:
        """Counts that are at most a second old."""
        async with self._lock:
            if self._known is None or time.monotonic() - self._asked > FRESH_SECONDS:
                self._known = await self._ask()
                self._asked = time.monotonic()
            return self._known

    async def _ask(self) -> Campaign:
        async with self._office.connection() as connection:
            late = await store.overdue(connection, self._office.clock.now())
            counters = [tuple(row) for row in await store.figures(connection)]
        return campaign(counters, Overdue(late["referrals"], late["cases"], late["letters"]))


def texts(figures: Campaign, words: Words) -> dict[str, str]:
    """Every figure by its name; names that begin with `bar.` are percentages of a bar's whole width."""
    shown: dict[str, str] = {}
    _put(shown, "granted", figures.granted, words)
    _put(shown, "disbursed", figures.disbursed, words)
    whole = max(figures.demands.n, 1)
    for stage, counted in figures.funnel.items():
        _put(shown, f"funnel.{stage}", counted, words)
        shown[f"funnel.{stage}.share"] = f"{100 * counted.n / whole:.0f}%"
        shown[f"bar.funnel.{stage}"] = f"{100 * counted.n / whole:.2f}%"
    for state in DOCKING:
        counted = figures.docking.get(state, NONE)
        _put(shown, f"docking.{state}", counted, words)
        shown[f"bar.docking.{state}"] = f"{100 * counted.n / whole:.2f}%"
    most = max((counted.n for counted in figures.cases.values()), default=1) or 1
    for state in CASE:
        counted = figures.cases.get(state, NONE)
        _put(shown, f"case.{state}", counted, words)
        shown[f"bar.case.{state}"] = f"{100 * counted.n / most:.2f}%"
    for audience, outcomes in figures.deliveries.items():
        for outcome in DELIVERY:
            shown[f"told.{audience}.{outcome}"] = words.number(outcomes.get(outcome, NONE).n)
    for name in ("referrals", "cases", "letters"):
        shown[f"overdue.{name}"] = words.number(getattr(figures.overdue, name))
    for event in ("household.visited", "demand.rejected", "demand.merged", "demand.repeated"):
        shown[f"event.{event}"] = words.number(figures.events.get(event, NONE).n)
    return shown


def _put(shown: dict[str, str], name: str, counted: Counted, words: Words) -> None:
    shown[f"{name}.n"] = words.number(counted.n)
    shown[f"{name}.yuan"] = words.money(counted.yuan)
