"""What a channel says afterwards of a message: its delivery is settled by the deadline that the receipt sets."""

from __future__ import annotations

from typing import Any

from services.notify import store
from services.notify.domain.delivery import Delivery, after_receipt, facts_of
from services.notify.domain.disclosure import OFFICE, TakenBack
from services.notify.domain.states import Household
from services.notify.handlers.onward import went_on
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


def settled(data: Any, world: World, household: Household) -> Decision:
    """What the receipt makes of its delivery. Never ignored: an ignored deadline would stay in its table."""
    scene: Scene = world.extra
    delivery = scene.deliveries.get(data.subject)
    if delivery is None:
        return Decision()
    if delivery.state == "pending":
        # The receipt was faster than the row of the attempt that it is for.
        return Decision(deadlines=(Deadline(delivery.household, delivery.id, data.kind, world.now + scene.later),))
    outcome = data.kind.removeprefix(RECEIPT)
    follows = after_receipt(delivery.state, outcome, delivery.attempt)
    if follows is None:
        return Decision()
    attempt = delivery.attempt + (delivery.channel == "call_list")
    row = store.Settled(delivery.id, delivery.state, follows.state, follows.reason, attempt)
    over = [TakenBack(delivery.id, OFFICE)] if delivery.channel == "call_list" and follows.state != "held" else []
    after = delivery._replace(state=follows.state, reason=follows.reason, attempt=attempt)
    told = _told(after)
    decision = went_on(after, world, household, told) if follows.state == "failed" else Decision((told,))
    return decision._replace(rows=[row, *over, *decision.rows])


def _told(delivery: Delivery) -> Emit:
    facts = facts_of(delivery)
    data: feedback.DeliveryData = (
        feedback.Failed(**facts, reason=delivery.reason or "bounced")
        if delivery.state == "failed"
        else feedback.Sent(**facts)
        if delivery.state == "sent"
        else feedback.Held(**facts)
    )
    return Emit(FEEDBACK, data, delivery.household, delivery.demand, simulated=delivery.simulated)
