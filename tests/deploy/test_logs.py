"""A line a decision at debug and none above it; ids and places, never what was said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import structlog

from shared.decision import Record, Taken
from shared.telemetry import say_taken, set_up_logging


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """What is set up here writes to a stream that is closed when the test is over: nobody after it may have that."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(("level", "lines"), [("debug", 1), ("info", 0)])
def test_one_line_an_event(level: str, lines: int, capfd: pytest.CaptureFixture[str]) -> None:
    record = Record("freshwater.door.hotline.in.v1", 0, 7, 0, None, b'{"phone": "13900000000"}', ())
    event: Any = SimpleNamespace(type="org.freshwater.door.demand-submitted.v1", data="13900000000")
    set_up_logging("intake", level)
    say_taken([Taken(record, UUID(int=5), event)], [(record.topic, event.type, "decided")])

    written = capfd.readouterr().err.splitlines()
    assert len(written) == lines
    if lines:
        said = json.loads(written[0])
        assert (said["event_id"], said["place"]) == (str(UUID(int=5)), "freshwater.door.in/0/7")
        assert (said["outcome"], said["level"], said["service"]) == ("decided", "debug", "intake")
        assert "13900000000" not in written[0]
        assert "hotline" not in written[0]
