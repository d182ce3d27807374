"""Events of `freshwater.feedback.v1`: who was told what. Written by notify."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Data
from shared.contracts.values import Code

Audience = Literal["household", "submitter", "bank", "authority", "department"]
Channel = Literal["webhook", "email", "sms", "wechat", "door", "call_list", "desk"]


class DeliveryData(Data):
    """One notice to one recipient by one channel; no text and no address, only what it was about."""

    delivery: UUID
    demand: UUID
    cause: UUID
    cause_type: Code
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


EVENTS = (Sent, Failed, Held, IdentityDisclosed, DisclosureOpened)
