"""The local Kafka and PostgreSQL keep what they were given, and outlive nobody."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.places import CHECKOUT
from freshwater.servers import Servers, ServersError
from freshwater.servers import servers as run_servers
from tests.loop.harness import until

TOPIC = "kept"


@pytest.fixture(scope="module", autouse=True)
def _none_of_ones_own() -> Iterator[None]:
    """Here the local ones are tried, whatever the environment says."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("FRESHWATER_KAFKA", raising=False)
        environment.delenv("FRESHWATER_POSTGRES", raising=False)
        yield


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with something in it, and with a space and a colon in its path, as people have them.

    What it holds was written after a first start that broke off.
    """
    path = tmp_path_factory.mktemp("servers") / "my data: 1"
    for half_made in ("kafka.new", "postgres.new"):
        (path / half_made).mkdir(parents=True)
        (path / half_made / "half").write_text("made")
    async with run_servers(path) as running:
        await _write(running)
    return path


async def _write(running: Servers) -> None:
    admin = AdminClient({"bootstrap.servers": running.kafka[0]})
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(10)
    producer = Producer({"bootstrap.servers": running.kafka[0], "acks": "all"})
    for number in range(20):
        producer.produce(TOPIC, str(number).encode("ascii"))
    assert producer.flush(10) == 0
    connection = await asyncpg.connect(running.postgres)
    await connection.execute("CREATE TABLE kept (number int); INSERT INTO kept SELECT generate_series(0, 19)")
    await connection.close()


async def _read(running: Servers) -> tuple[set[str], set[str]]:
    consumer = Consumer({"bootstrap.servers": running.kafka[0], "group.id": "none", "enable.auto.commit": False})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    records = {(message.value() or b"").decode("ascii") for message in consumer.consume(20, timeout=10)}
    consumer.close()
    connection = await asyncpg.connect(running.postgres)
    rows = {str(row["number"]) for row in await connection.fetch("SELECT number FROM kept")}
    await connection.close()
    return records, rows


ALL = {str(number) for number in range(20)}


async def test_a_second_start_finds_the_data_and_nothing_half_made(folder: Path) -> None:
    async with run_servers(folder) as running:
        assert await _read(running) == (ALL, ALL)
    assert _folders(folder) == ["kafka", "kafka.tmp", "postgres"]
    assert (folder / "postgres.password").stat().st_mode & 0o777 == 0o600


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


@pytest.fixture
def command(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`freshwater servers up`, in a process of its own."""
    arguments = [sys.executable, "-m", "freshwater", "servers", "up", "--json", "--data", str(folder)]
    with subprocess.Popen(arguments, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


async def test_kill_9_of_the_parent_leaves_no_orphan_and_loses_nothing(
    command: subprocess.Popen[str], folder: Path
) -> None:
    assert command.stdout is not None
    assert json.loads(await asyncio.to_thread(command.stdout.readline)).keys() == {"kafka", "postgres", "environment"}
    children = psutil.Process(command.pid).children(recursive=True)
    # Two leashes, one Java, PostgreSQL's postmaster with its workers.
    assert len(children) > 5

    command.send_signal(signal.SIGKILL)

    # At once: the start waits for the old servers, which stop cleanly.
    async with run_servers(folder) as running:
        assert await _read(running) == (ALL, ALL)
        # A leash leaves a moment after its server, and whoever took it in may be slow to ask what became of it.
        await until(lambda: _gone(children), 20, "the old servers and their leashes gone")
    assert "was not properly shut down" not in (folder / "postgres.log").read_text("utf-8")


async def _gone(children: list[psutil.Process]) -> bool:
    return not any(map(_alive, children))


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_stops_the_command_cleanly(command: subprocess.Popen[str], number: signal.Signals) -> None:
    assert command.stdout is not None
    await asyncio.to_thread(command.stdout.readline)
    children = psutil.Process(command.pid).children(recursive=True)

    command.send_signal(number)

    assert await asyncio.to_thread(command.wait, 20) == 0
    await until(lambda: _gone(children), 20, "all that it started gone")


async def test_servers_come_back_after_kill_9_on_the_same_ports(own_servers: Servers) -> None:
    ports = [own_servers.kafka_server.program.port, own_servers.postgres_server.program.port]
    for server in (own_servers.kafka_server, own_servers.postgres_server):
        before = server.pid
        await server.kill()
        assert not psutil.pid_exists(before)
        assert not await server.program.answers()
        await server.restart()
        assert server.pid != before
        assert await server.program.answers()
    assert ports == [own_servers.kafka_server.program.port, own_servers.postgres_server.program.port]


async def test_a_frozen_postgres_answers_nothing_until_it_is_thawed(own_servers: Servers) -> None:
    connection = await asyncpg.connect(own_servers.postgres)
    server = own_servers.postgres_server
    server.freeze()
    try:
        question = asyncio.ensure_future(connection.fetchval("SELECT 1"))
        done, _ = await asyncio.wait([question], timeout=0.5)
        assert not done
    finally:
        server.thaw()
    assert await question == 1
    await connection.close()


async def test_servers_of_ones_own_are_used_and_not_ours_to_stop(
    own_servers: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = own_servers.kafka_server.pid, own_servers.postgres_server.pid
    for name, value in own_servers.environment.items():
        monkeypatch.setenv(name, value)
    async with run_servers(tmp_path) as running:
        assert (running.kafka, running.postgres) == (own_servers.kafka, own_servers.postgres)
        with pytest.raises(ServersError, match="FRESHWATER_KAFKA names it"):
            _ = running.kafka_server
        with pytest.raises(ServersError, match="FRESHWATER_POSTGRES names it"):
            _ = running.postgres_server
    assert (own_servers.kafka_server.pid, own_servers.postgres_server.pid) == before
    assert await own_servers.kafka_server.program.answers()
    assert await own_servers.postgres_server.program.answers()
