"""After an older backup: how deliveries ended is learnt from what was said of it, so that nothing is sent again.

The loop makes its rows again, as waiting; who tells of an end is the sending, which decides nothing and is not asked
again. Its events were found on our own topic, under ids made of delivery and attempt.
"""

from __future__ import annotations

from uuid import UUID

from services.notify.domain.delivery import State
from services.notify.store import sending as store
from services.notify.store.sending import Learnt
from shared.contracts import feedback
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id
from shared.contracts.registry import read_event
from shared.database import Connection
from shared.rendering import unpack_one

_ENDS: dict[str, type[Data]] = {each.TYPE: each for each in (feedback.Sent, feedback.Failed, feedback.Held)}
_STATES: dict[type[Data], State] = {feedback.Sent: "sent", feedback.Failed: "failed", feedback.Held: "held"}


async def learn(connection: Connection) -> None:
    """End the waiting deliveries whose end has been told. What was given up goes on by its next channel, as then."""
    found: dict[UUID, Learnt] = {}
    for output, decided_at in await store.told_ends(connection):
        event = read_event(unpack_one(output).value, _ENDS)
        data = event.data
        reason = data.reason if isinstance(data, feedback.Failed) else None
        learnt = Learnt(data.delivery, data.attempt, _STATES[type(data)], reason, decided_at)
        # The first end comes first: another one follows when somebody had it sent again.
        found.setdefault(data.delivery, learnt)
    if found:
        async with connection.transaction():
            ended = await store.learn(connection, list(found.values()))
            for each in (found[delivery] for delivery in ended):
                if each.state == "failed":
                    onward = {each.delivery: caused_id(each.delivery, f"onward/{each.attempt}")}
                    await store.go_on(connection, onward, each.decided_at)
