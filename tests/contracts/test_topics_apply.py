"""`freshwater topics apply` on a real Kafka: what it makes, what it mends, what it refuses, what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from confluent_kafka.cimpl import NewTopic
from typer.testing import CliRunner, Result

from freshwater.servers import Servers
from freshwater.topics.changes import Changes, TopicsError, apply_topics, partners_with_doors
from freshwater.topics.command import app
from shared.contracts.topics import DEMANDS, Topic, dead_letters, door_in, topics

WITH_DOOR = ["bank-01"]


@pytest.fixture
def prefix(topic_prefix: str, kafka_admin: AdminClient, request: pytest.FixtureRequest) -> Iterator[str]:
    """A prefix of one test's own; its topics are deleted afterwards."""
    own = f"{topic_prefix}{request.node.name.removeprefix('test_').replace('_', '-')[:40]}."
    yield own
    if left := [name for name in kafka_admin.list_topics(timeout=10).topics if name.startswith(own)]:
        for future in kafka_admin.delete_topics(left).values():
            future.result(20)


@pytest.fixture
def wanted(prefix: str) -> list[Topic]:
    return topics(("notify",), WITH_DOOR, keyed_partitions=2, prefix=prefix)


def applied(servers: Servers, wanted: list[Topic], prefix: str, *, dry_run: bool = False) -> Changes:
    return apply_topics(servers.kafka, wanted, prefix=prefix, dry_run=dry_run)


def config_of(admin: AdminClient, name: str) -> dict[str, str | None]:
    (future,) = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)]).values()
    return {entry.name: entry.value for entry in future.result(10).values()}


def make(admin: AdminClient, name: str, partitions: int, config: dict[str, str] | None = None) -> None:
    (future,) = admin.create_topics([NewTopic(name, partitions, 1, config=config or {})]).values()
    future.result(20)
    # The controller has made it; the broker that is asked next may hear of it later.
    while name not in admin.list_topics(timeout=10).topics:
        pass


def test_makes_every_topic_as_listed(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    changes = applied(servers, wanted, prefix)

    assert {topic.name for topic in changes.created} == {topic.name for topic in wanted}
    listed = kafka_admin.list_topics(timeout=10).topics
    assert {topic.name: topic.partitions for topic in wanted} == {
        topic.name: len(listed[topic.name].partitions) for topic in wanted
    }
    for topic in wanted:
        assert topic.config().items() <= config_of(kafka_admin, topic.name).items()


def test_doors_are_stamped_by_the_broker_and_inner_topics_are_not(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    applied(servers, wanted, prefix)

    assert config_of(kafka_admin, prefix + door_in("bank-01"))["message.timestamp.type"] == "LogAppendTime"
    assert config_of(kafka_admin, prefix + DEMANDS)["message.timestamp.type"] == "CreateTime"


def test_a_second_run_changes_nothing(servers: Servers, wanted: list[Topic], prefix: str) -> None:
    applied(servers, wanted, prefix)

    assert applied(servers, wanted, prefix).nothing


def test_two_at_once_make_each_topic_once_and_both_succeed(servers: Servers, wanted: list[Topic], prefix: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: applied(servers, wanted, prefix), range(2))

    made = [topic.name for topic in first.created + second.created]
    assert sorted(made) == sorted(topic.name for topic in wanted)
    assert not first.configured + second.configured


def test_a_dry_run_says_what_is_missing_and_makes_nothing(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    changes = applied(servers, wanted, prefix, dry_run=True)

    assert len(changes.created) == len(wanted)
    assert not [name for name in kafka_admin.list_topics(timeout=10).topics if name.startswith(prefix)]


def test_sets_what_differs_and_unsets_what_is_not_listed(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    name = prefix + DEMANDS
    make(kafka_admin, name, 2, {"retention.ms": "1000", "flush.ms": "5"})

    changes = applied(servers, wanted, prefix)

    seen = {change.setting: (change.before, change.after) for change in changes.configured if change.topic == name}
    assert seen["retention.ms"] == ("1000", "34560000000")
    assert seen["flush.ms"] == ("5", None)
    config = config_of(kafka_admin, name)
    assert config["retention.ms"] == "34560000000"
    assert config["flush.ms"] != "5"
    assert applied(servers, wanted, prefix).nothing


def test_refuses_another_number_of_partitions_and_changes_nothing(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    make(kafka_admin, prefix + DEMANDS, 3)

    with pytest.raises(TopicsError, match=r"freshwater\.demands\.v1 has 3 partitions, the list says 2.*FRESHWATER_"):
        applied(servers, wanted, prefix)

    there = [name for name in kafka_admin.list_topics(timeout=10).topics if name.startswith(prefix)]
    assert there == [prefix + DEMANDS]


def test_reports_unknown_topics_of_ours_and_leaves_them_alone(
    servers: Servers, kafka_admin: AdminClient, wanted: list[Topic], prefix: str
) -> None:
    stranger, foreign = f"{prefix}freshwater.old.v1", f"{prefix}elsewhere"
    make(kafka_admin, stranger, 1, {"flush.ms": "5"})
    make(kafka_admin, foreign, 1)

    changes = applied(servers, wanted, prefix)

    assert changes.unknown == (stranger,)
    assert config_of(kafka_admin, stranger)["flush.ms"] == "5"


def test_no_kafka_is_a_sentence() -> None:
    with pytest.raises(TopicsError, match=r"^No Kafka answers at 127\.0\.0\.1:1: "):
        partners_with_doors(["127.0.0.1:1"], patience=0.3)


@pytest.fixture
def command(servers: Servers, prefix: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("FRESHWATER_KAFKA", ",".join(servers.kafka))
    monkeypatch.setenv("FRESHWATER_TOPIC_PREFIX", prefix)
    monkeypatch.setenv("FRESHWATER_KEYED_PARTITIONS", "1")
    return CliRunner()


def run(command: CliRunner, *arguments: str) -> Result:
    return command.invoke(app, arguments)


def test_the_command_says_what_it_changed(command: CliRunner, prefix: str) -> None:
    first = json.loads(run(command, "apply", "--partner", "bank-01", "--json").stdout)
    again = run(command, "apply")

    assert {"topic": prefix + dead_letters("notify"), "partitions": 1} in first["created"]
    assert first["topics"] == len(first["created"])
    # The door of bank-01 is kept up although it is not named again.
    assert again.stdout == f"{first['topics']} topics, nothing to change\n"


def test_the_command_refuses_another_number_of_partitions(
    command: CliRunner, kafka_admin: AdminClient, prefix: str
) -> None:
    make(kafka_admin, prefix + DEMANDS, 2)

    result = run(command, "apply")

    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, TopicsError)
    assert "freshwater.demands.v1 has 2 partitions, the list says 1" in str(result.exception)


def test_the_command_refuses_a_partner_that_cannot_have_a_door(command: CliRunner) -> None:
    result = run(command, "apply", "--partner", "Bank.01")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "'Bank.01' cannot have a Kafka door" in str(result.exception)
