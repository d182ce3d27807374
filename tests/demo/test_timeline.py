"""Simulated time that is slowed and hurried: it never goes back, and a later run goes on where it stood."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from freshwater.timeline import AHEAD, Pacer, go_on
from shared.clock import Timeline, wall

REAL = datetime(2026, 11, 24, 8, tzinfo=UTC)
START = datetime(2026, 11, 2, 1, tzinfo=UTC)


class Hands:
    """A real clock that a test moves."""

    def __init__(self) -> None:
        self.now = REAL

    def __call__(self) -> datetime:
        return self.now


@given(st.lists(st.tuples(st.integers(0, 5_000), st.sampled_from((1.0, 60.0, 600.0, 120_000.0))), max_size=20))
def test_time_goes_on_without_a_jump_whatever_its_pace(
    tmp_path_factory: object, steps: list[tuple[int, float]]
) -> None:
    folder = tmp_path_factory.mktemp("clock")  # type: ignore[attr-defined]
    hands = Hands()
    pacer = Pacer(folder / "clock", 1.0, START, hands)
    reader = Timeline(folder / "clock")
    last = START
    for milliseconds, factor in steps:
        hands.now += timedelta(milliseconds=milliseconds) + AHEAD
        before = reader.piece(hands.now).at(hands.now)
        pacer.run_at(factor)
        assert reader.piece(hands.now).at(hands.now) == before, "a new pace begins a moment later, for all at once"
        assert before >= last
        last = before


def test_time_runs_as_fast_as_it_was_told_to(tmp_path: Path) -> None:
    hands = Hands()
    pacer = Pacer(tmp_path / "clock", 1.0, START, hands)
    pacer.run_at(3_600.0)
    begun = hands.now + AHEAD
    later = begun + timedelta(seconds=10)
    piece = Timeline(tmp_path / "clock").piece(later)
    assert piece.at(later) - piece.at(begun) == timedelta(hours=10)


def test_time_stands_while_nobody_runs_it(tmp_path: Path) -> None:
    hands, file = Hands(), tmp_path / "clock"
    Pacer(file, 600.0, START, hands)
    stopped = REAL + timedelta(seconds=30)
    os.utime(file, (stopped.timestamp(), stopped.timestamp()))
    hands.now = REAL + timedelta(days=7)
    Pacer(file, 1.0, None, hands)
    assert Timeline(file).piece(hands.now).at(hands.now) == START + timedelta(seconds=30 * 600)


def test_who_works_on_what_nobody_runs_lets_time_go_on_as_in_life(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    go_on(file)
    assert not file.exists()
    Pacer(file, 120_000.0, START)
    stood = Timeline(file).piece(wall()).at(datetime.fromtimestamp(file.stat().st_mtime, UTC))
    go_on(file)
    piece = Timeline(file).piece(wall())
    assert piece.factor == 1.0
    assert abs(piece.start - stood) < timedelta(seconds=1)


def test_the_first_start_without_a_time_begins_now(tmp_path: Path) -> None:
    hands = Hands()
    Pacer(tmp_path / "clock", 1.0, None, hands)
    assert Timeline(tmp_path / "clock").piece(hands.now).at(hands.now) == REAL
