"""Events of `freshwater.feedback.v1`: who was told what. Written by notify."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Value

Audience = Literal["household", "submitter", "bank", "authority", "department"]
Channel = Literal["webhook", "email", "sms", "wechat", "door", "feed", "call_list", "desk"]


class OfCause(Data):
    """What follows from one event: which one, and of which demand it is."""

    demand: UUID
    cause: UUID
    cause_type: Code


class Notice(Value):
    """One recipient of an event that was told at once. `demand` where the submitter knows it under another id."""

    delivery: UUID
    audience: Audience
    recipient: Code
    channel: Channel
    outcome: Literal["sent", "held"]
    demand: UUID | None = None


class Noticed(OfCause):
    """Who was told with the decision itself: all by one event. What is sent later is told one by one, when it ends."""

    TYPE: ClassVar[str] = "org.freshwater.feedback.noticed.v1"
    notices: list[Notice]


class DeliveryData(OfCause):
    """One notice to one recipient by one channel; no text and no address, only what it was about."""

    delivery: UUID
    audience: Audience
    recipient: Code
    channel: Channel
    attempt: int


class Sent(DeliveryData):
    TYPE: ClassVar[str] = "org.freshwater.feedback.sent.v1"


class Failed(DeliveryData):
    """Given up."""

    TYPE: ClassVar[str] = "org.freshwater.feedback.failed.v1"
    reason: Code


class Held(DeliveryData):
    """The end of an attempt is unknown and a repeat could not be told from a first: a receipt or a person decides."""

    TYPE: ClassVar[str] = "org.freshwater.feedback.held.v1"


class IdentityDisclosed(Data):
    """Fields of an identity were sent to a recipient, within the consent."""

    TYPE: ClassVar[str] = "org.freshwater.feedback.identity-disclosed.v1"
    demand: UUID
    recipient: Code
    fields: list[Code]
    reason: Code


class DisclosureOpened(Data):
    """Somebody opened the disclosure page: who, what, when, why."""

    TYPE: ClassVar[str] = "org.freshwater.feedback.disclosure-opened.v1"
    demand: UUID
    recipient: Code
    person: Code
    fields: list[Code]
    reason: Code


EVENTS = (Noticed, Sent, Failed, Held, IdentityDisclosed, DisclosureOpened)
