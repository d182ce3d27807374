"""What a channel says afterwards of a message: its delivery is settled by the deadline that the receipt sets."""

from __future__ import annotations

from typing import Any

from services.notify import store
from services.notify.domain.delivery import Delivery, after_receipt, facts_of
from services.notify.handlers.scene import Scene
from services.notify.handlers.table import RECEIPT
from shared.contracts import feedback
from shared.contracts.topics import FEEDBACK
from shared.decision import IGNORED, Deadline, Decision, Emit, World


def came(data: Any, world: World) -> Decision:
    """Receipts have no household: a deadline that is due now takes it to the delivery's, in the order of its events."""
    scene: Scene = world.extra
    due = [
        Deadline(each.household, each.id, RECEIPT + data.outcome, world.now)
        for each in scene.numbered.get(data.number, ())
    ]
    return Decision(deadlines=due) if due else IGNORED


def settled(data: Any, world: World) -> Decision:
    """What the receipt makes of its delivery. Never ignored: an ignored deadline would stay in its table."""
    scene: Scene = world.extra
    delivery = scene.deliveries.get(data.subject)
    if delivery is None:
        return Decision()
    if delivery.state == "pending":
        # The receipt was faster than the row of the attempt that it is for.
        return Decision(deadlines=(Deadline(delivery.household, delivery.id, data.kind, world.now + scene.later),))
    follows = after_receipt(delivery.state, data.kind.removeprefix(RECEIPT))
    if follows is None:
        return Decision()
    row = store.Settled(delivery.id, delivery.state, follows.state, follows.reason)
    return Decision(emits=(_told(delivery, row),), rows=(row,))


def _told(delivery: Delivery, row: store.Settled) -> Emit:
    facts = facts_of(delivery)
    sent = row.state == "sent"
    data = feedback.Sent(**facts) if sent else feedback.Failed(**facts, reason=row.reason or "bounced")
    return Emit(FEEDBACK, data, delivery.household, delivery.demand, simulated=delivery.simulated)
