"""Names of what does not fit. Only looked for where something does not, because it means to read it all again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from freshwater.books.balance import MOST_NAMES
from freshwater.books.journals import types_taken
from freshwater.books.reading import SHOWN, has_line
from freshwater.books.records import Seen, where
from freshwater.books.run import NO_TRANSACTION, Run, uuids
from freshwater.books.sides import Sides
from freshwater.books.subjects import events_read_by, writer_of
from shared.contracts.topics import dead_letters
from shared.ledger import Ask

AT_ONCE = 20_000


def named(run: Run, sides: Sides, wrong: Sequence[str]) -> Sides:
    """The same sides with names for the balances that are `wrong`."""
    names: dict[str, tuple[str, ...]] = {}
    for topic, agreement in sides.agreements.items():
        if agreement.lost:
            names[topic] = tuple(_lost(run, topic, agreement.missing[:MOST_NAMES]))
    for service in (each.removeprefix("taken ") for each in wrong if each.startswith("taken ")):
        for topic in events_read_by(service, sides.ends):
            names[f"{service} {topic}"] = tuple(_not_taken(run, sides, service, topic))
    if "desk timeline" in wrong:
        names["desk timeline"] = tuple(_without_line(run, sides))
    return replace(sides, names=names)


def _lost(run: Run, topic: str, digests: Sequence[int]) -> Iterator[str]:
    writer = writer_of(topic) or ""
    found = run.source.ask({writer: Ask(named=set(digests))})[writer].ledger.names
    for digest in digests:
        yield f"{found.get(digest, 'an output')} is not on {topic}"


def _not_taken(run: Run, sides: Sides, service: str, topic: str) -> Iterator[str]:
    """Events before the service's watermark that its journal does not know, dead letters apart."""
    types = types_taken(sides, service, topic)
    events = {seen.id: seen for seen in _before(run, sides, service, topic, lambda seen: seen.type in types)}
    letters = dead_letters(service)
    aside = {seen.cause for seen in _all_of(run, letters)}
    for batch in _batches(sorted(events.keys() - aside)):
        ask = Ask(transaction=NO_TRANSACTION, causes=uuids(batch))
        known = run.source.ask({service: ask})[service].ledger.causes
        yield from (_name(events[each], f"was not taken by {service}") for each in batch if each not in known)


def _without_line(run: Run, sides: Sides) -> Iterator[str]:
    """Events that the desk has taken and does not show."""
    for topic in SHOWN:
        events = {seen.id: seen for seen in _before(run, sides, "desk", topic, lambda seen: has_line(seen.type))}
        for batch in _batches(sorted(events)):
            ask = Ask(transaction=NO_TRANSACTION, events=uuids(batch))
            missing = run.source.ask({"desk": ask})["desk"].listed.get("missing", ())
            yield from (_name(events[each], "has no line") for each in missing)


def _before(run: Run, sides: Sides, service: str, topic: str, fits: Callable[[Seen], bool]) -> Iterator[Seen]:
    account = sides.accounts[service]
    for seen in _all_of(run, topic):
        if fits(seen) and seen.offset < account.watermark(*seen.place):
            yield seen


def _all_of(run: Run, topic: str) -> Iterator[Seen]:
    for _, records in run.source.read({}, {topic: run.later.get(topic, {})}):
        yield from records


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _name(seen: Seen, what: str) -> str:
    about = f" of demand {seen.demand}" if seen.demand else ""
    return f"{seen.type} {seen.id}{about} at {where(seen)} {what}"
