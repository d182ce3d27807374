"""A partition that stays silent although it holds records is asked again, from where it stands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from freshwater.books import kafka
from freshwater.books.services import BooksError

TOPIC = "freshwater.demands.v1"


class Silent:
    """In place of a consumer: nobody can make librdkafka lose a wake-up when it is wanted. It gives `told` at once, and
    everything from an offset on when it is told to seek there, some of it again."""

    def __init__(self, told: list[int], everything: list[int]) -> None:
        self._waiting, self._everything, self.sought = told, everything, list[tuple[int, int]]()

    def consume(self, most: int, seconds: float) -> list[Any]:
        found, self._waiting = self._waiting, []
        return [_message(offset) for offset in found]

    def seek(self, place: TopicPartition) -> None:
        self.sought.append((place.partition, place.offset))
        self._waiting = [offset for offset in self._everything if offset >= place.offset - 1]


def _message(offset: int) -> Any:
    parts = {"topic": TOPIC, "partition": 0, "offset": offset, "error": None, "value": b"{}", "headers": None}
    return SimpleNamespace(**{name: (lambda part=part: part) for name, part in parts.items()})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(kafka, "PATIENCE_SECONDS", 0.1)


def read(consumer: Any) -> list[int]:
    return [each.offset for each in kafka._records(consumer, [TopicPartition(TOPIC, 0, 0)], TOPIC, {0: 4})]


@pytest.mark.parametrize("told", [[], [0], [0, 1, 2]])
def test_it_is_asked_again_and_nothing_is_read_twice(told: list[int]) -> None:
    consumer = Silent(told, [0, 1, 2, 3])
    assert read(consumer) == [0, 1, 2, 3]
    assert consumer.sought == [(0, len(told))]


def test_what_stays_silent_is_an_error() -> None:
    with pytest.raises(BooksError, match="nothing came"):
        read(Silent([0], []))
