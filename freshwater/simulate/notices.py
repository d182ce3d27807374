"""What a partner hears (`told.v1`), as far as the simulated ones look at it, and what they do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from shared.contracts.door import ClaimMade
from shared.contracts.told import Told


class Plan(msgspec.Struct):
    rate_bp: int
    amount_yuan: int


class Referral(msgspec.Struct):
    id: UUID
    bank: str
    unit: str
    product: str
    round: int
    state: str = ""
    plan: Plan | None = None


class Case(msgspec.Struct):
    id: UUID
    obstacle: str
    authority: str
    level: str
    state: str
    raised: int = 0


class AgendaItem(msgspec.Struct):
    id: UUID
    obstacle: str
    reasons: list[str] = []
    households: int = 0
    authorities: list[str] = []


class Step(msgspec.Struct):
    kind: str
    fact: str
    target: Any = None
    obstacle: str | None = None


class Remedy(msgspec.Struct):
    steps: list[Step]


class Notice(msgspec.Struct):
    """One notice. `concerns` is the referral or case that it is about."""

    notice: UUID
    about: str
    audience: str
    demand: UUID
    source_id: str | None = None
    concerns: UUID | None = None
    referral: Referral | None = None
    case: Case | None = None
    card: dict[str, Any] = {}
    remedies: list[Remedy] = []
    agenda: list[AgendaItem] = []
    plan: Plan | None = None

    @property
    def name(self) -> str:
        """org.freshwater.referral.round-opened.v1 -> referral.round-opened."""
        return self.about.removeprefix("org.freshwater.").rpartition(".")[0]


class Heard(msgspec.Struct):
    """The envelope around it; `time` is when it was decided, in simulated time."""

    id: str
    type: str
    time: datetime
    data: Notice
    simulated: bool = False


_decode = msgspec.json.Decoder(Heard).decode


def heard(value: bytes) -> Heard | None:
    """A notice, or None for what is none (an older or newer version, another type)."""
    try:
        found = _decode(value)
    except msgspec.DecodeError:
        return None
    return found if found.type == Told.TYPE else None


@dataclass(frozen=True, slots=True)
class Act:
    """What a simulated party will say: so long after what it heard, through its partner.

    `thing` is what it is about: when that is over, what was not yet said of it is dropped.
    """

    after: timedelta
    type: str
    data: Mapping[str, Any]
    thing: UUID
    name: str

    def event_id(self) -> str:
        """Another start of the simulation says the same under the same id."""
        return f"{self.thing}/{self.name}"


@dataclass(frozen=True, slots=True)
class Response:
    """What follows from one notice: acts to come, and things that are over."""

    acts: tuple[Act, ...] = ()
    over: tuple[UUID, ...] = ()


NOTHING = Response()


def claim(
    after: timedelta,
    action: str,
    *,
    referral: UUID | None = None,
    case: UUID | None = None,
    scope: str = "",
    person: str | None = None,
    **details: Any,
) -> Act:
    """A claim about one referral or one case. `scope` tells apart what two parties may say of the same thing."""
    named = {"referral": referral, "case": case, "person": person}
    said = {name: str(value) for name, value in named.items() if value is not None}
    thing = referral or case
    assert thing is not None
    return Act(
        after, ClaimMade.TYPE, {"action": action, **said, "details": details}, thing, _name(action, scope, details)
    )


def _name(action: str, scope: str, details: Mapping[str, Any]) -> str:
    """What one party says twice about one thing is told apart by its number or outcome."""
    return "/".join(filter(None, (action, scope, details.get("number"), details.get("outcome"))))
