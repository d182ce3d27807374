"""What follows later of deliveries: the next channel, the message of a morning, another try that somebody asks for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from services.notify import store
from services.notify.domain.delivery import Content, Delivery, ways_on
from services.notify.domain.states import Household
from services.notify.domain.timing import expires, lasts
from services.notify.handlers.rows import AT_ONCE, Moment, leave_to_call, noticed, onward
from services.notify.handlers.scene import Scene
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.ids import caused_id
from shared.decision import Decision, Emit, Taken, World

DIGEST_TEMPLATE = "digest"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Content).decode


def next_channel(data: Any, world: World, household: Household) -> Decision:
    """What was given up goes on by the next channel that reaches its recipient."""
    scene: Scene = world.extra
    delivery = scene.deliveries.get(data.subject)
    if delivery is None or delivery.state != "failed":
        return Decision()
    return went_on(delivery, world, household)


def went_on(delivery: Delivery, world: World, household: Household, *emits: Emit) -> Decision:
    """The decision that carries a notice over to its next channel; `emits` go before what follows of it."""
    scene: Scene = world.extra
    ways = ways_on(delivery)
    if not ways or household.erased:
        return Decision(emits)
    row = onward(delivery, ways, Moment(world.now, scene.factor))
    rows: list[Any] = [row]
    if row.channel == "call_list":
        until = row.made_at + lasts(scene.means.link_life, scene.factor)
        rows += filter(None, [leave_to_call(row, household, scene.sealed.get(row.demand, ()), until)])
    said = [noticed([row], row.demand)] if row.channel in AT_ONCE and row.channel != "desk" else []
    return Decision([*emits, *said], rows=rows, counters=b"1")


def morning(taken: Taken, world: World, household: Household) -> Decision:
    """What was collected for a household becomes one message."""
    scene: Scene = world.extra
    identifier = taken.event.data.subject
    collected = sorted(scene.collected.get(identifier, {}).values())
    if not collected:
        return Decision()
    if household.erased:
        return Decision(rows=[store.Settled(row.id, "pending", "failed", "erased") for row in collected])
    settled = [store.Settled(row.id, "pending", "sent") for row in collected]
    row = _message(taken.id, collected, world)
    return Decision(rows=[*settled, row], counters=b"1")


def _message(cause: UUID, collected: list[Delivery], world: World) -> Delivery:
    """To the contact of the newest demand, by the channels that its notice would have gone."""
    scene: Scene = world.extra
    newest = collected[-1]
    short = scene.means.ground.reach.short
    ways = [way for way in newest.then.split(",") if way not in ("sms", "wechat") or (way, DIGEST_TEMPLATE) in short]
    parts = tuple((row.template, _decode(row.content or b"").values) for row in collected)
    before = newest._replace(
        id=cause,
        cause=cause,
        cause_type=NotifyDeadlinePassed.TYPE,
        template=DIGEST_TEMPLATE,
        content=_encode(Content(collected=parts)),
    )
    row = onward(before, ways, Moment(world.now, scene.factor))
    return row._replace(id=caused_id(cause, "morning"), expires_at=expires(row.due_at, "normal", scene.factor))


def again(data: Any, world: World) -> Decision:
    """An operator has it sent again: what was given up, or what was held and is known not to have come."""
    scene: Scene = world.extra
    delivery = scene.deliveries.get(data.subject)
    if delivery is None or delivery.state not in ("failed", "held") or delivery.channel in AT_ONCE:
        return Decision()
    until = expires(world.now, "normal", scene.factor)
    return Decision(rows=(store.Settled(delivery.id, delivery.state, "pending", "retried", None, until),))
