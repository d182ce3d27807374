"""Publishing and following on a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from freshwater.catalogue.command import app
from freshwater.catalogue.release import PublishFailed, compare, publish, records_of, standing
from freshwater.servers import Servers
from shared.broker import consumer_options, producer_options
from shared.catalogue import CatalogueFollower, NoRelease, Release, load_directory
from shared.contracts.topics import CATALOGUE
from shared.settings import Settings
from tests.catalogue.builders import SMALL, changed, write
from tests.conftest import MakeTopics

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_places = count()


@pytest.fixture
def small(tmp_path: Path) -> Release:
    return load_directory(write(tmp_path / "small"))


@pytest.fixture
def dearer(tmp_path: Path) -> Release:
    return load_directory(write(tmp_path / "dearer", changed("rate_bp: 400", "rate_bp: 450")))


@pytest.fixture
async def settings(servers: Servers, make_topics: MakeTopics, topic_prefix: str) -> Settings:
    """Settings with an empty catalogue topic of this test's own."""
    place = f"{next(_places)}."
    await make_topics(place + CATALOGUE, partitions=1, config={"cleanup.policy": "compact"})
    return Settings(kafka=",".join(servers.kafka), topic_prefix=topic_prefix + place)


@contextlib.asynccontextmanager
async def following(settings: Settings, **options: float) -> AsyncIterator[CatalogueFollower]:
    follower = CatalogueFollower(
        consumer_options(settings), settings.topic_prefix + CATALOGUE, deadline_seconds=options.get("deadline", 20)
    )
    task: asyncio.Task[None] | None = None
    try:
        await follower.start()
        task = asyncio.create_task(follower.run())
        yield follower
    finally:
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await follower.stop()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.02)


async def append(settings: Settings, records: list[tuple[bytes, bytes | None]]) -> None:
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    try:
        for key, value in records:
            await producer.send_and_wait(settings.topic_prefix + CATALOGUE, value, key, 0)
    finally:
        await producer.stop()


async def test_a_follower_loads_the_release_and_switches_to_the_next(
    settings: Settings, small: Release, dearer: Release
) -> None:
    await publish(small, settings, NOW)
    async with following(settings) as follower:
        first = follower.current
        assert (first.number, first.products["loan"].rate_bp) == (1, 400)
        await publish(dearer, settings, NOW)
        await until(lambda: follower.number == 2)
        assert follower.current.products["loan"].rate_bp == 450
        assert follower.release(1) is first
        assert first.products["loan"].rate_bp == 400
        assert not follower.refused


async def test_publishing_the_same_again_writes_nothing(settings: Settings, small: Release) -> None:
    assert (await publish(small, settings, NOW)).needed
    again = await publish(small, settings, NOW)
    assert (again.needed, again.release) == (False, 1)
    assert (await standing(settings)).assembly.highest == 1


async def test_a_dry_run_writes_nothing(settings: Settings, small: Release) -> None:
    assert (await publish(small, settings, NOW, dry_run=True)).needed
    assert (await standing(settings)).assembly.highest == 0


async def test_an_interrupted_publication_leaves_the_old_release_until_it_is_repeated(
    settings: Settings, small: Release, dearer: Release
) -> None:
    await publish(small, settings, NOW)
    records = records_of(dearer, compare(dearer, await standing(settings)), NOW)
    await append(settings, [(key, value) for key, value, _ in records[:-1]])
    async with following(settings) as follower:
        assert follower.current.products["loan"].rate_bp == 400
        await publish(dearer, settings, NOW)
        await until(lambda: follower.number > 1)
        assert follower.current.products["loan"].rate_bp == 450


async def test_what_does_not_hold_is_ignored_and_counted(settings: Settings, small: Release, dearer: Release) -> None:
    await publish(small, settings, NOW)
    async with following(settings) as follower:
        *_, (key, marker, _) = records_of(dearer, compare(dearer, await standing(settings)), NOW)
        await append(settings, [(b"product/loan", b"\xff not an event"), (b"product/never", None), (key, marker)])
        await until(lambda: "digest" in follower.refused)
        assert follower.refused == {"invalid_json": 1, "digest": 1}
        assert follower.number == 1
        await publish(dearer, settings, NOW)
        await until(lambda: follower.number > 1)
        assert follower.current.sha256 == dearer.sha256


async def test_two_publishers_at_once_end_in_one_whole_release(
    settings: Settings, small: Release, dearer: Release
) -> None:
    await publish(small, settings, NOW)
    outcomes = await asyncio.gather(
        publish(dearer, settings, NOW), publish(small, settings, NOW), return_exceptions=True
    )
    assert not [
        outcome for outcome in outcomes if isinstance(outcome, BaseException) and type(outcome) is not PublishFailed
    ]
    await publish(small, settings, NOW)
    async with following(settings) as follower:
        assert follower.current.sha256 == small.sha256


async def test_the_hook_is_told_before_the_switch_of_the_first_and_of_each_next(
    settings: Settings, small: Release, dearer: Release
) -> None:
    told: list[tuple[int, int]] = []
    await publish(small, settings, NOW)
    await publish(dearer, settings, NOW)
    follower = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE)

    async def hook(release: Release) -> None:
        told.append((release.number, follower.number))

    follower.on_switch = hook
    await follower.start()
    run = asyncio.create_task(follower.run())
    await publish(small, settings, NOW)
    await until(lambda: follower.number == 3)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    await follower.stop()
    assert told == [(2, 0), (3, 2)]


async def test_a_follower_that_starts_first_waits_for_the_first_release(settings: Settings, small: Release) -> None:
    follower = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE, deadline_seconds=20)
    start = asyncio.create_task(follower.start())
    started = asyncio.create_task(follower.started())
    await publish(small, settings, NOW)
    await start
    assert (await started).number == 1
    await follower.stop()


async def test_a_broker_that_comes_back_is_followed_again(
    settings: Settings, servers: Servers, small: Release, dearer: Release
) -> None:
    if servers.own_kafka is None:
        pytest.skip("the broker is not ours to kill: FRESHWATER_KAFKA names another")
    await publish(small, settings, NOW)
    async with following(settings) as follower:
        await servers.kafka_server.kill()
        assert follower.current.products["loan"].rate_bp == 400
        await servers.kafka_server.start()
        await publish(dearer, settings, NOW)
        await until(lambda: follower.number == 2, seconds=40)


@pytest.mark.parametrize(("topic", "advice"), [("", "catalogue publish"), ("gone.", "topics apply")])
async def test_no_catalogue_ends_at_the_deadline_with_what_to_do(settings: Settings, topic: str, advice: str) -> None:
    name = settings.topic_prefix + topic + CATALOGUE
    follower = CatalogueFollower(consumer_options(settings), name, deadline_seconds=1.5)
    with pytest.raises(NoRelease, match=advice):
        await follower.start()
    with pytest.raises(NoRelease):
        _ = follower.current
    await follower.stop()


async def test_no_broker_ends_at_the_deadline() -> None:
    settings = Settings(kafka="127.0.0.1:1")
    with pytest.raises(NoRelease, match="Kafka does not answer"):
        await CatalogueFollower(consumer_options(settings), deadline_seconds=1).start()


async def test_the_commands_say_what_they_did(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHWATER_KAFKA", settings.kafka)
    monkeypatch.setenv("FRESHWATER_TOPIC_PREFIX", settings.topic_prefix)
    small = str(write(tmp_path / "small"))
    bad = str(write(tmp_path / "bad", SMALL.replace("rate_bp: 400", "rate_bp: -1")))

    async def run(*words: str) -> tuple[int, str]:
        found = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        return found.exit_code, found.output

    code, text = await run("check", small)
    assert code == 0
    assert "nothing wrong" in text
    code, text = await run("publish", bad)
    assert code == 1
    assert "bad/all.yaml:" in text
    assert "1 problems" in text
    code, text = await run("show")
    assert code == 1
    assert "catalogue publish" in text
    code, text = await run("publish", small, "--json")
    assert code == 0
    done = json.loads(text)
    assert (done["release"], done["published"], "product/loan" in done["added"]) == (1, True, True)
    assert "already says this" in (await run("publish", small))[1]
    assert json.loads((await run("show", "product", "loan"))[1])["rate_bp"] == 400
    assert (await run("show", "prodct"))[0] == 1
