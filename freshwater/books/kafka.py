"""Kafka as the books read it: how far topics and groups are, and the records themselves, as few parts of each as it
takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from functools import cached_property
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from freshwater.books.accounts import Account
from freshwater.books.records import Place, Seen, seen
from freshwater.books.services import BooksError, Environment, ask
from shared.contracts.topics import SERVICES
from shared.ledger import Ask, Offsets, at
from shared.librdkafka import GroupOffsets, client_options
from shared.librdkafka import Place as GroupPlace
from shared.settings import Settings

PATIENCE_SECONDS, AGAIN_SECONDS = 30.0, 3.0
AT_ONCE = 5000
TRIES, PAUSE_SECONDS, WAIT_SECONDS = 60, 0.5, 0.02
GROUPS = {"intake": ("freshwater.intake", "freshwater.intake.doors")}
"""The groups of services that have more than one."""
NOT_READY = (
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
Answer = TypeVar("Answer")


class Installation:
    """Implements `Source` for one installation: its Kafka, its prefix, its services."""

    def __init__(self, settings: Settings, environment: Environment) -> None:
        self._prefix, self._environment = settings.topic_prefix, environment
        self._options = client_options(settings)
        self._admin = AdminClient(self._options)

    def cluster(self) -> str:
        """The id of the cluster: what was kept of another one is of no use here. Raises BooksError."""
        return self._tried(lambda: str(self._admin.list_topics(timeout=PATIENCE_SECONDS).cluster_id))

    def ends(self) -> Offsets:
        return self._tried(self._ends)

    def committed(self) -> dict[str, Offsets]:
        return self._tried(lambda: {service: self._committed(service) for service in SERVICES})

    def _places(self) -> list[GroupPlace]:
        """All partitions of our topics."""
        return [
            (name, partition)
            for name, topic in self._admin.list_topics(timeout=PATIENCE_SECONDS).topics.items()
            if name.startswith(f"{self._prefix}freshwater.")
            for partition in topic.partitions
        ]

    def _ends(self) -> Offsets:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = [TopicPartition(*place) for place in self._places()]
        offsets = self._admin.list_offsets(dict.fromkeys(asked, latest)) if asked else {}
        return self._by_topic(
            ((place.topic, place.partition), future.result(PATIENCE_SECONDS).offset)
            for place, future in offsets.items()
        )

    def _committed(self, service: str) -> Offsets:
        """Each group is asked: the admin's list of groups leaves out, without a word, those that a broker has not
        loaded yet."""
        places = self._places()
        found: list[tuple[GroupPlace, int]] = []
        for name in GROUPS.get(service, (f"freshwater.{service}",)):
            with closing(GroupOffsets(self._options, self._prefix + name)) as group:
                found += group.committed(places, PATIENCE_SECONDS).items()
        return self._by_topic(found)

    def _by_topic(self, offsets: Iterable[tuple[GroupPlace, int]]) -> Offsets:
        """Of a service's groups the one that has read a partition is the furthest there."""
        found: Offsets = {}
        for (topic, partition), offset in offsets:
            of = found.setdefault(topic.removeprefix(self._prefix), {})
            of[partition] = max(offset, of.get(partition, 0))
        return found

    def _tried(self, what: Callable[[], Answer]) -> Answer:
        """Again where the broker is not ready: after a start it is behind its own epochs for a moment. Raises
        BooksError."""
        for _ in range(TRIES):
            try:
                return what()
            except KafkaException as error:
                last: KafkaError = error.args[0]
                if last.code() not in NOT_READY and not last.retriable():
                    break
                time.sleep(PAUSE_SECONDS)
                # A client keeps the epochs of leaders for five minutes: after a broker was away it asks with old ones.
                self._admin = AdminClient(self._options)
        raise BooksError(f"Kafka at {self._options['bootstrap.servers']} refused: {last.str()}")

    def ask(self, asks: Mapping[str, Ask]) -> dict[str, Account]:
        return ask(asks, self._environment)

    def read(self, since: Offsets, until: Offsets) -> Iterator[tuple[str, Iterator[Seen]]]:
        """All topics are assigned at once and let go one after another: librdkafka looks for a leader once a second."""
        wanted = {topic: _wanted(since.get(topic, {}), ends) for topic, ends in until.items()}
        places = {
            topic: [TopicPartition(self._prefix + topic, partition, at(since, topic, partition)) for partition in ends]
            for topic, ends in wanted.items()
        }
        everything = [place for of in places.values() for place in of]
        if everything:
            self._consumer.assign(everything)
            self._consumer.pause(everything)
        for topic, ends in wanted.items():
            yield topic, self._read(topic, places[topic], ends)

    def _read(self, topic: str, places: list[TopicPartition], until: Mapping[int, int]) -> Iterator[Seen]:
        if until:
            self._consumer.resume(places)
            yield from _records(self._consumer, places, topic, until)
            self._consumer.pause(places)

    @cached_property
    def _consumer(self) -> Consumer:
        """One for all topics: to make one takes longer than to read a short topic."""
        return Consumer(
            {
                **self._options,
                "group.id": "freshwater.books",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": 65_536,
                "fetch.wait.max.ms": 50,
            }
        )


def _wanted(since: Mapping[int, int], until: Mapping[int, int]) -> dict[int, int]:
    return {partition: end for partition, end in until.items() if end > since.get(partition, 0)}


def _records(
    consumer: Consumer, begin: Sequence[TopicPartition], topic: str, until: Mapping[int, int]
) -> Iterator[Seen]:
    """Until every partition is at its end: by its last record, or by the broker's word where that one has gone."""
    places = {partition: Place(topic, partition) for partition in until}
    left = {place.partition: place for place in begin}
    name = begin[0].topic
    for message in _messages(consumer, topic, left):
        partition, offset, error = message.partition(), message.offset(), message.error()
        if message.topic() != name:
            # Fetched before its topic was paused: all that lies before its end has been seen.
            continue
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:
                raise BooksError(f"{topic} can not be read: {error.str()}")
            left.pop(partition, None)
        elif partition in left and offset >= left[partition].offset:
            left[partition].offset = offset + 1
            if offset < until[partition]:
                yield seen(places[partition], offset, message.value(), tuple(message.headers() or ()))
            if offset >= until[partition] - 1:
                del left[partition]


def _messages(consumer: Consumer, topic: str, left: Mapping[int, TopicPartition]) -> Iterator[Any]:
    """What comes, for as long as something is `left`: the partitions, each with the offset that is wanted next. A call
    waits until it has all that was asked for or its time is over, so that time is short."""
    heard = asked = time.monotonic()
    while left:
        messages, now = consumer.consume(AT_ONCE, WAIT_SECONDS), time.monotonic()
        if messages:
            heard = asked = now
        elif now - heard > PATIENCE_SECONDS:
            raise BooksError(f"{topic} can not be read: nothing came within {PATIENCE_SECONDS:.0f} s")
        elif now - asked > AGAIN_SECONDS:
            # A partition that was let go has been seen to stay silent although it held a record: it is asked anew.
            asked = now
            for place in left.values():
                with suppress(KafkaException):
                    consumer.seek(place)
        yield from messages
