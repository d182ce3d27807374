"""Which topics the books read, who writes each from its journal, and whose loop reads each."""

from __future__ import annotations

from collections.abc import Iterable

from shared.contracts.registry import TYPES
from shared.contracts.topics import CLOCK, SERVICES, Topic, partner_of, topic

_CONTEXTS_NOT_READ = frozenset({"door", "catalogue", "partners", "any"})
"""Doors hold what partners say: their records are counted by their offsets alone. The two compacted topics of entities
have no journal behind them, and a retry repeats a letter."""


def is_known(kind: str) -> bool:
    """Whether a type is one of the contracts'; what a stranger wrote is not."""
    return kind in TYPES


def is_read(name: str) -> bool:
    """Whether the books read the records of a topic."""
    listed = _listed(name)
    return listed is not None and listed.events not in _CONTEXTS_NOT_READ


def events_read_by(service: str, names: Iterable[str]) -> list[str]:
    """Of these topics the ones whose events the loop of a service reads: no doors, letters or retries."""
    return [name for name in sorted(names) if is_read(name) and not is_of_letters(name) and service in readers_of(name)]


def is_of_letters(name: str) -> bool:
    """Whether a topic holds dead letters."""
    listed = _listed(name)
    return listed is not None and listed.events == "letters"


def is_door_in(name: str) -> bool:
    """Whether it is a door by which something comes in, the gate's own included."""
    return partner_of(name) is not None and name.endswith(".in.v1")


def writer_of(name: str) -> str | None:
    """The service whose journal must hold every record of a topic; None for the clock, which sweepers write."""
    listed = _listed(name)
    if listed is None or name == CLOCK:
        return None
    return next((writer for writer in listed.writers if writer in SERVICES), None)


def readers_of(name: str) -> tuple[str, ...]:
    """The services whose loops read a topic."""
    listed = _listed(name)
    readers: Iterable[str] = listed.readers if listed else ()
    return tuple(each for each in readers if each in SERVICES)


def _listed(name: str) -> Topic | None:
    try:
        return topic(name)
    except KeyError:
        return None
