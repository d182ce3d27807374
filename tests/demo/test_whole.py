"""The whole path on real servers: demands by door and by HTTP, five services, simulated partners, a month, books."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from freshwater.demo.command import run_demo
from freshwater.demo.plan import MONTH_FACTOR, Plan
from freshwater.demo.scenarios import SCENARIOS
from freshwater.servers import Servers
from freshwater.stack import Place
from freshwater.stack.emptying import empty_servers
from tests.demo.owner import Story
from tests.desk.browsers import chromium

DEMANDS = 40
STORY = "browser-story"
RESTS = {"funded", "closed", "dormant", "standing"}
WAITS = {"obstructed", "offered", "referred", "consent_wanted"}
"""Where somebody stays silent, a demand may be after the campaign's end: its clock runs on."""


@pytest.fixture
async def folder(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A data folder whose installation lives on the session's servers, and goes with the test."""
    for name, value in servers.environment.items():
        monkeypatch.setenv(name, value)
    yield tmp_path
    await empty_servers(Servers(servers.kafka, servers.postgres), Place.on(tmp_path, own=False))


@pytest.mark.timeout(300)
async def test_every_demand_comes_to_rest_and_the_books_balance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them is a shop's in a real browser, where there is one: from the poster's form to its choice."""
    said: list[str] = []
    plan, story = Plan(demands=DEMANDS, ends=True, factor=MONTH_FACTOR), Story()
    if chromium() is not None:
        monkeypatch.setitem(SCENARIOS, STORY, story.scenario(STORY))
        plan = replace(plan, scenario=STORY, telephones=True)
    line = await run_demo(plan, said.append, folder=folder)
    assert line is not None
    if plan.scenario:
        assert "choose" in story.done, story.headings
        assert any("手机号" in each and "银行" in each for each in story.looks), story.looks
    gate, counts = line["gate"], line["counts"]
    # What a copy or a correction makes is counted beside the forty; two numbers of one household are two verdicts.
    assert gate["accepted"] + gate["rejected"] + gate.get("merged", 0) >= DEMANDS
    assert sum(counts.values()) == gate["accepted"]
    assert line["settled"], (counts, said[-5:])
    assert set(counts) <= RESTS | WAITS
    assert sum(counts.get(state, 0) for state in WAITS) <= DEMANDS / 10
    assert counts["funded"] > DEMANDS / 4
    assert line["sent"]["by_http"] > 0
    assert line["sent"]["by_door"] > 0
    assert line["seconds_to_first_referral"]["of"] > DEMANDS / 4
    assert line["books"] == "balanced"
    assert line["restarts"] == 0
    assert set(line["memory_mb"]) == {"intake", "matching", "escalation", "notify", "desk"}
    assert any("虚构" in words for words in said), "it says that everybody is invented"
