"""Whatever happens in whatever order, the books balance at every moment; and at rest nothing is in flight."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freshwater.books import Books, Report
from freshwater.books.checkpoint import Shelf
from shared.contracts.topics import CASES, CLOCK, DEMANDS, FEEDBACK, REFERRALS, SERVICES
from tests.books.paper import Paper

WHAT = ("fine", "obstructed", "expiring", "rejected", "garbage")
INNER = (DEMANDS, REFERRALS, CASES, FEEDBACK, CLOCK)
Step = tuple[str, str, int]

said = st.tuples(st.just("submit"), st.sampled_from(WHAT), st.integers(1, 3))
worked = st.tuples(
    st.sampled_from(("take", "publish", "commit", "crash")), st.sampled_from(SERVICES), st.integers(1, 4)
)
outside = st.tuples(st.sampled_from(("outside", "balance", "settle")), st.just(""), st.just(1))
poisoned = st.tuples(st.just("poison"), st.sampled_from(INNER), st.just(1))
histories = st.lists(st.one_of(said, worked, worked, worked, worked, outside, poisoned), min_size=5, max_size=60)


def explained(report: Report) -> str:
    return "\n".join(f"{each.name}: {each}" for each in report.balances if not each.balanced)


def play(paper: Paper, step: Step) -> None:
    what, which, many = step
    if what == "submit":
        for _ in range(many):
            paper.submit(which)
    elif what == "poison":
        paper.poison(which)
    elif what == "outside":
        paper.work_outside()
    elif what == "settle":
        paper.settle()
    elif what in ("take", "publish"):
        getattr(paper, what)(which, many)
    elif what in ("commit", "crash"):
        getattr(paper, what)(which)


def at_random(paper: Paper, seed: int) -> Callable[[], None]:
    """Life that goes on while the books are looked at."""
    chance = random.Random(seed)

    def step() -> None:
        for _ in range(chance.randrange(4)):
            play(paper, (chance.choice(("take", "publish", "commit", "submit")), chance.choice(SERVICES), 2))

    return step


@settings(max_examples=150, deadline=None)
@given(histories, st.integers(0, 2**32))
def test_balanced_at_every_moment(history: list[Step], seed: int) -> None:
    with TemporaryDirectory() as folder:
        paper = Paper()
        shelf = Shelf(Path(folder), "paper", "")
        books = Books(paper, shelf)
        for step in [*history, ("balance", "", 1)]:
            play(paper, step)
            if step[0] == "balance":
                paper.between = at_random(paper, seed)
                kept = not shelf.load().empty
                report = books.balance()
                paper.between = lambda: None
                assert report.balanced, explained(report)
                assert report.since == kept, "what is new was not enough"
        paper.settle()
        for full in (False, True):
            report = books.balance(full=full)
            assert report.balanced, explained(report)
            assert report.in_flight == 0


STAGES = ("said", "taken", "published", "committed")
LOOKS = 2 + len(SERVICES) + 1
"""How often a run asks for something: what is committed, the ends, each service, the ends again."""


def one_step_for_all(paper: Paper, stage: str) -> None:
    """Whoever has something to do comes this far with it."""
    paper.submit("obstructed")
    for service in SERVICES:
        if stage != "said":
            paper.take(service)
        if stage in ("published", "committed"):
            paper.publish(service)
        if stage == "committed":
            paper.commit(service)


@pytest.mark.parametrize("rounds", range(4))
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("look", range(1, LOOKS + 1))
def test_balanced_whenever_all_of_it_happens_during_a_run(stage: str, rounds: int, look: int) -> None:
    """Between two looks of one run everything that was under way is finished, and more."""
    paper, looks = Paper(), count(1)

    def settle() -> None:
        if next(looks) == look:
            paper.submit("expiring")
            paper.settle()

    for _ in range(rounds):
        one_step_for_all(paper, stage)
    paper.between = settle
    report = Books(paper).balance()
    assert report.balanced, explained(report)


@settings(max_examples=50, deadline=None)
@given(histories)
def test_only_what_is_new_is_read(history: list[Step]) -> None:
    """At rest a second run reads nothing, and after one more demand no more than that."""
    with TemporaryDirectory() as folder:
        paper = Paper()
        books = Books(paper, Shelf(Path(folder), "paper", ""))
        for step in history:
            play(paper, step)
        paper.settle()
        first, second = books.balance(), books.balance()
        assert first.balanced, explained(first)
        assert (second.balanced, second.read) == (True, 0)
        before = sum(map(len, paper.logs.values()))
        paper.submit("obstructed")
        paper.settle()
        third = books.balance()
        assert third.balanced, explained(third)
        assert third.since
        assert third.read <= sum(map(len, paper.logs.values())) - before
        assert [(each.name, each.left) for each in third.balances] == [
            (each.name, each.left) for each in books.balance(full=True).balances
        ]
