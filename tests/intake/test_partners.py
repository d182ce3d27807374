"""The registry of partners: keys shown once, two at a time, told by the topic; and doors emptied of clear text."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.intake.adapters.partner_command import partner_command
from services.intake.adapters.purge import DoorPurge
from services.intake.adapters.registry import hash_of
from services.intake.app import DOORS
from shared.broker import consumer_options
from shared.contracts.topics import GATE_IN, PARTNERS, door_in
from shared.partners import PartnerFollower
from shared.vault import MasterKeys, Opener
from tests.intake.people import demand, event
from tests.intake.stage import Stage

ROOT = Path(__file__).parents[2]


def environment_of(stage: Stage) -> dict[str, str]:
    settings = stage.settings
    return {
        "FRESHWATER_KAFKA": settings.kafka,
        "FRESHWATER_POSTGRES": settings.postgres,
        "FRESHWATER_VAULT": settings.vault,
        "FRESHWATER_VAULT_KEY": settings.vault_key.get_secret_value(),
        "FRESHWATER_TOPIC_PREFIX": settings.topic_prefix,
        "FRESHWATER_KEYED_PARTITIONS": str(settings.keyed_partitions),
    }


async def command(stage: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`freshwater partner …` as a person calls it, beside the service that runs in this process."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "freshwater", "partner", *arguments],
        cwd=ROOT, env={**os.environ, **environment_of(stage)}, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip


Partner = Callable[..., Awaitable[list[Any]]]


@pytest.fixture
def partner(stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Partner:
    """Intake's own command, in this process: what it printed, line by line."""
    for name, value in environment_of(stage).items():
        monkeypatch.setenv(name, value)

    async def call(*arguments: str) -> list[Any]:
        capsys.readouterr()
        await partner_command(list(arguments))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith(("{", "["))]

    return call


async def test_a_partner_is_registered_told_and_let_in(stage: Stage) -> None:
    made = await command(
        stage, "add", "new-street", "--role", "publisher", "--door", "--webhook", "https://example.org/hook", "--json"
    )
    assert made.returncode == 0, made.stderr
    shown: dict[str, Any] = json.loads(made.stdout)
    assert shown["webhook_secret"].startswith("whsec_")
    listed = await command(stage, "list", "--json")
    assert shown["key"] not in listed.stdout + listed.stderr
    assert "new-street" in listed.stdout

    # Everybody hears of it, with the hash of its key and a secret that only notify opens.
    follower = PartnerFollower(consumer_options(stage.settings), stage.settings.topic_prefix)
    await follower.start()
    told = follower.partners["new-street"]
    assert told.key_hashes == [hash_of(shown["key"])]
    opener = Opener(stage.settings.vault, MasterKeys.parse(stage.settings.vault_key.get_secret_value()))
    await opener.start()
    assert opener.open_secret("new-street", told.sealed_secret or "") == shown["webhook_secret"]
    assert "new-street" in follower.open_doors
    await opener.stop()
    await follower.stop()

    # Its key opens HTTP, and its door, which was made while intake runs, is read.
    stage.keys = {**stage.keys, "new-street": shown["key"]}
    assert (await stage.post("/v1/demands", demand(1), "new-street")).status_code == 202
    await stage.say("new-street", event("demand-submitted", demand(2)))
    await stage.hear(lambda stage: len(stage.heard) == 2, "the demand of the new door")
    assert stage.names() == ["demand.accepted"] * 2


async def test_keys_rotate_two_at_a_time_and_a_disabled_partner_is_refused_everywhere(
    stage: Stage, partner: Partner
) -> None:
    first = stage.keys["hotline"]
    second = (await partner("rotate-key", "hotline", "--json"))[0]["key"]
    third = (await partner("rotate-key", "hotline", "--json"))[0]["key"]
    statuses = []
    for number, key in enumerate((first, second, third)):
        stage.keys = {**stage.keys, "hotline": key}
        statuses.append((await stage.post("/v1/demands", demand(number), "hotline")).status_code)
    assert statuses == [401, 202, 202]
    await stage.hear(lambda stage: len(stage.heard) == 2, "both demands")
    await partner("disable", "hotline")
    assert (await stage.post("/v1/demands", demand(3), "hotline")).status_code == 401
    await stage.say("hotline", event("demand-submitted", demand(4)))
    await stage.hear(lambda stage: "demand.rejected" in stage.names(), "the refusal at the door")
    assert stage.only("demand.rejected")["data"]["problems"][0]["code"] == "partner-disabled"


async def test_many_are_imported_at_once_and_again(partner: Partner, tmp_path: Path) -> None:
    lines = [
        {"partner": "bank-9", "role": "bank", "institution": "zhinu", "name_zh": "织女", "name_en": "V", "key": True},
        {"partner": "hub-9", "role": "authority", "units": ["tax-620102"], "name_zh": "税", "name_en": "Tax"},
    ]
    file = tmp_path / "partners.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    bank, hub = await partner("import", str(file))
    assert bank["key"]
    assert "key" not in hub
    assert [each["version"] for each in await partner("import", str(file))] == [2, 2]


async def test_what_cannot_be_done_is_said_in_a_sentence(
    partner: Partner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = tmp_path / "nobody.jsonl"
    nobody.write_text(json.dumps({"partner": "x", "role": "bank", "name_zh": "x", "name_en": "x"}))
    for arguments, said in (
        (("import", str(nobody)), "speaks for somebody"),
        (("import", str(tmp_path / "none")), "cannot be read"),
        (("rotate-key", "nobody"), "there is no partner 'nobody'"),
        (("add", "hotline", "--role", "publisher"), "registered already"),
        (("add", "Not_A_Door", "--role", "publisher", "--door"), "cannot have a Kafka door"),
    ):
        with pytest.raises(SystemExit):
            await partner(*arguments)
        assert said in capsys.readouterr().err


async def test_what_was_told_is_told_again_where_the_mark_is_missing(stage: Stage, partner: Partner) -> None:
    await partner("add", "once", "--role", "publisher")
    await stage.sql("UPDATE partners SET published = 0 WHERE partner = 'once'")
    await partner("list")
    await stage.until("SELECT count(*) FROM partners WHERE published < version", 0)
    consumer = AIOKafkaConsumer(**consumer_options(stage.settings))
    await consumer.start()
    place = TopicPartition(stage.settings.topic_prefix + PARTNERS, 0)
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    ids = []
    while await consumer.position(place) < end:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            ids += [json.loads(record.value)["id"] for record in records if record.key == b"once"]
    await consumer.stop()
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_native_doors_are_emptied_up_to_what_was_taken_and_the_gate_is_left(stage: Stage) -> None:
    purge = DoorPurge(stage.settings, DOORS, 600)
    await stage.say("platform", *(event("demand-submitted", demand(n, source_id=f"{n}")) for n in range(5)))
    await stage.post("/v1/demands", demand(9))
    await stage.hear(lambda stage: len(stage.heard) == 6, "six demands")
    door = TopicPartition(stage.settings.topic_prefix + door_in("platform"), 0)
    gate = [TopicPartition(stage.settings.topic_prefix + GATE_IN, partition) for partition in range(2)]
    consumer = AIOKafkaConsumer(**consumer_options(stage.settings))
    await consumer.start()
    give_up = time.monotonic() + 30
    while (beginnings := await consumer.beginning_offsets([door, *gate]))[door] < 5:
        # The offsets are committed after the outputs were published, so the first look may come too early.
        assert time.monotonic() < give_up, f"the door still begins at {beginnings[door]}"
        await asyncio.to_thread(purge.purge)
    await consumer.stop()
    assert beginnings == {door: 5, gate[0]: 0, gate[1]: 0}
    assert await asyncio.to_thread(purge.purge) == 0
