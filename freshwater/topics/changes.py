"""Make the topics of a Kafka cluster what the list says, and say what was changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from shared.contracts.topics import Topic, partner_of
from shared.errors import FreshwaterError

BROKER_DEFAULT = -1
PATIENCE_SECONDS = 30.0


class TopicsError(FreshwaterError):
    """The topics cannot be made as listed. The message says all that is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """One setting of a topic: `after` is None where it went back to the broker's default."""

    topic: str
    setting: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What was done (or, on a dry run, would be done), and the names that the list does not know."""

    created: tuple[Topic, ...]
    configured: tuple[ConfigChange, ...]
    unknown: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not (self.created or self.configured)


def apply_topics(
    bootstrap: Sequence[str],
    wanted: Sequence[Topic],
    *,
    prefix: str = "",
    replication_factor: int = BROKER_DEFAULT,
    security: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Changes:
    """Create what is missing, set what differs, unset what is not listed; idempotent, and blocks until Kafka knows all.

    Nothing is changed where a topic already has another number of partitions. Topics that are not `wanted` are left
    alone; those whose name begins as ours do are reported. `security` are librdkafka settings (security.protocol, …).
    Raises TopicsError.
    """
    client = admin_client(bootstrap, security)
    try:
        return _apply(client, wanted, prefix, replication_factor, dry_run)
    except KafkaException as error:
        raise TopicsError(f"Kafka at {', '.join(bootstrap)} refused: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise TopicsError(f"Kafka at {', '.join(bootstrap)} did not answer in {PATIENCE_SECONDS:.0f} s") from error


def partners_with_doors(
    bootstrap: Sequence[str],
    prefix: str = "",
    security: Mapping[str, str] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> list[str]:
    """The partners whose doors exist already. Raises TopicsError where no Kafka answers."""
    try:
        found = [partner_of(name, prefix) for name in _existing(admin_client(bootstrap, security), patience)]
    except KafkaException as error:
        raise TopicsError(f"No Kafka answers at {', '.join(bootstrap)}: {error.args[0].str()}") from error
    return sorted({partner for partner in found if partner})


def admin_client(bootstrap: Sequence[str], security: Mapping[str, str] | None = None) -> AdminClient:
    return AdminClient({"bootstrap.servers": ",".join(bootstrap), "log_level": 0, **(security or {})})


def _apply(client: AdminClient, wanted: Sequence[Topic], prefix: str, replicas: int, dry_run: bool) -> Changes:
    counts = _existing(client)
    _refuse_other_counts(wanted, counts)
    missing = tuple(topic for topic in wanted if topic.name not in counts)
    differing = tuple(_differing(client, [topic for topic in wanted if topic.name in counts]))
    names = {topic.name for topic in wanted}
    unknown = sorted(name for name in counts if name.startswith(f"{prefix}freshwater.") and name not in names)
    if dry_run:
        return Changes(missing, differing, tuple(unknown))
    created = _create(client, missing, replicas)
    _configure(client, differing)
    _wait_until_shown(client, missing, _changed(wanted, differing))
    done = Changes(created, differing, tuple(unknown))
    if created == missing:
        return done
    # Another process was faster with some, and its list may be another.
    rest = _apply(client, wanted, prefix, replicas, dry_run)
    return Changes(done.created + rest.created, done.configured + rest.configured, rest.unknown)


def _existing(client: AdminClient, patience: float = PATIENCE_SECONDS) -> dict[str, int]:
    listed = client.list_topics(timeout=patience).topics
    return {name: len(topic.partitions) for name, topic in listed.items() if topic.error is None}


def _refuse_other_counts(wanted: Iterable[Topic], counts: Mapping[str, int]) -> None:
    wrong = [
        f"{topic.name} has {counts[topic.name]} partitions, the list says {topic.partitions}"
        for topic in wanted
        if counts.get(topic.name, topic.partitions) != topic.partitions
    ]
    if wrong:
        raise TopicsError(
            "; ".join(wrong) + ". Nothing was changed: the number is fixed when a topic is made, because a household's "
            "events would go to another partition and lose their order. Set FRESHWATER_KEYED_PARTITIONS to what is "
            "there, or start on an empty Kafka."
        )


def _create(client: AdminClient, missing: Sequence[Topic], replicas: int) -> tuple[Topic, ...]:
    """All in one call. Returns those that this process made; the others were there by then."""
    if not missing:
        return ()
    new = [NewTopic(topic.name, topic.partitions, replicas, config=topic.config()) for topic in missing]
    futures = client.create_topics(new)
    return tuple(topic for topic in missing if _made(futures[topic.name]))


def _made(future: Future[None]) -> bool:
    try:
        future.result(PATIENCE_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        return False
    return True


def _wait_until_shown(client: AdminClient, made: Sequence[Topic], configured: Sequence[Topic]) -> None:
    """The controller has done it; whoever asks a broker next must be told so too."""
    end = time.monotonic() + PATIENCE_SECONDS
    while unseen := ({topic.name for topic in made} - _existing(client).keys()) or _differing(client, configured):
        if time.monotonic() > end:
            raise TopicsError(f"Kafka was told, but does not show it after {PATIENCE_SECONDS:.0f} s: {unseen}")
        time.sleep(0.01)


def _changed(topics: Sequence[Topic], changes: Sequence[ConfigChange]) -> list[Topic]:
    names = {change.topic for change in changes}
    return [topic for topic in topics if topic.name in names]


def _differing(client: AdminClient, topics: Sequence[Topic]) -> list[ConfigChange]:
    if not topics:
        return []
    wanted = {topic.name: topic.config() for topic in topics}
    described = client.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in wanted])
    changes: list[ConfigChange] = []
    for resource, future in described.items():
        entries = future.result(PATIENCE_SECONDS).values()
        here = {entry.name: entry.value for entry in entries if _set_on_topic(entry)}
        there = wanted[resource.name]
        changes += (
            ConfigChange(resource.name, name, here.get(name), there.get(name))
            for name in sorted(here.keys() | there.keys())
            if here.get(name) != there.get(name)
        )
    return changes


def _set_on_topic(entry: ConfigEntry) -> bool:
    # The client gives the source as a bare number, whatever its annotation says.
    return ConfigSource(entry.source) is ConfigSource.DYNAMIC_TOPIC_CONFIG


def _configure(client: AdminClient, changes: Sequence[ConfigChange]) -> None:
    if not changes:
        return
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[_entry(change) for change in changes if change.topic == name],
        )
        for name in dict.fromkeys(change.topic for change in changes)
    ]
    futures: dict[Any, Future[Any]] = client.incremental_alter_configs(resources)
    for future in futures.values():
        future.result(PATIENCE_SECONDS)


def _entry(change: ConfigChange) -> ConfigEntry:
    operation = AlterConfigOpType.DELETE if change.after is None else AlterConfigOpType.SET
    return ConfigEntry(change.setting, change.after, incremental_operation=operation)
