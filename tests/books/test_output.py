"""What a person, a program and Prometheus are told."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from freshwater.__main__ import build
from freshwater.books import Balance, Books, Report, command
from freshwater.books.metrics import Gauges
from shared.errors import FreshwaterError
from tests.books.paper import Paper

GOOD = Balance("doors", "来件", 1200, 1200, 3, 0, (), {"accepted": 1200})
BAD = Balance("demands", "需求", 5, 4, 0, 1, ("demand d1 was accepted and is in no state",))


def report(*balances: Balance) -> Report:
    return Report(balances, 100, 2, False, 1.25)


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    made = Paper()
    made.submit("fine")
    made.settle()
    monkeypatch.setattr(command, "books_of", lambda *_: Books(made))
    return made


def test_one_json_object_and_exit_code_0_where_it_balances(paper: Paper) -> None:
    result = CliRunner().invoke(build("books"), ["books", "--json"])
    said = json.loads(result.output)
    assert (result.exit_code, said["books"], said["in_flight"]) == (0, "balanced", 0)
    assert {"name", "left", "right", "in_flight", "difference"} <= said["balances"][0].keys()


def test_exit_code_1_and_the_names_where_it_does_not(paper: Paper) -> None:
    (demand,) = paper.shop.states
    del paper.shop.states[demand]
    result = CliRunner().invoke(build("books"), ["books"])
    assert result.exit_code == 1
    assert f"demand {demand} was accepted and is in no state" in result.output
    assert result.output.splitlines()[-1].startswith("unbalanced: ")
    assert json.loads(CliRunner().invoke(build("books"), ["books", "--json"]).output)["books"] == "unbalanced"


def test_columns_stand_under_each_other_in_chinese_too(paper: Paper) -> None:
    lines = CliRunner().invoke(build("books"), ["books"]).output.splitlines()[:-1]
    assert lines[0].split() == ["balance", "left", "right", "in", "flight", "difference"]
    wide = {sum(2 if ord(each) > 0x2E80 else 1 for each in line) for line in lines}
    assert len(wide) == 1


def test_metrics() -> None:
    gauges = Gauges(None)
    gauges.set(report(GOOD, BAD))
    sample = gauges.registry.get_sample_value
    assert sample("freshwater_books_difference", {"balance": "doors"}) == 0
    assert sample("freshwater_books_difference", {"balance": "demands"}) == 1
    assert sample("freshwater_books_in_flight", {"balance": "doors"}) == 3
    assert sample("freshwater_books_run_seconds") == 1.25
    assert (sample("freshwater_books_last_run_timestamp_seconds") or 0) > 0
    gauges.failed()
    assert sample("freshwater_books_failed_total") == 1


def test_metrics_of_one_moment_are_refused() -> None:
    result = CliRunner().invoke(build("books"), ["books", "--metrics-port", "9109"])
    assert isinstance(result.exception, FreshwaterError)
    assert "--watch" in str(result.exception)
