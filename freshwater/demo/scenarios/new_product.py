"""`--scenario new-product`: a product published while it runs, and how soon those who waited for it are at its bank."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from freshwater.catalogue.release import publish
from freshwater.demo.figures import spread
from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.scenario import Scenario
from freshwater.places import CHECKOUT
from shared.broker import consumer_options
from shared.catalogue.release import Release, release_of
from shared.contracts.entities import Criterion, Product
from shared.contracts.topics import CATALOGUE, REFERRALS
from shared.settings import Settings

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

BANK = "beichen"
PRODUCT = Product(
    id="beichen-fresh-start",
    zh="北辰复业贷（演示）",
    en="Northern Dipper fresh-start loan (demonstration)",
    bank=BANK,
    regions=["620000"],
    amount_min=1,
    amount_max=3_000_000,
    term_min=1,
    term_max=120,
    rate_bp=480,
    criteria=[Criterion(fact="overdue_now", op="is", value=False)],
)
"""Invented. It asks for no licence: most of the demands of this scenario wait for one."""
WAITING = frozenset({"obstructed", "standing", "consent_wanted"})
SHARE_WAITING = 0.4
"""It is published once so many of the demands wait."""
PROMISED_SECONDS = 10.0
LOOK_SECONDS = 0.1
AT_REST = 50
"""And once so few records wait that it is the product's way that is measured."""


class _Referral(msgspec.Struct):
    product: str
    round: int


class _Summary(msgspec.Struct):
    demand: UUID
    state: str = ""
    round: int = 0
    referrals: list[_Referral] = []


class _Data(msgspec.Struct):
    summary: _Summary | None = None


class _Event(msgspec.Struct):
    type: str
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class NewProduct:
    """Who waited when it was published, when each came to its bank, and what a full look again finds."""

    states: dict[UUID, str] = field(default_factory=dict)
    waited: frozenset[UUID] = frozenset()
    published: int | None = None
    taken_up: dict[UUID, int] = field(default_factory=dict)
    again: Mapping[str, Any] | None = None

    def take(self, topic: str, value: bytes, at: int) -> None:
        """The state of each demand, and its first round that holds the new product. `at` is in real milliseconds."""
        if topic != REFERRALS:
            return
        event = _decode(value)
        summary = event.data.summary
        if summary is None:
            return
        self.states[summary.demand] = summary.state
        if event.type.endswith(".round-opened.v1"):
            new = any(each.product == PRODUCT.id and each.round == summary.round for each in summary.referrals)
            if new and summary.demand in self.waited:
                self.taken_up.setdefault(summary.demand, at)

    @property
    def waiting(self) -> frozenset[UUID]:
        """The demands that wait now."""
        return frozenset(demand for demand, state in self.states.items() if state in WAITING)

    def figures(self) -> dict[str, Any]:
        """Its part of the last line; `missed` is None where the run ended before anybody looked again."""
        in_time = [at for at in self.taken_up.values() if at - (self.published or 0) <= PROMISED_SECONDS * 1000]
        seconds = [at - (self.published or 0) for at in in_time]
        return {
            "waited_when_published": len(self.waited),
            "rematched": len(in_time),
            "seconds_to_rematch": spread(seconds) if seconds else None,
            "seconds_of_the_last": round(max(seconds) / 1000, 1) if seconds else None,
            "looked_at_again": self.again["waiting"] if self.again else None,
            "missed": self._missed(),
        }

    def _missed(self) -> int | None:
        """Of all who wait, weighed again: those who would go to the bank for the new product, and did not."""
        return None if self.again is None else sum(PRODUCT.id in each["products"] for each in self.again["overlooked"])

    def lines(self) -> list[str]:
        found = self.figures()
        return [
            f"{PRODUCT.id} was published while {found['waited_when_published']} demands waited",
            f"  at its bank within {PROMISED_SECONDS:.0f} s: {found['rematched']}, "
            f"the last after {found['seconds_of_the_last']} s",
            f"  all {found['looked_at_again']} who wait still, weighed again: missed: {found['missed']}",
        ]


def _with_product(release: Release) -> Release:
    return release_of(release.number, {**dict(release.entities()), ("product", PRODUCT.id): PRODUCT})


async def _beside(on: Scene, plan: Plan) -> None:
    """Publish once enough wait; look after the promised time whether anybody was missed."""
    watched = on.observer
    assert isinstance(watched, NewProduct)
    while len(watched.waiting) < plan.demands * SHARE_WAITING:  # noqa: ASYNC110 - the observer tells by a count
        await asyncio.sleep(LOOK_SECONDS)
    await on.pace.room(AT_REST)
    watched.waited = watched.waiting
    on.report(f"Publishing {PRODUCT.id} while {len(watched.waited)} demands wait")
    changes = await publish(_with_product(on.stack.release), on.stack.settings, on.pacer.clock.now())
    watched.published = await _written_at(on.stack.settings)
    on.report(f"Release {changes.release} is out")
    await asyncio.sleep(max(watched.published / 1000 + PROMISED_SECONDS - time.time(), 0))
    watched.again = await _overlooked(on.stack.environment("matching"))
    on.report("\n".join(watched.lines()))


async def _written_at(settings: Settings) -> int:
    """When Kafka got the marker that ended the release, in real milliseconds: from then on it is published."""
    place = TopicPartition(settings.topic_prefix + CATALOGUE, 0)
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, (await consumer.end_offsets([place]))[place] - 1)
        return int((await consumer.getone()).timestamp)
    finally:
        await consumer.stop()


async def _overlooked(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Matching weighs all who wait again."""
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "services.matching", "overlooked"),
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await asked.communicate()
    found: Mapping[str, Any] = json.loads(said)
    return found


def _plan(plan: Plan) -> Plan:
    return replace(plan, ends=True, obstructed=True)


SCENARIO = Scenario(
    "new-product",
    "200 demands that wait, and a product published meanwhile: how soon they are at its bank, and who was missed",
    plan=_plan,
    beside=_beside,
    observer=lambda _: NewProduct(),
    known=_with_product,
)
