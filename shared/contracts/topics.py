"""The one list of topics, read from `topics.yaml`: names, who writes, who reads, which types, how long it is kept.

Names here are without prefix; a `prefix` ("t1.") puts a second set of topics beside the first on the same broker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.envelope import Data
from shared.contracts.registry import CONTEXTS

SERVICES = ("intake", "matching", "escalation", "notify", "desk")
KEYED_PARTITIONS = 6
"""How many partitions keyed topics have unless a setting says otherwise; fixed when they are made."""

GATE = "gate"
GATE_IN = "freshwater.door.gate.in.v1"
HOUSEHOLDS = "freshwater.households.v1"
DEMANDS = "freshwater.demands.v1"
ACTIONS = "freshwater.actions.v1"
RECEIPTS = "freshwater.receipts.v1"
REFERRALS = "freshwater.referrals.v1"
CASES = "freshwater.cases.v1"
CLOCK = "freshwater.clock.v1"
CATALOGUE = "freshwater.catalogue.v1"
CAPACITY = "freshwater.capacity.v1"
FEEDBACK = "freshwater.feedback.v1"
PARTNERS = "freshwater.partners.v1"

_DOOR_IN = "freshwater.door.<partner>.in.v1"
_DOOR_OUT = "freshwater.door.<partner>.out.v1"
_DEAD_LETTERS = "freshwater.<service>.dlq.v1"
_RETRY = "freshwater.<service>.retry.v1"
_FILE = Path(__file__).with_name("topics.yaml")
_DOOR_SEGMENT_MS = 600_000
_DAY_MS = 86_400_000
# Dots separate the levels of a topic's name, and "_" collides with "." in Kafka's metrics.
_PLACE = r"[a-z0-9](?:[a-z0-9-]{0,62})"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; in `ROWS` one row of the list, whose name, writers and readers may still say <partner> or <service>.

    `events` is a context of the registry, "letters" or "any". `retention_days` is None where the topic is compacted.
    """

    name: str
    row: str
    events: str
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    keyed: bool
    partitions: int
    retention_days: int | None
    max_message_bytes: int
    without: frozenset[str] = frozenset()

    @property
    def compacted(self) -> bool:
        return self.retention_days is None

    def config(self) -> dict[str, str]:
        """What Kafka is told about this topic; all that is not here is the broker's default."""
        wanted = {"cleanup.policy": "compact", "max.message.bytes": str(self.max_message_bytes)}
        if self.retention_days is not None:
            wanted |= {"cleanup.policy": "delete", "retention.ms": str(self.retention_days * _DAY_MS)}
        if self.events == "door":
            # The ids of what a door's record causes start with its time: no partner may choose that.
            wanted["message.timestamp.type"] = "LogAppendTime"
            # What a door is emptied of leaves the disk with its segment, and only a closed one goes.
            wanted["segment.ms"] = str(_DOOR_SEGMENT_MS)
        return wanted


def _row(raw: dict[str, Any], largest: int) -> Topic:
    keyed = raw["partitions"] == "keyed"
    return Topic(
        name=raw["name"],
        row=raw["name"],
        events=raw["events"],
        key=raw["key"],
        writers=tuple(raw["writers"]),
        readers=tuple(raw["readers"]),
        keyed=keyed,
        partitions=KEYED_PARTITIONS if keyed else int(raw["partitions"]),
        retention_days=None if raw["retention"] == "compact" else int(raw["retention"]),
        max_message_bytes=int(raw.get("max_message_bytes", largest)),
        without=frozenset(raw.get("without", ())),
    )


def _rows() -> tuple[Topic, ...]:
    listed = yaml.safe_load(_FILE.read_text("utf-8"))
    return tuple(_row(raw, listed["max_message_bytes"]) for raw in listed["topics"])


ROWS = _rows()
"""The rows of `topics.yaml`, in their order."""
LONGEST_DAYS = max(row.retention_days or 0 for row in ROWS)
"""The longest that a topic keeps an event; a compacted one keeps the newest for ever."""
DEAD_LETTER_DAYS = max(row.retention_days or 0 for row in ROWS if row.events == "letters")
_BY_NAME = {row.name: row for row in ROWS}


def dead_letters(service: str) -> str:
    """The topic of a service's dead letters."""
    return _DEAD_LETTERS.replace("<service>", service)


def retry(service: str) -> str:
    """The topic by which a dead letter goes back to that service alone."""
    return _RETRY.replace("<service>", service)


def door_in(partner: str) -> str:
    """What a partner says. Raises ValueError for an id that cannot stand in a topic's name."""
    return _DOOR_IN.replace("<partner>", _door_of(partner))


def door_out(partner: str) -> str:
    """What a partner hears. Raises ValueError for an id that cannot stand in a topic's name."""
    return _DOOR_OUT.replace("<partner>", _door_of(partner))


def _door_of(partner: str) -> str:
    if not re.fullmatch(_PLACE, partner):
        raise ValueError(
            f"{partner[:80]!r} cannot have a Kafka door: the id of a partner with a door is 1 to 63 small letters, "
            'digits and hyphens, and starts with a letter or digit, for example "bank-01"'
        )
    return partner


def doors_pattern(prefix: str = "") -> str:
    """A regular expression over the names of all doors that lead in, the gate's own included."""
    return rf"^{re.escape(prefix)}freshwater\.door\.{_PLACE}\.in\.v1$"


def partner_of(name: str, prefix: str = "") -> str | None:
    """Whose door a topic is, in or out ("gate" for the gate's own); None where it is not a door."""
    found = re.fullmatch(rf"{re.escape(prefix)}freshwater\.door\.({_PLACE})\.(?:in|out)\.v1", name)
    return found[1] if found else None


def topic(name: str, prefix: str = "", keyed_partitions: int = KEYED_PARTITIONS) -> Topic:
    """The topic of that name. Raises KeyError with the name where the list has none such."""
    bare = name.removeprefix(prefix)
    for row in (_BY_NAME.get(bare), *(row for row in ROWS if "<" in row.name)):
        place = "" if row is None or row.name == bare else _place_in(row.name, bare)
        if row is not None and place is not None:
            return _made(row, place, prefix, keyed_partitions)
    raise KeyError(name)


def _place_in(pattern: str, name: str) -> str | None:
    """What stands for <partner> or <service> in `name`; None where it does not fit."""
    before, kind, after = re.split(r"[<>]", pattern)
    found = re.fullmatch(f"{re.escape(before)}({_PLACE}){re.escape(after)}", name)
    return found[1] if found and (kind == "partner" or found[1] in SERVICES) else None


def _made(row: Topic, place: str, prefix: str, keyed_partitions: int) -> Topic:
    def filled(who: Iterable[str]) -> tuple[str, ...]:
        return tuple(place if name in ("partner", "<service>") else name for name in who)

    return replace(
        row,
        name=prefix + re.sub("<.*>", place, row.name),
        writers=filled(row.writers),
        readers=filled(row.readers),
        partitions=keyed_partitions if row.keyed else row.partitions,
    )


def topics(
    services: Sequence[str] = SERVICES,
    partners: Sequence[str] = (),
    keyed_partitions: int = KEYED_PARTITIONS,
    prefix: str = "",
) -> list[Topic]:
    """The topics that these services read or write, and the doors of these partners, in the order of the list.

    Raises ValueError for a service that there is not, or a partner's id that cannot stand in a topic's name.
    """
    if unknown := set(services) - set(SERVICES):
        raise ValueError(f"no such service: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    found: list[Topic] = []
    for row in ROWS:
        if "<partner>" in row.name:
            places: Iterable[str] = (_door_of(partner) for partner in partners if partner != GATE)
        elif "<service>" in row.name:
            places = services
        else:
            places = ("",) if {*row.writers, *row.readers} & set(services) else ()
        found += (_made(row, place, prefix, keyed_partitions) for place in places)
    return found


def topics_read_by(
    service: str, partners: Sequence[str] = (), keyed_partitions: int = KEYED_PARTITIONS, prefix: str = ""
) -> list[Topic]:
    """All that a service reads: inner topics, its retries, and (for intake) the gate's and these partners' doors."""
    made = topics((service,), partners, keyed_partitions, prefix)
    return [each for each in made if service in each.readers]


@cache
def readable_types(name: str, prefix: str = "") -> dict[str, type[Data]]:
    """The types that may stand on a topic, by their name. Raises KeyError where the list has no such topic.

    A retry's are all that its service reads; dead letters are not events: none.
    """
    found = topic(name, prefix)
    rows = [found] if found.events != "any" else [row for row in ROWS if {*row.readers} & {*found.readers}]
    return {data.TYPE: data for row in rows for data in types_on(row)}


def types_on(row: Topic) -> tuple[type[Data], ...]:
    """The types of a topic's context that may stand on it; none where it holds no events of one context."""
    return tuple(data for data in CONTEXTS.get(row.events, ()) if data.TYPE not in row.without)
