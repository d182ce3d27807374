"""Who may do what at Kafka, computed from the one list of topics and the partners: nobody may do anything else.

A writer writes its topics; a reader reads its topics in its own groups. Beside that there are four grants, each with
its reason below. Names are literal: a pattern would let in what is made later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from freshwater.books.subjects import is_read
from shared.contracts.topics import GATE, KEYED_PARTITIONS, SERVICES, Topic, partner_of, topics

OPERATOR, BOOKS = "freshwater", "books"
"""The command line (catalogue, dead letters), and the auditor that counts everything."""
OWN_USERS = (*SERVICES, OPERATOR, BOOKS)
ADMIN = "admin"
GROUPS = {"intake": ("freshwater.intake", "freshwater.intake.doors")}
"""The groups of services that have more than one."""


class Grant(NamedTuple):
    """One user may do one thing (READ, WRITE, DESCRIBE, DELETE) with one topic or group."""

    user: str
    resource: str
    name: str
    operation: str


def partner_user(partner: str) -> str:
    """A partner's user. The dot keeps it apart from ours: no id of a partner with a door has one."""
    return f"partner.{partner}"


def is_ours(user: str) -> bool:
    """Whether this list decides what a user may do; others (the administrator's) are left alone."""
    return user in OWN_USERS or user.startswith("partner.")


def groups_of(service: str, prefix: str = "") -> list[str]:
    """The consumer groups of a service."""
    return [prefix + name for name in GROUPS.get(service, (f"freshwater.{service}",))]


def grants(
    partners: Sequence[str] = (), prefix: str = "", keyed_partitions: int = KEYED_PARTITIONS
) -> frozenset[Grant]:
    """All that anybody may do, with these partners' doors. Raises ValueError for an id that cannot have a door."""
    made: set[Grant] = set()
    for topic in topics(partners=partners, keyed_partitions=keyed_partitions, prefix=prefix):
        made.update(_of_topic(topic, prefix))
    for service in SERVICES:
        for group in groups_of(service, prefix):
            made.add(Grant(service, "group", group, "READ"))
            # How far a group is can be seen without taking part in it.
            made.add(Grant(BOOKS, "group", group, "DESCRIBE"))
    for partner in partners:
        made.add(Grant(partner_user(partner), "group", prefix + partner_user(partner), "READ"))
    made.add(Grant(BOOKS, "group", "freshwater.books", "READ"))
    return frozenset(made)


def _of_topic(topic: Topic, prefix: str) -> Iterator[Grant]:
    partner = partner_of(topic.name, prefix)
    native = partner is not None and partner != GATE

    def users(names: Iterable[str]) -> list[str]:
        return [partner_user(name) if native and name == partner else name for name in names]

    for user in users(topic.writers):
        yield Grant(user, "topic", topic.name, "WRITE")
        if topic.events not in ("door", "any"):
            # After an older backup a service learns from its own topics what it has said; the command line compares a
            # catalogue with the one that stands.
            yield Grant(user, "topic", topic.name, "READ")
    for user in users(topic.readers):
        yield Grant(user, "topic", topic.name, "READ")
    if native and topic.name.endswith(".in.v1"):
        # Native doors hold clear text: what was taken is deleted within the hour.
        yield Grant("intake", "topic", topic.name, "DELETE")
    yield Grant(BOOKS, "topic", topic.name, "READ" if is_read(topic.name.removeprefix(prefix)) else "DESCRIBE")
