"""What mends one fact that keeps products out: a way for each thing that may be asked of it, and what ways take."""

from __future__ import annotations

from datetime import date

from services.matching.domain.compiled import Ask
from services.matching.domain.demand import Demand, Step
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.facts import grows, known_at
from services.matching.domain.question import keep
from services.matching.domain.steps import SUPPLY_DAYS, least_days, step_for

Steps = tuple[Step, ...]
Ways = tuple["Way", ...]
Effort = tuple[int, int]
"""Working days, then steps."""
KNOWN = 2_000
"""Of so many facts at most the steps are kept that mend them."""


class Way:
    """A step while sets of steps are looked for. Equal steps for a fact are one way: it is compared by identity.

    `days` are those of its own work: facts are supplied in one message, which counts once for all of them.
    """

    __slots__ = ("days", "step", "supplies")

    def __init__(self, step: Step) -> None:
        self.step, self.supplies = step, step.kind == "supply"
        self.days = 0 if self.supplies else step.days


class Mended:
    """The ways by which one fact, as it is known, comes to pass: by what is asked of it."""

    __slots__ = ("_by_step", "by_ask")

    def __init__(self) -> None:
        self.by_ask: dict[Ask, Way | None] = {}
        self._by_step: dict[Step, Way] = {}

    def add(self, ask: Ask, step: Step | None) -> Way | None:
        way = None if step is None else self._by_step.setdefault(step, Way(step))
        self.by_ask[ask] = way
        return way


class Mending:
    """One fact of a demand that keeps products out, and what mends it. Many ask the same, and many know the same."""

    __slots__ = ("_demand", "_fact", "_mended", "_rule", "_snapshot", "_today", "cuts", "name")

    def __init__(self, snapshot: Snapshot, demand: Demand, place: int, today: date) -> None:
        question = snapshot.index.questions[place]
        self.name, self.cuts, self._rule = question.name, question.cuts, question.rule
        self._snapshot, self._demand, self._today = snapshot, demand, today
        self._fact = fact = known_at(demand.facts, self.name, today)
        known = (fact.value, fact.assurance, fact.as_of if grows(self._rule) else None) if fact else None
        key = (self.name, known, today, demand.unremovable)
        mended = snapshot.mended.get(key)
        if mended is None:
            mended = Mended()
            keep(snapshot.mended, key, mended, KNOWN)
        self._mended: Mended = mended

    def way(self, ask: Ask) -> Way | None:
        """What mends it for who asks so; None where nothing does."""
        try:
            return self._mended.by_ask[ask]
        except KeyError:
            rules, unremovable = self._snapshot.rules, self._demand.unremovable
            step = step_for(rules, self._rule, ask.criteria, self._fact, self._today, unremovable)
            return self._mended.add(ask, step)

    def least_days(self) -> int | None:
        """The days that it takes at least, whatever is asked; None where it is unknown, or nothing mends it."""
        rules, unremovable = self._snapshot.rules, self._demand.unremovable
        return self._fact and least_days(rules, self._rule, self.cuts, self._fact, self._today, unremovable)


def effort_of(ways: Ways) -> Effort:
    """Working days, then steps. Facts are supplied in one message; everything else is work of its own."""
    days, supplied = 0, False
    for way in ways:
        days += way.days
        supplied = supplied or way.supplies
    return days + SUPPLY_DAYS * supplied, len(ways)


def steps_of(ways: Ways) -> Steps:
    """As the rest of the service has them."""
    return tuple([way.step for way in ways])


def names_of(steps: Steps) -> tuple[str, ...]:
    """An order among sets that are alike in everything else."""
    return tuple([f"{step.kind}:{step.fact}:{step.target}" for step in steps])
