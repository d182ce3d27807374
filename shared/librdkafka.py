"""librdkafka (confluent-kafka), for administering: how it comes to the brokers, and what a group has committed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from shared.settings import Settings

Place = tuple[str, int]
"""A topic, with its prefix, and a partition."""


def security_of(settings: Settings) -> dict[str, str]:
    """The settings' way into Kafka, as librdkafka calls it."""
    chosen = {
        "security.protocol": settings.kafka_security_protocol,
        "sasl.mechanism": "SCRAM-SHA-512" if settings.kafka_user else None,
        "sasl.username": settings.kafka_user,
        "sasl.password": settings.kafka_password,
        "ssl.ca.location": settings.kafka_ca_file,
    }
    return {name: value for name, value in chosen.items() if value}


def client_options(settings: Settings) -> dict[str, Any]:
    """What every client needs: where the brokers are, and the way in. It writes no log of its own."""
    return {"bootstrap.servers": ",".join(settings.bootstrap), "log_level": 0, **security_of(settings)}


class GroupOffsets:
    """What a group has committed, asked as the group itself would ask; it joins nothing and commits nothing.

    Never by the admin client's `list_consumer_group_offsets`: a broker that answers it "not coordinator", as it does
    while it starts or is cut off, ends the whole process by a segmentation fault (librdkafka #5040).
    """

    def __init__(self, options: Mapping[str, Any], group: str) -> None:
        """`group` with the prefix of its installation."""
        self._consumer = Consumer({**options, "group.id": group, "enable.auto.commit": False})

    def committed(self, places: Iterable[Place], seconds: float) -> dict[Place, int]:
        """By place; 0 where nothing was committed. Raises KafkaException where the broker refuses any of it."""
        asked = [TopicPartition(*place) for place in places]
        found = self._consumer.committed(asked, seconds) if asked else []
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): max(place.offset, 0) for place in found}

    def close(self) -> None:
        self._consumer.close()
