"""Whole histories, repeated, cut into other batches, and with their topics read in another order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.handlers import Matching
from shared.contracts import actions, capacity, demands, households
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id
from shared.contracts.topics import ACTIONS, CAPACITY, DEMANDS
from shared.database import Connection, Database, connect
from shared.decision import Emit, Record
from shared.loop import Loop
from shared.rendering import Cause, Output, render
from shared.workdays import national
from tests.matching.room import CONSENT, DEMAND, HOUSEHOLD, START, OneRelease, Room, facts, summary
from tests.matching.words import PLAN, by, of_household

UNIT = "beichen-620102"
TABLES = "journal, offsets, states, deadlines, units, look_alikes, reduced_intake"


def record(topic: str, data: Data, offset: int, key: UUID | str = HOUSEHOLD) -> Record:
    cause = Cause(caused_id(HOUSEHOLD, f"{topic} {offset}"), "c", None)
    text = key if isinstance(key, str) else None
    emit = Emit(topic, data, HOUSEHOLD, DEMAND if text is None else text, offset, key_text=text)
    output = render("intake", emit, 0, cause, START)
    return Record(topic, 0, offset, 0, output.key, output.value, output.headers)


def history() -> list[Record]:
    """A demand on its way to money at one bank, with a decline, a limit and a refused claim on the way."""
    found: list[Record] = []

    def say(topic: str, data: Data, key: UUID | str = HOUSEHOLD) -> None:
        found.append(record(topic, data, len(found), key))

    say(CAPACITY, capacity.LimitDeclared(bank="beichen", unit=UNIT, version=1, open_limit=3), UNIT)
    say(DEMANDS, demands.Accepted(summary=summary()))
    # The referrals' ids follow from the event that opened the round.
    opened = _event_id(found[-1])
    referral = {bank: caused_id(opened, f"{bank}/{product}") for bank, product in _round()}
    first, second = list(referral)[:2]
    say(ACTIONS, actions.BankAccepts(**by(first, referral[first])))
    say(ACTIONS, actions.BankAccepts(**by(first, referral[first])))
    say(ACTIONS, actions.BankDeclines(**by(second, referral[second], code="BANK_DECISION")))
    say(ACTIONS, actions.BankOffers(**by(first, referral[first], plan=PLAN)))
    say(CAPACITY, capacity.LimitDeclared(bank="beichen", unit=UNIT, version=2, open_limit=0), UNIT)
    say(ACTIONS, actions.HouseholdChooses(**of_household(referral[first])))
    say(ACTIONS, actions.BankGrants(**by(first, referral[first], amount_yuan=150_000, rate_bp=345)))
    draw = {"amount_yuan": 150_000, "on": START.date()}
    say(ACTIONS, actions.BankDisburses(**by(first, referral[first], number="1", **draw)))
    say(ACTIONS, actions.BankDisburses(**by(first, referral[first], number="1", **draw)))
    return found


def _event_id(taken: Record) -> UUID:
    read = Matching(OneRelease(), national().add_workdays).read(taken)
    assert read is not None
    return read.id


def _round() -> list[tuple[str, str]]:
    """Which banks with which products a first demand goes to."""
    room = Room()
    room.accept()
    return [(each.bank, each.product) for each in room.demand().live]


async def _told(dsn: str, batches: Sequence[Sequence[Record]]) -> tuple[Any, ...]:
    """What follows from a history in these batches: all outputs in order, the journal, states, deadlines, units."""
    connection = await connect(dsn, "matching")
    await connection.execute(f"TRUNCATE {TABLES}")
    told: list[Output] = []

    async def publish(outputs: Sequence[Output]) -> None:
        told.extend(outputs)

    database = Database(dsn, "matching", "history")
    service = Matching(OneRelease(), national().add_workdays)
    loop = Loop(service, database, publish, lambda: START, age_limit_seconds=60, dead_letter_limit=10)
    for batch in batches:
        await loop.turn(batch)
    kept = [await _rows(connection, table) for table in ("journal", "states", "deadlines", "units", "look_alikes")]
    await database.close()
    await connection.close()
    return ([(each.topic, each.key, each.value) for each in told], *kept)


async def _rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    rows = await connection.fetch(f"SELECT * FROM {table}")
    # What differs by its nature: which transaction wrote it, and how full the units were in the same batch's view.
    own = ("transaction", "lowered_from", "standard", "answered", "lapsed")
    return sorted(({k: v for k, v in row.items() if k not in own} for row in rows), key=str)


async def test_a_history_says_the_same_in_whatever_batches_and_however_often_it_comes(schema: str) -> None:
    said = history()
    one_by_one = await _told(schema, [[each] for each in said])
    at_once = await _told(schema, [said])
    assert at_once == one_by_one
    names = [value.split(b'"type":"org.freshwater.referral.')[1].split(b".")[0] for _, _, value in one_by_one[0]]
    assert names[:3] == [b"round-opened", b"accepted", b"action-refused"]
    assert names[-2:] == [b"funded", b"action-refused"]
    repeated = [each for part in range(0, len(said), 3) for each in (said[: part + 3], said[part : part + 3])]
    outputs, *kept = await _told(schema, repeated)
    assert kept == list(one_by_one[1:])
    first: dict[bytes, None] = dict.fromkeys(value for _, _, value in outputs)
    assert list(first) == [value for _, _, value in one_by_one[0]], "copies say what the first said, byte for byte"


def _topics(chance: random.Random) -> list[list[tuple[Data, Any]]]:
    """One household's events by topic, each in its own order."""
    late = CONSENT.model_copy(update={"given_at": START + timedelta(hours=1), "added_banks": ["xinxiu"]})
    amount = chance.choice([100_000, 150_000, 300_000])
    changed: dict[str, Any] = {"debt_ratio": chance.choice([30, 50]), "operating_months": chance.choice([10, 40])}
    about = households.HouseholdSummary(household=HOUSEHOLD, consent=late, bank_limit=3)
    of_demand: list[Data] = [
        demands.Accepted(summary=summary()),
        demands.FactsSupplied(summary=summary(facts=facts(**changed)), changed=sorted(changed)),
        demands.EvidenceAttached(
            summary=summary(facts=facts(**changed)), kind="licence", file=UUID(int=7), sha256="0" * 64
        ),
        demands.Adjusted(summary=summary(facts=facts(**changed), amount_yuan=amount), changed=["amount_yuan"]),
    ]
    limits = [
        capacity.LimitDeclared(bank="beichen", unit=UNIT, version=version, open_limit=chance.choice([0, 1, 9]))
        for version in (1, 2)
    ]
    return [
        [(each, HOUSEHOLD) for each in of_demand],
        [(households.ConsentGiven(summary=about, banks=["xinxiu"]), HOUSEHOLD)],
        [(each, UNIT) for each in limits],
    ]


def _read(seed: int, order: int) -> Room:
    topics, room = _topics(random.Random(seed)), Room()
    chance = random.Random(order)
    while any(topics):
        data, key = chance.choice([topic for topic in topics if topic]).pop(0)
        room.tell(data, key)
        room.check()
        room.later(minutes=1)
    room.later(minutes=1)
    room.ring_all_due()
    room.check()
    return room


@given(st.integers(0, 2**16), st.integers(0, 2**16), st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_topics_read_in_another_order_end_in_the_same_knowledge(seed: int, one: int, other: int) -> None:
    first, second = _read(seed, one), _read(seed, other)
    mine, its = first.demand(), second.demand()
    assert (mine.facts, mine.amount_yuan, mine.evidence) == (its.facts, its.amount_yuan, its.evidence)
    assert mine.label == its.label
    assert first.household.consent == second.household.consent
    limit = [room.world.extra.units[UNIT].limit for room in (first, second)]
    assert limit[0] == limit[1]
    for room in (first, second):
        opened = room.world.extra.units[UNIT].open
        assert opened <= (limit[0] or 0)
