"""Events of `freshwater.receipts.v1`: what a channel says became of a message. Written by intake."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Text


class ReceiptCame(Data):
    """`number` is the message's as the channel gave it; of a call its delivery's id, and the outcome how it ended."""

    TYPE: ClassVar[str] = "org.freshwater.receipt.came.v1"
    number: Code
    channel: Literal["sms", "wechat", "email", "call_list"]
    outcome: Literal["delivered", "bounced", "rejected", "reached", "not_reached", "wrong_number", "refused"]
    reason: Text | None = None


EVENTS = (ReceiptCame,)
