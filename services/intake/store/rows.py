"""The rows that decisions make and indexes are made of."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID


class Submission(NamedTuple):
    """Where a demand is: its household, and the survivor if it was merged. `new`: not in the table before."""

    demand: UUID
    household: UUID
    survivor: UUID | None
    new: bool = True


class Opened(NamedTuple):
    """From now on the household's one open demand for a purpose."""

    household: UUID
    purpose: str
    demand: UUID


class Freed(NamedTuple):
    """The purpose is free for another demand."""

    household: UUID
    purpose: str
    demand: UUID


class Link(NamedTuple):
    """A referral or a case, and its bank or authority."""

    id: UUID
    demand: UUID
    household: UUID
    party: str


class Saying(NamedTuple):
    """Something that was said, and a hash of what."""

    id: UUID
    fingerprint: bytes


class Held(NamedTuple):
    """A claim that waits for its referral or case. `partner`: whose door it came by."""

    id: UUID
    reference: UUID
    partner: str
    value: bytes


class Released(NamedTuple):
    """It waits no longer."""

    id: UUID


class Limit(NamedTuple):
    unit: str
    version: int


class Verdict(NamedTuple):
    """What became of a request by HTTP."""

    receipt: UUID
    verdict: str
    demand: UUID | None
    problems: bytes | None


class Visit(NamedTuple):
    """A bank's visit to a household."""

    household: UUID
    bank: str
    on: date


class ShopReleased(NamedTuple):
    """Somebody else runs the shop: its numbers lead to this household no more."""

    household: UUID


class FileRefused(NamedTuple):
    """A file that belongs to nothing: it goes."""

    file: UUID


class Erase(NamedTuple):
    """A household to be forgotten by the vault, when the transaction is about to be committed."""

    household: UUID
