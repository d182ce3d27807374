"""What is told again after an older backup, and in which order it is taken again: without any server."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.ids import timed_id
from shared.decision import Record
from shared.rendering import Output, pack_one
from shared.replay import LONGEST_MS, Merged, Span
from shared.restore import Decided, Recovered

CAUSE, KEY = timed_id(1, "cause"), timed_id(2, "household")


def output(kind: str, sequence: int = 1, sealed: str = "") -> Output:
    said = {"type": kind, "subject": str(KEY), "sequence": f"{sequence:06d}", "data": {"sealed": sealed}}
    return Output("freshwater.referrals.v1", 7, str(KEY).encode(), json.dumps(said).encode(), ())


def settled(told: dict[int, Output], rendered: list[Output]) -> tuple[list[Output], list[Output]]:
    recovered = Recovered("matching")
    recovered._found = {CAUSE: Decided(datetime(2026, 11, 24, tzinfo=UTC), told)} if told else {}
    return recovered.settle(CAUSE, rendered)


A, B = output("a"), output("b", 2)


@pytest.mark.parametrize(
    ("told", "rendered", "journalled", "said"),
    [
        pytest.param({}, [A, B], [A, B], [A, B], id="nothing was told"),
        pytest.param({0: A, 1: B}, [A, B], [A, B], [], id="all was told"),
        pytest.param({0: A}, [A, B], [A, B], [B], id="a crash had kept back the rest"),
        pytest.param({1: B}, [A, B], [A, B], [A], id="or the beginning"),
        pytest.param({0: A}, [output("a", sealed="anew")], [A], [], id="sealed anew: what was told stands"),
        pytest.param({0: A}, [output("a", sequence=9), B], [A], [], id="another revision: and nothing more is said"),
        pytest.param({0: A, 1: B}, [A], [A, B], [], id="less than was told"),
        pytest.param({0: A}, [], [A], [], id="nothing now"),
    ],
)
def test_what_was_told_stands(
    told: dict[int, Output], rendered: list[Output], journalled: list[Output], said: list[Output]
) -> None:
    assert settled(told, rendered) == (journalled, said)


async def test_it_is_known_under_which_household_a_cause_was_answered() -> None:
    class Holding:
        async def fetchval(self, query: str) -> bool:
            return True

        async def fetch(self, query: str, causes: list[UUID]) -> list[Any]:
            return [(CAUSE, 0, datetime(2026, 11, 24, tzinfo=UTC), pack_one(A))]

    connection: Any = Holding()
    assert await Recovered("intake").load(connection, lambda: [CAUSE]) == {CAUSE: KEY}


class Broker:
    """Some partitions, read as aiokafka reads them: any of them, a few records at a time, pauses obeyed."""

    def __init__(self, logs: dict[TopicPartition, list[int]]) -> None:
        self.logs, self.at, self.paused, self.turn = logs, dict.fromkeys(logs, 0), set[TopicPartition](), 0

    def assign(self, places: list[TopicPartition]) -> None:
        assert set(places) <= set(self.logs)

    async def beginning_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.at[place] = offset

    def pause(self, *places: TopicPartition) -> None:
        self.paused |= set(places)

    def resume(self, *places: TopicPartition) -> None:
        self.paused -= set(places)

    async def position(self, place: TopicPartition) -> int:
        return self.at[place]

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        self.turn += 1
        found: dict[TopicPartition, list[Any]] = {}
        for place in sorted(self.logs)[self.turn % 2 :: 2]:
            if place not in self.paused:
                log = self.logs[place][self.at[place] : self.at[place] + 3]
                found[place] = [self.record(place, self.at[place] + n, moment) for n, moment in enumerate(log)]
                self.at[place] += len(log)
        return found

    def record(self, place: TopicPartition, offset: int, moment: int) -> Any:
        return SimpleNamespace(
            topic=place.topic,
            partition=place.partition,
            offset=offset,
            timestamp=moment,
            key=b"",
            value=b"",
            headers=(),
        )


LOGS = st.lists(st.lists(st.integers(0, 5_000), max_size=12).map(sorted), min_size=1, max_size=4)


@given(LOGS, st.integers(1, 8), st.data())
def test_all_comes_again_once_in_the_order_of_then(logs: list[list[int]], most: int, data: st.DataObject) -> None:
    places = {TopicPartition("t", number): log for number, log in enumerate(logs)}
    spans = {}
    for place, log in places.items():
        start = data.draw(st.integers(0, len(log)))
        spans[place] = Span(start, data.draw(st.integers(start, len(log))))

    batches = asyncio.run(_all(Merged(Broker(places), spans, ""), most))

    taken = [record for batch in batches for record in batch]
    assert [record.timestamp for record in taken] == sorted(record.timestamp for record in taken)
    by_place = defaultdict(list)
    for record in taken:
        by_place[record.partition].append(record.offset)
    assert by_place == {place.partition: [*range(*span)] for place, span in spans.items() if span.start < span.end}
    assert all(len(batch) <= most and batch[-1].timestamp - batch[0].timestamp <= LONGEST_MS for batch in batches)


async def test_a_deadline_waits_for_what_is_learnt_of_the_moment_before() -> None:
    places = {TopicPartition("t", 0): [1, 2, 5], TopicPartition("freshwater.clock.v1", 0): [3, 4, 6]}
    spans = {place: Span(0, 3) for place in places}
    merged = Merged(Broker(places), spans, "")
    await merged.start()

    moments = [[record.timestamp for record in batch] async for batch in merged.batches(100, apart=True)]

    assert moments == [[1, 2], [3, 4, 5], [6]]


async def _all(merged: Merged, most: int) -> list[list[Record]]:
    assert await merged.start() == 0
    return [batch async for batch in merged.batches(most)]
