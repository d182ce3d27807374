"""Bad records: each ends as a dead letter with its reason, the records beside it are unharmed, the consumer goes on."""

from __future__ import annotations

import json

import pytest

from shared.contracts.topics import HOUSEHOLDS
from shared.rendering import Output
from tests.loop.harness import LETTERS, Stage, until, visit

HEADER = ("content-type", b"application/cloudevents+json")


def _bent(**changes: object) -> bytes:
    event = json.loads(visit(0).value or b"")
    event |= changes
    return json.dumps(event).encode()


def _bent_data(**changes: object) -> bytes:
    event = json.loads(visit(0).value or b"")
    event["data"] |= changes
    return json.dumps(event).encode()


BAD: dict[str, tuple[bytes | None, tuple[tuple[str, bytes | None], ...], str]] = {
    "null value": (None, (HEADER,), "null_value"),
    "empty value": (b"", (HEADER,), "invalid_json"),
    "binary header": (b"{", (("x", b"\xff\xfe\x00"), ("y", None)), "invalid_json"),
    "broken JSON": (b'{"type": "org.freshwater', (HEADER,), "invalid_json"),
    "bad UTF-8": (b'{"type": "\xff\xfe"}', (HEADER,), "invalid_json"),
    "NaN": (_bent(id=float("nan")), (HEADER,), "invalid_json"),
    "deep nesting": (b'{"type": "x", "data": ' + b"[" * 100_000, (HEADER,), "too_deep"),
    "not an object": (b"[1, 2]", (HEADER,), "no_type"),
    "unknown type": (_bent(type="org.freshwater.household.vanished.v1"), (HEADER,), "unknown_type"),
    "wrong version": (_bent(specversion="0.3"), (HEADER,), "invalid_event"),
    "a NUL": (_bent_data(visitor="a\0b"), (HEADER,), "invalid_event"),
    "lone surrogate": (_bent_data(visitor="\ud800"), (HEADER,), "invalid_json"),
    "megabyte": (_bent_data(visitor="v" * 1_000_000), (HEADER,), "invalid_event"),
    "key of no household": (_bent(partitionkey="somewhere"), (HEADER,), "invalid_event"),
    "undecidable": (visit(0, visitor="undecidable").value, (HEADER,), "undecidable"),
    "unstorable": (visit(1, visitor="unstorable").value, (HEADER,), "unstorable"),
}


async def test_each_bad_record_becomes_a_letter_and_its_neighbours_are_unharmed(stage: Stage) -> None:
    feed = []
    for number, (value, headers, _) in enumerate(BAD.values()):
        feed += [visit(2 * number + 100), Output(HOUSEHOLDS, None, b"key", value, headers), visit(2 * number + 101)]
    await stage.feed(feed)
    stage.start(0)
    good = 2 * len(BAD)
    await until(lambda: _told(stage, good), what="the good records' outputs")
    await until(lambda: _letters(stage, len(BAD)), what="the letters")

    (await stage.told()).check(good)
    letters = await stage.read(LETTERS)
    found = sorted((dict(letter.headers)["dlq-error"].decode(), letter.value or b"") for letter in letters)
    assert found == sorted((reason, value or b"") for value, _, reason in BAD.values())
    assert all(dict(letter.headers)["dlq-by"] == b"notify" for letter in letters)
    binary = next(letter for letter in letters if dict(letter.headers).get("x"))
    assert dict(binary.headers)["x"] == b"\xff\xfe\x00", "original headers are kept byte for byte"


async def test_a_replay_writes_the_same_letters(stage: Stage) -> None:
    await stage.feed([Output(HOUSEHOLDS, None, b"key", b"{", (HEADER,)), *[visit(n) for n in range(20)]])
    stage.start(0, FRESHWATER_SEAM="before_commit", FRESHWATER_SEAM_AT="1")
    await until(lambda: _ended(stage), what="the kill")
    stage.start(0)
    await until(lambda: _letters(stage, 2), what="the letter's second copy")
    letters = await stage.read(LETTERS)
    assert len({dict(letter.headers)["dlq-id"] for letter in letters}) == 1
    (await stage.told()).check(20)


async def test_a_flood_of_bad_records_stops_the_consumer(stage: Stage) -> None:
    await stage.feed([visit(n) for n in range(50)])
    await stage.feed([Output(HOUSEHOLDS, None, b"key", b"{", (HEADER,)) for _ in range(30)])
    process = stage.start(0, FRESHWATER_DEAD_LETTER_LIMIT="10", FRESHWATER_BATCH_RECORDS="5")
    await until(lambda: _ended(stage), what="the stop")
    assert process.returncode == 70
    assert len(await stage.read(LETTERS)) <= 10
    assert "could not be handled (limit 10)" in (stage.log / "0.log").read_text("utf-8")


async def _told(stage: Stage, count: int) -> bool:
    return len((await stage.told()).by_id()) >= count


async def _letters(stage: Stage, count: int) -> bool:
    return len(await stage.read(LETTERS)) >= count


async def _ended(stage: Stage) -> bool:
    return stage.processes[-1].poll() is not None


@pytest.mark.parametrize("reason", sorted({reason for *_, reason in BAD.values()}))
def test_every_reason_is_in_the_closed_list(reason: str) -> None:
    from typing import get_args

    from shared.dead_letters import Reason

    assert reason in get_args(Reason)
