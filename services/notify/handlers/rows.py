"""Deliveries as rows: of a notice, of one that goes on by its next channel; and the one event that says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.notify.domain.delivery import Delivery, State
from services.notify.domain.disclosure import CALLED, OFFICE, Disclosure
from services.notify.domain.happening import Happening, Notice
from services.notify.domain.states import Household
from services.notify.domain.timing import DIGEST, LONGEST, expires, first_due, next_morning
from shared.contracts import feedback
from shared.contracts.ids import caused_id
from shared.contracts.topics import FEEDBACK
from shared.decision import Emit

AT_ONCE: dict[str, State] = {"door": "sent", "feed": "sent", "desk": "sent", "call_list": "held"}
"""Deliveries that need no sending: a door's event goes out with the decision, a feed is fetched, a call waits for a
person."""
NUMBERED = frozenset({"email", "sms", "wechat", "call_list"})
"""Channels whose receipts come back under a number: the delivery's own, unless the channel gives another one."""


class Moment(NamedTuple):
    """When something is told, and how fast the clock runs then."""

    now: datetime
    factor: float = 1.0


def row_of(identifier: UUID, happening: Happening, notice: Notice, content: bytes | None, at: Moment) -> Delivery:
    """A notice as it stands in the table before anything was sent."""
    telling, channel = notice.telling, notice.channel
    due = next_morning(at.now) if channel == DIGEST else first_due(at.now, telling.audience, channel, telling.urgency)
    return Delivery(
        id=identifier,
        cause=happening.id,
        cause_type=happening.type,
        household=happening.household,
        demand=notice.submitted.demand if notice.submitted else happening.demand,
        audience=telling.audience,
        recipient=notice.recipient,
        channel=channel,
        lane=_lane(channel, notice.recipient),
        template=telling.template,
        language=notice.language,
        state=AT_ONCE.get(channel, "pending"),
        attempt=1 if channel == "door" else 0,
        made_at=at.now,
        due_at=due,
        expires_at=expires(due, telling.urgency, at.factor),
        number=str(identifier) if channel in NUMBERED else None,
        content=content,
        simulated=happening.simulated,
        then=",".join(notice.then),
    )


def onward(before: Delivery, ways: Sequence[str], at: Moment) -> Delivery:
    """The same notice by the first of these ways, with as much time as it had by the one that gave up."""
    channel, identifier = ways[0], caused_id(before.id, "onward")
    due = first_due(at.now, before.audience, channel, "normal")
    return before._replace(
        id=identifier,
        channel=channel,
        lane=_lane(channel, before.recipient),
        state=AT_ONCE.get(channel, "pending"),
        attempt=0,
        made_at=at.now,
        due_at=due,
        expires_at=due + min(before.expires_at - before.due_at, LONGEST),
        number=str(identifier) if channel in NUMBERED else None,
        reason=None,
        content=None if channel == "desk" else before.content,
        then=",".join(ways[1:]),
    )


def _lane(channel: str, recipient: str) -> str:
    return f"{channel}/{recipient}" if channel == "webhook" else channel


def noticed(rows: Sequence[Delivery], demand: UUID) -> Emit:
    """One event for all that were told at once of one cause: half of what notify says would be this otherwise."""
    first = rows[0]
    data = feedback.Noticed(
        demand=demand, cause=first.cause, cause_type=first.cause_type, notices=[_line(row, demand) for row in rows]
    )
    return Emit(FEEDBACK, data, first.household, demand, simulated=first.simulated)


def _line(row: Delivery, demand: UUID) -> feedback.Notice:
    place: dict[str, Any] = {"audience": row.audience, "recipient": row.recipient, "channel": row.channel}
    other = row.demand if row.demand != demand else None
    outcome: Literal["sent", "held"] = "held" if row.state == "held" else "sent"
    return feedback.Notice(delivery=row.id, outcome=outcome, demand=other, **place)


def leave_to_call(row: Delivery, household: Household, known: Collection[str], until: datetime) -> Disclosure | None:
    """The leave to look up the number that has to be called, as long as the household takes messages.

    `known`: what was sealed with the demand.
    """
    fields = tuple(name for name in CALLED if name in known)
    if not fields or not household.allows("messages", row.made_at.date()):
        return None
    return Disclosure(
        id=caused_id(row.id, "call"),
        household=row.household,
        demand=row.demand,
        audience="department",
        recipient=OFFICE,
        holder=OFFICE,
        about=row.id,
        fields=fields,
        reason="call_list",
        made_at=row.made_at,
        expires_at=until,
    )
