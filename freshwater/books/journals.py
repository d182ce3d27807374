"""Journals against topics: what was told stands there, what stands there was taken, and what was due was handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from freshwater.books.balance import Balance, balance
from freshwater.books.facts import OUT
from freshwater.books.records import where
from freshwater.books.sides import Sides
from freshwater.books.subjects import events_read_by, is_known
from shared.contracts import cases
from shared.contracts.clock import EVENTS as PASSED
from shared.contracts.demands import DemandData
from shared.contracts.envelope import Data
from shared.contracts.households import HouseholdData
from shared.contracts.registry import TYPES
from shared.contracts.topics import CLOCK, SERVICES, partner_of, topic

_LETTERS = "freshwater.dlq"
# What else notify reads depends on the catalogue's table of feedback, which may have been another one before.
_ALWAYS_TOLD: tuple[type[Data], ...] = (DemandData, HouseholdData, cases.Opened, cases.Transferred)


def outputs(sides: Sides) -> Iterator[Balance]:
    """What journals hold as told and what stands on the topics are the same, byte for byte."""
    groups: dict[str, list[str]] = {}
    for name in sides.agreements:
        groups.setdefault(_group(name), []).append(name)
    for group, members in groups.items():
        agreements = [sides.agreements[name] for name in members]
        in_flight = sum(each.in_flight for each in agreements)
        undecided = sum(each.undecided for each in agreements)
        left = sum(each.outputs for each in agreements) - in_flight
        unknown = [seen for each in agreements for seen in each.unknown]
        names = [f"{seen.type} {seen.id} at {where(seen)} is in no journal" for seen in unknown]
        names += [name for member in members for name in sides.names.get(member, ())]
        names += [name for name in sides.strange if name.rpartition(" at ")[2].startswith(tuple(members))]
        yield balance(
            f"outputs {_short(group)}", "所发", left, sum(each.on_topic for each in agreements),
            in_flight=in_flight + undecided,
            difference=sum(each.lost + len(each.unknown) for each in agreements), names=names,
        )  # fmt: skip


def _group(name: str) -> str:
    if partner_of(name):
        return OUT
    return _LETTERS if topic(name).events == "letters" else name


def _short(name: str) -> str:
    return name.removeprefix("freshwater.").removesuffix(".v1")


def taken(sides: Sides) -> Iterator[Balance]:
    """Of the types that a service decides on, it has taken every event up to its watermarks, once."""
    for service in SERVICES:
        left = right = difference = in_flight = 0
        names: list[str] = []
        for name in events_read_by(service, sides.ends):
            on_topic, in_journal, excess, types = _taken_of(sides, service, name)
            left, right = left + on_topic, right + in_journal
            missing = on_topic - in_journal
            if missing > 0 or -missing > excess:
                difference += abs(missing)
                names += sides.names.get(f"{service} {name}", ()) or [f"{name}: {on_topic} events, {in_journal} taken"]
            in_flight += sum(sides.all.of_type(name, kind) - sides.taken[service].of_type(name, kind) for kind in types)
        yield balance(f"taken {service}", "所收", left, right, in_flight=in_flight, difference=difference, names=names)


def _taken_of(sides: Sides, service: str, name: str) -> tuple[int, int, int, set[str]]:
    """Events on a topic, rows in the journal, how many rows may be more, and the types that count.

    A copy of a record that could not be handled is set aside again. A compacted topic has lost what it once held. A
    letter that is decided and not published does not say its type.
    """
    facts, rows, types = sides.taken[service], list(sides.rows(service, name)), types_taken(sides, service, name)
    letters = sides.before.set_aside(service, name)
    aside = sum(row.n for row in rows if row.outcome == "dead_lettered")
    excess = sum(sides.all.again(name, kind) for kind in letters) + max(aside - sum(letters.values()), 0)
    if name in sides.agreements:
        excess += sides.agreements[name].gone
    in_journal = aside + sum(row.n for row in rows if row.outcome != "dead_lettered" and row.type in types)
    return sum(facts.of_type(name, kind) for kind in types), in_journal, excess, types


def types_taken(sides: Sides, service: str, name: str) -> set[str]:
    """The types of a topic that a service decides on: all for the desk, else those that its journal or letters hold."""
    types = {row.type for row in sides.rows(service, name) if row.outcome != "dead_lettered"}
    if service == "desk":
        types |= {kind for kind in sides.all.records.get(name, {}) if is_known(kind)}
    always = {kind for kind in types if _is_always_taken(service, kind)}
    return always | sides.before.set_aside(service, name).keys()


def _is_always_taken(service: str, kind: str) -> bool:
    return service != "notify" or kind not in TYPES or issubclass(TYPES[kind], _ALWAYS_TOLD)


def deadlines(sides: Sides) -> Iterator[Balance]:
    """A deadline that has fired is on its way to its service, or a dead letter; else nobody will ever handle it."""
    for passed in PASSED:
        service = passed.TYPE.split(".")[3].partition("-")[0]
        account = sides.accounts[service]
        on_the_way = sides.all.of_type(CLOCK, passed.TYPE) - sides.taken[service].of_type(CLOCK, passed.TYPE)
        aside = sum(row.n for row in sides.rows(service, CLOCK) if row.outcome == "dead_lettered")
        stuck = max(account.deadlines.fired - on_the_way - aside, 0)
        yield balance(
            f"deadlines {service}", "到期", account.deadlines.fired, account.deadlines.fired - stuck,
            in_flight=on_the_way, names=account.fired, parts=Counter(open=account.deadlines.open),
        )  # fmt: skip
