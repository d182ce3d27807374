"""The operator's commands on letters that a real loop wrote."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner

from freshwater.letters.command import app, shape_of
from freshwater.servers import Servers
from shared.contracts.topics import HOUSEHOLDS, SERVICES, dead_letters
from shared.rendering import Output
from tests.loop.conftest import stage
from tests.loop.harness import Stage, until, visit

__all__ = ["stage"]

HEADER = ("content-type", b"application/cloudevents+json")


@pytest.fixture
async def command(stage: Stage, monkeypatch: pytest.MonkeyPatch, make_all: None) -> CliRunner:
    for name, value in stage.environment().items():
        if name.startswith("FRESHWATER_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("FRESHWATER_KEYED_PARTITIONS", str(stage.partitions))
    return CliRunner()


@pytest.fixture
def make_all(stage: Stage, kafka_admin: AdminClient, servers: Servers) -> None:
    """The other services' letter topics too: the list asks all five."""
    wanted = [NewTopic(stage.prefix + dead_letters(name), 1, 1) for name in SERVICES if name != "notify"]
    for future in kafka_admin.create_topics(wanted).values():
        future.result(10)


def ask(runner: CliRunner, *arguments: str) -> dict[str, Any]:
    with ThreadPoolExecutor(1) as pool:  # the command has an event loop of its own
        result = pool.submit(runner.invoke, app, [*arguments, "--json"]).result()
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


async def test_a_letter_is_listed_shown_retried_and_handled(stage: Stage, command: CliRunner) -> None:
    bad = visit(0, visitor="undecidable").value
    assert bad is not None
    await stage.feed([Output(HOUSEHOLDS, None, visit(0).key, bad, (HEADER,)), *[visit(n) for n in range(1, 10)]])
    process = stage.start(0)
    await until(lambda: _letters(stage, 1), what="the letter")
    process.terminate()

    (letter,) = ask(command, "list")["letters"]
    assert letter["error"] == "undecidable"
    shown = ask(command, "show", letter["id"])
    assert "undecidable" not in json.dumps(shown["shape"])
    assert shown["shape"]["data"]["visitor"] == "str"

    assert ask(command, "retry", "--all")["retried"] == [letter["id"]]
    assert ask(command, "list")["letters"] == []
    stage.start(0)
    await until(lambda: _letters(stage, 3), what="the second letter: it fails again")
    (again,) = ask(command, "list")["letters"]
    assert (again["attempt"], again["origin"]) == (2, letter["origin"])
    assert ask(command, "discard", "--id", again["id"])["discarded"] == [again["id"]]
    assert ask(command, "list")["letters"] == []


def test_nothing_is_done_to_all_letters_by_mistake() -> None:
    result = CliRunner().invoke(app, ["retry"])
    assert result.exit_code != 0


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (b'{"name": "a", "n": 1, "list": [1, 2]}', {"name": "str", "n": "int", "list": ["int", "2 in all"]}),
        (b"\xff\x00", "2 bytes that are not JSON, or are sealed"),
        (None, None),
    ],
)
def test_a_shape_never_holds_a_value(value: bytes | None, shape: object) -> None:
    assert shape_of(value) == shape


async def _letters(stage: Stage, count: int) -> bool:
    return len(await stage.read(dead_letters("notify"))) >= count
