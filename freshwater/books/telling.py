"""What notify told: every notice has its row, what went to a door stands there once, what was sent was told of."""

from __future__ import annotations

from typing import Any

from freshwater.books.balance import Balance, balance
from freshwater.books.sides import Sides
from shared.contracts.topics import partner_of

SENT_BY_ITSELF = ("webhook", "email", "sms", "wechat")
"""Channels on which a delivery ends after its decision, and its end is told by the work that sends."""


def notices(sides: Sides) -> Balance:
    """Every notice that a decision counted has its row of deliveries, and no event that must be told has none."""
    expected, recorded = (int(sides.more("notify", "notices", side)) for side in ("expected", "recorded"))
    untold = sides.more("notify", "told_to_nobody") or []
    waiting = int(sides.more("notify", "deferred"))
    names = [f"nobody was told: {name}" for name in untold]
    difference = max(abs(expected - recorded), len(untold))
    return balance("notices", "通知", expected, recorded, in_flight=waiting, difference=difference, names=names)


def told(sides: Sides) -> Balance:
    """What stands on the doors that lead out is what was recorded for them, and nothing is there under two events."""
    doors = [agreement for name, agreement in sides.agreements.items() if partner_of(name)]
    in_flight = sum(each.in_flight for each in doors)
    recorded = sum(each["n"] for each in _deliveries(sides) if each["channel"] == "door") - in_flight
    on_doors = sum(each.on_topic for each in doors)
    names = [name for name in sides.strange if name.startswith("notice ")]
    return balance("told", "发出", recorded, on_doors, in_flight=in_flight, names=names)


def sendings(sides: Sides) -> Balance:
    """Every delivery that was sent, given up or held was told of, and every opening of a disclosure.

    The end is published first and written down after: what stood there before notify was asked is written down or still
    pending, and what is written down stands there by now.
    """
    sent = [each for each in _deliveries(sides) if each["channel"] in SENT_BY_ITSELF]
    # What an operator had sent again has ended more than once, and every end was told.
    ended = sum(each["endings"] for each in sent) + int(sides.more("notify", "openings"))
    pending = sum(each["n"] for each in sent if each["state"] == "pending")
    before, now = (facts.ended + facts.opened for facts in (sides.before, sides.all))
    told = min(max(ended, before - pending), now)
    return balance("sendings", "投递", ended, told, in_flight=pending)


def _deliveries(sides: Sides) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sides.more("notify", "deliveries") or []
    return found
