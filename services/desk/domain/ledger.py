"""The ledger (台账链): a chain of hashes per partition over what happened, one over what people did at the desk, and a
root over the ends of all chains.

Whoever changes, removes or inserts a row must make every later link anew, and every root; a root that was printed or
published stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

NOBODY = UUID(int=0)
NOTHING = bytes(32)
"""What stands before the first link, and in the place of a line that an event has not."""
PEOPLE = 2**31 - 1
"""The chain of what people did at the desk, every look at a demand among it. The others are named as partitions."""
EVERY = timedelta(hours=1)
"""How often a root is written, by the campaign's clock."""


class Noted(NamedTuple):
    """One event as it was taken, before it has its place in a chain; or what somebody did, which was no event: then
    `record` is NOTHING, `event` the id of its line, and `household` the demand it was about or `NOBODY`."""

    chain: int
    household: UUID
    event: UUID
    record: bytes
    line: bytes | None


class Entry(NamedTuple):
    """One row of the ledger; numbers of a chain count from 1."""

    chain: int
    number: int
    household: UUID
    event: UUID
    record: bytes
    line: bytes | None
    link: bytes


class End(NamedTuple):
    """The last entry of a chain, as it stands beside the ledger and in roots."""

    chain: int
    number: int
    link: bytes


def line_hash(row: Iterable[object]) -> bytes:
    """The hash of a line of the timeline, or of what people did, of all its columns; the same before it is written and
    after it was read."""
    texts = [
        str(value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value).encode()
        if not isinstance(value, bytes)
        else value
        for value in row
    ]
    # Each with its length: no two rows become one text.
    return sha256(b"".join(len(text).to_bytes(4, "big") + text for text in texts)).digest()


def link_of(before: bytes, entry: Entry | Noted, number: int) -> bytes:
    """The hash of an entry and of the link before it."""
    place = entry.chain.to_bytes(4, "big") + number.to_bytes(8, "big") + entry.household.bytes + entry.event.bytes
    return sha256(before + place + entry.record + (entry.line or NOTHING)).digest()


def appended(end: End, noted: Iterable[Noted]) -> list[Entry]:
    """The entries of a chain that follow its end, in order."""
    found, number, link = [], end.number, end.link
    for each in noted:
        number += 1
        link = link_of(link, each, number)
        found.append(Entry(each.chain, number, each.household, each.event, each.record, each.line, link))
    return found


def root_of(before: bytes, number: int, at: datetime, ends: Sequence[End]) -> bytes:
    """One hash over the ends of all chains, in order, and the root before."""
    head = number.to_bytes(8, "big") + at.astimezone(UTC).isoformat(timespec="microseconds").encode()
    parts = (end.chain.to_bytes(4, "big") + end.number.to_bytes(8, "big") + end.link for end in sorted(ends))
    return sha256(before + head + b"".join(parts)).digest()


def faults_of_entry(entry: Entry, before: End, line: Sequence[object] | None) -> Iterator[tuple[str, str]]:
    """What is wrong with one entry, given the one before it in its chain and its line as it is now: in the timeline, or
    among what people did."""
    name = f"chain {entry.chain} entry {entry.number}, event {entry.event}"
    where = "the records of what people did" if entry.chain == PEOPLE else "the timeline"
    if entry.number != before.number + 1:
        yield "removed", f"chain {entry.chain}: entries {before.number + 1} to {entry.number - 1} are missing"
    elif entry.link != link_of(before.link, entry, entry.number):
        yield "changed", f"{name}: it, or what stands before it, is not what was written"
    if entry.line is not None and line is None:
        yield "removed", f"{name}: its line of {where} is missing"
    elif entry.line is not None and line is not None and line_hash(line) != entry.line:
        yield "changed", f"{name}: its line of {where} is not what was written"


def faults_of_end(last: End, kept: End | None) -> Iterator[tuple[str, str]]:
    """What is wrong with the end of a chain: what was read last against what is kept beside the ledger."""
    if kept is None:
        yield "inserted", f"chain {last.chain} is there, and nothing of its end is known"
    elif last.number < kept.number:
        yield "removed", f"chain {kept.chain}: entries {last.number + 1} to {kept.number} are missing at its end"
    elif last.number > kept.number:
        yield "inserted", f"chain {kept.chain}: entries after {kept.number} were not written by the desk"
    elif last.link != kept.link:
        yield "changed", f"chain {kept.chain}: its last link is not what was written"
