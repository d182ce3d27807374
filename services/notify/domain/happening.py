"""An event as the decision sees it, a row of the table of feedback, and the notice that comes of the two.

What is made once an event or oftener is a named tuple: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.notify.domain.states import Submitted

Audience = Literal["household", "submitter", "bank", "authority", "department"]
NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Telling:
    """One audience of a type of event, as the catalogue's table has it.

    `only`: the values that a field of the event must have for this telling to apply.
    """

    audience: Audience
    to: str
    template: str
    channels: tuple[str, ...]
    urgency: str = "normal"
    starts_clock: bool = False
    weekly: bool = False
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    discloses: tuple[str, ...] = ()


class Concerned(NamedTuple):
    """An institution or authority in one of its parts in an event; `about` is the referral or the case.

    `obstacle`: what it cleared, where the event itself names none.
    """

    holder: str
    unit: str | None
    about: UUID
    promised: datetime | None = None
    obstacle: str | None = None


class Docking(NamedTuple):
    """What the summary of an event says of a demand: referrals, cases and remedies, each as its contract has it."""

    referrals: Mapping[UUID, Any] = NOTHING
    cases: Mapping[UUID, Any] = NOTHING
    remedies: tuple[Any, ...] = ()
    disbursed_yuan: int = 0


class Happening(NamedTuple):
    """One event. `name` is its type without prefix and version; `fields` are its own, without the summary.

    `concerned` holds who has which part (concerned, opened, before, …); `claimant` is the partner whose claim was
    refused; `sealed` holds ciphertext where the event itself brings the contact that it is for; `promised` is the day
    by which the next step is due; `again` says that what is told once a week was told in this one.
    """

    id: UUID
    type: str
    name: str
    household: UUID
    demand: UUID
    at: datetime
    fields: Mapping[str, Any]
    concerned: Mapping[str, tuple[Concerned, ...]] = NOTHING
    submitters: tuple[Submitted, ...] = ()
    merged: Submitted | None = None
    claimant: str | None = None
    sealed: Mapping[str, str] | None = None
    promised: datetime | None = None
    docking: Docking = Docking()
    simulated: bool = False
    again: bool = False


class Notice(NamedTuple):
    """One message to one recipient over one channel, and over which `then` where that one gives up.

    `about` makes it different from others of the same event.
    """

    telling: Telling
    recipient: str
    channel: str
    about: UUID
    language: str
    promised: datetime | None = None
    concerned: Concerned | None = None
    submitted: Submitted | None = None
    then: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """What, with the event, makes the delivery's id: the same fact is told to the same recipient once."""
        return f"{self.telling.audience}/{self.recipient}/{self.channel}/{self.about}"
