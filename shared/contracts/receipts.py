"""Events of `freshwater.receipts.v1`: what a channel says became of a message. Written by intake."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Text


class ReceiptCame(Data):
    """`number` is the message's as the channel gave it."""

    TYPE: ClassVar[str] = "org.freshwater.receipt.came.v1"
    number: Code
    channel: Literal["sms", "wechat", "email"]
    outcome: Literal["delivered", "bounced", "rejected"]
    reason: Text | None = None


EVENTS = (ReceiptCame,)
