"""What a run keeps is enough for the next one: nothing that was under way is forgotten, and order does not matter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freshwater.books import Books
from freshwater.books.checkpoint import Shelf
from freshwater.books.facts import Facts
from freshwater.books.records import Place, Seen
from shared.contracts import cases, demands, referrals
from shared.contracts.topics import CASES, DEMANDS, REFERRALS, SERVICES
from tests.books.paper import Paper
from tests.books.test_any_history import explained


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, "paper", "")


def test_an_output_that_was_in_flight_last_time_and_is_lost_now(shelf: Shelf) -> None:
    paper = Paper()
    for what in ("fine", "obstructed"):
        paper.submit(what)
    for step in (paper.take, paper.publish, paper.commit):
        step("intake")
    paper.take("matching")
    books = Books(paper, shelf)
    assert books.balance().balanced
    paper.members["matching"].unpublished.clear()
    paper.commit("matching")
    report = books.balance()
    assert not report.balanced
    assert [each.difference for each in report.balances if each.name == "outputs referrals"] == [2]


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "desk"])
def test_copies_of_what_was_counted_long_ago(shelf: Shelf, service: str) -> None:
    """An older offset was restored: everything comes again, and none of it is new."""
    paper = Paper()
    for what in ("fine", "obstructed", "expiring"):
        paper.submit(what)
    paper.settle()
    books = Books(paper, shelf)
    before = books.balance()
    paper.members[service].committed = {}
    paper.crash(service)
    paper.settle()
    after = books.balance()
    assert after.balanced, explained(after)
    assert after.since
    assert after.copies == after.read > 0
    assert [(each.name, each.left) for each in after.balances] == [(each.name, each.left) for each in before.balances]


def test_what_was_kept_of_something_else_is_not_used(shelf: Shelf) -> None:
    paper = Paper()
    paper.submit("fine")
    paper.settle()
    assert Books(paper, shelf).balance().balanced
    shelf.file.write_bytes(shelf.file.read_bytes()[:50])
    report = Books(paper, shelf).balance()
    assert report.balanced
    assert not report.since


def docked(number: int, kind: str, state: str, *obstacles: str) -> Seen:
    """What matching said of demand `d` at a revision."""
    place = Place(REFERRALS, 0)
    return Seen(place, number, f"r{number}", kind, "", number, "d", number, state, obstacles=obstacles)


def of_one_demand() -> list[Seen]:
    """Its events of three contexts: it was obstructed twice, and the household was reminded."""
    return [
        Seen(Place(DEMANDS, 0), 0, "d1", demands.Accepted.TYPE, "", 11, "d", 1),
        docked(1, referrals.Obstructed.TYPE, "obstructed", "a"),
        Seen(Place(CASES, 0), 0, "c1", cases.Guided.TYPE, "", 12, "d", 1, obstacle="a"),
        docked(2, referrals.Obstructed.TYPE, "obstructed", "b", "c"),
        docked(3, referrals.Reminded.TYPE, "obstructed"),
    ]


@given(st.permutations(of_one_demand()))
def test_facts_do_not_depend_on_the_order(records: list[Seen]) -> None:
    facts = Facts()
    for seen in records:
        facts.take(seen)
    (now,) = facts.obstructed().values()
    assert (now.sequence, now.obstacles) == (3, ("b", "c"))
    assert facts.newest == {DEMANDS: {"d": 1}, REFERRALS: {"d": 3}, CASES: {"d": 1}}
    assert (facts.accepted, facts.known) == ({"d"}, {"d/a"})
    assert facts.copy() == facts


def test_a_demand_that_went_on_is_not_obstructed() -> None:
    facts = Facts()
    for seen in (docked(4, referrals.RoundOpened.TYPE, "referred"), *of_one_demand()):
        facts.take(seen)
    assert facts.obstructed() == {}
