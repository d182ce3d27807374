"""条件处方: the cheapest things to do that open products, each with how many it opens and the best of them.

A remedy is what one product needs; how many it opens is counted on the same rules, run again as if it were done. So
"do these, n products open" is true of what is known; of a fact still to be supplied, if the answer is as asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.matching.domain.demand import Demand, Remedy, Step
from services.matching.domain.eligibility import Matches, Snapshot
from services.matching.domain.mending import Steps, names_of
from services.matching.domain.nearest import Search, View, views
from services.matching.domain.pricing import Match, Terms, cheapest
from services.matching.domain.rules import Rules
from services.matching.domain.steps import ADJUST_DAYS, SUPPLY_DAYS

SHOWN = 5
QUESTIONS = 3
LOOKED_AT = 24
"""How many sets of steps are counted at most: then the ones that take equally long are done, and no more."""


class Answered(NamedTuple):
    """In place of a fact's value: that somebody has answered."""


ANSWERED = Answered()


def remedies_for(
    snapshot: Snapshot, demand: Demand, matches: Matches, today: date, shut: Collection[str]
) -> tuple[Remedy, ...]:
    """The cheapest remedies, at most five. Products of banks in `shut` cannot be opened and do not count."""
    seen = views(snapshot, demand, matches.keys, shut)
    if not seen:
        return ()
    count = Counter(snapshot, demand, matches, seen, today)
    shown: tuple[Remedy, ...] = ()
    looked_at = 0
    for days, alike in Search(snapshot, demand, seen, today).groups():
        wanted = alike
        if sum(_is_question(each.steps) for each in shown) == QUESTIONS:
            wanted = [steps for steps in alike if not _is_question(steps)]
        # What is cheaper goes first whatever it opens, so that the dearer ones need not be counted at all.
        shown = worth_showing((*shown, *[count.remedy(days, steps) for steps in wanted]))
        looked_at += len(wanted)
        if len(shown) == SHOWN or looked_at >= LOOKED_AT:
            break
    return shown


def _is_question(steps: Steps) -> bool:
    return all(step.kind == "supply" for step in steps)


def worth_showing(remedies: Iterable[Remedy], first: Sequence[Remedy] = ()) -> tuple[Remedy, ...]:
    """The cheapest first, at most five; `first` come before all.

    One that asks for more than a cheaper one must also come to a better cost. Of those that are only questions to the
    household three are enough: its answers may be no, and what an office could do meanwhile must be seen.
    """
    shown = list(first[:SHOWN])
    questions = 0
    for remedy in sorted(remedies, key=price_of):
        steps, cost = set(remedy.steps), _cost(remedy)
        question = _is_question(remedy.steps)
        if len(shown) == SHOWN or (question and questions == QUESTIONS):
            continue
        if not any(steps.issuperset(each.steps) and _cost(each) <= cost for each in shown):
            questions += question
            shown.append(remedy)
    return tuple(shown)


def price_of(remedy: Remedy) -> tuple[object, ...]:
    """Cheapest first: working days, number of steps, what the best product costs, how many open."""
    return (remedy.days, len(remedy.steps), _cost(remedy), -remedy.products, names_of(remedy.steps))


def _cost(remedy: Remedy) -> int:
    return remedy.best_rate_bp if remedy.best_rate_bp is not None else 100_000


class Counter:
    """Counts what a set of steps opens, by the same rules run again as if they were done."""

    def __init__(self, snapshot: Snapshot, demand: Demand, matches: Matches, seen: Sequence[View], today: date) -> None:
        self._snapshot, self._demand, self._matches, self._views, self._today = snapshot, demand, matches, seen, today

    def remedy(self, days: int, steps: Steps) -> Remedy:
        """How many products open, and the best of them."""
        done = self._done(steps)
        lots = [(view.segment, opened) for view in self._views if (opened := _opened(view, done))]
        best = cheapest(lots, self._terms(done, steps), 1)
        products = sum(opened.bit_count() for _, opened in lots)
        return Remedy(steps, days, products, best[0][2].product.id if best else None, best[0][0] if best else None)

    def _done(self, steps: Steps) -> dict[int, int | Answered]:
        """By the place of each fact, its key once the step is done."""
        index = self._snapshot.index
        places = [(index.rules[step.fact][0], step.target) for step in steps]
        return {place: ANSWERED if target is None else index.key(place, target) for place, target in places}

    def _terms(self, done: Mapping[int, int | Answered], steps: Steps) -> Terms:
        """What prices depend on once the steps are done: an answer still to come is as a policy asks it, too."""
        policies, before = self._snapshot.policies, self._matches.terms
        targets = [step.target for step in steps if step.fact == "amount_yuan" and isinstance(step.target, int)]
        amount = targets[0] if targets else before.amount_yuan
        if policies.answers.tables.keys().isdisjoint(done):
            return before._replace(amount_yuan=amount)
        met, keys = policies.in_force(self._today), self._matches.keys
        for place in policies.answers.tables:
            key = done.get(place, keys[place])
            if isinstance(key, Answered):
                met ^= met & policies.answers.fate(keys[place]).failing
            else:
                met &= policies.answers.pass_by(key)
        return Terms(met, amount, policies.worth(met))


def _opened(view: View, done: Mapping[int, int | Answered]) -> int:
    """The products that nothing keeps out any more."""
    opened = view.shut
    for place, missing in view.missing.items():
        if place not in done:
            opened ^= opened & missing
    for place, key in done.items():
        if isinstance(key, Answered):
            # Of a fact to be supplied only what is unknown can be as asked; what its known part fails stays failed.
            opened ^= opened & view.failing.get(place, 0)
        elif place in view.segment.answers.tables:
            opened &= view.segment.answers.pass_by(key)
    return opened


def remedies_of_declines(rules: Rules, demand: Demand, eligible: Iterable[Match]) -> tuple[Remedy, ...]:
    """What would open the banks that declined with a code that leads somewhere, on what the rules say today."""
    waiting: dict[Step, list[Match]] = {}
    for found in eligible:
        if found.product.bank in demand.excluded_banks:
            continue
        step = _step_of(rules, demand, demand.barred.get(found.product.bank, ""))
        if step is not None:
            waiting.setdefault(step, []).append(found)
    remedies = [
        Remedy((step,), step.days, len(found), found[0].product.id, found[0].cost_bp) for step, found in waiting.items()
    ]
    return tuple(sorted(remedies, key=price_of))


def _step_of(rules: Rules, demand: Demand, bar: str) -> Step | None:
    what, _, name = bar.partition(":")
    if what == "obstacle":
        obstacle = rules.obstacles.get(name)
        if obstacle and obstacle.removable and obstacle.id not in demand.unremovable:
            return Step("clear", obstacle.fact, obstacle.cleared_value, name, obstacle.acts, obstacle.days)
    if what == "adjust":
        return Step("adjust", name, days=ADJUST_DAYS)
    return Step("supply", name, days=SUPPLY_DAYS) if what == "supply" else None
