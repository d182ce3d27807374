"""Kafka as the books read it: how far topics and groups are, and the records themselves, as few parts of each as it
takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from freshwater.books.accounts import Account
from freshwater.books.records import Place, Seen, seen
from freshwater.books.services import BooksError, Environment, ask
from freshwater.topics import security_of
from shared.contracts.topics import SERVICES
from shared.ledger import Ask, Offsets
from shared.settings import Settings

PATIENCE_SECONDS = 30.0
AT_ONCE = 5000


class Installation:
    """Implements `Source` for one installation: its Kafka, its prefix, its services."""

    def __init__(self, settings: Settings, environment: Environment) -> None:
        self._prefix, self._environment = settings.topic_prefix, environment
        self._options: dict[str, Any] = {
            "bootstrap.servers": ",".join(settings.bootstrap),
            "log_level": 0,
            **security_of(settings),
        }
        self._admin = AdminClient(self._options)

    def cluster(self) -> str:
        """The id of the cluster: what was kept of another one is of no use here."""
        try:
            described = self._admin.describe_cluster(request_timeout=PATIENCE_SECONDS).result(PATIENCE_SECONDS)
        except (KafkaException, TimeoutError) as error:
            where = self._options["bootstrap.servers"]
            raise BooksError(f"Kafka at {where} does not answer; FRESHWATER_KAFKA names another one") from error
        return str(described.cluster_id)

    def ends(self) -> Offsets:
        places = [
            TopicPartition(name, partition)
            for name, topic in self._admin.list_topics(timeout=PATIENCE_SECONDS).topics.items()
            if name.startswith(f"{self._prefix}freshwater.")
            for partition in topic.partitions
        ]
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        offsets = self._admin.list_offsets(dict.fromkeys(places, latest)) if places else {}
        found: Offsets = {}
        for place, future in offsets.items():
            of = found.setdefault(place.topic.removeprefix(self._prefix), {})
            of[place.partition] = future.result(PATIENCE_SECONDS).offset
        return found

    def committed(self) -> dict[str, Offsets]:
        listed = self._admin.list_consumer_groups(request_timeout=PATIENCE_SECONDS).result(PATIENCE_SECONDS)
        groups = [group.group_id for group in listed.valid]
        return {service: self._committed(self._groups_of(service, groups)) for service in SERVICES}

    def _groups_of(self, service: str, groups: Iterable[str]) -> list[str]:
        own = f"{self._prefix}freshwater.{service}"
        return [name for name in groups if name == own or name.startswith((f"{own}.", f"{own}-"))]

    def _committed(self, groups: Iterable[str]) -> Offsets:
        found: Offsets = {}
        for group in groups:
            asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
            for place in asked[group].result(PATIENCE_SECONDS).topic_partitions:
                of = found.setdefault(place.topic.removeprefix(self._prefix), {})
                of[place.partition] = max(place.offset, of.get(place.partition, 0))
        return found

    def ask(self, asks: Mapping[str, Ask]) -> dict[str, Account]:
        return ask(asks, self._environment)

    def read(self, topic: str, since: Mapping[int, int], until: Mapping[int, int]) -> Iterator[Seen]:
        wanted = {partition: end for partition, end in until.items() if end > since.get(partition, 0)}
        if not wanted:
            return
        consumer = Consumer(
            {
                **self._options,
                "group.id": "freshwater.books",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "queued.max.messages.kbytes": 65_536,
            }
        )
        try:
            name = self._prefix + topic
            consumer.assign([TopicPartition(name, partition, since.get(partition, 0)) for partition in wanted])
            yield from _read(consumer, topic, wanted)
        finally:
            consumer.close()


def _read(consumer: Consumer, topic: str, until: Mapping[int, int]) -> Iterator[Seen]:
    """Until every partition is at its end: by its last record, or by the broker's word where that one has gone."""
    places = {partition: Place(topic, partition) for partition in until}
    left = set(until)
    while left:
        for message in _fetched(consumer, topic):
            partition, offset, error = message.partition(), message.offset(), message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise BooksError(f"{topic} can not be read: {error.str()}")
                left.discard(partition)
                continue
            if offset < until[partition]:
                yield seen(places[partition], offset, message.value(), tuple(message.headers() or ()))
            if offset >= until[partition] - 1:
                left.discard(partition)


def _fetched(consumer: Consumer, topic: str) -> list[Any]:
    fetched = consumer.consume(AT_ONCE, PATIENCE_SECONDS)
    if not fetched:
        raise BooksError(f"{topic} can not be read: nothing came within {PATIENCE_SECONDS:.0f} s")
    return list(fetched)
