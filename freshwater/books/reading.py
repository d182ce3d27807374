"""The desk shows what happened: its rows, the newest of each context, and a line for every event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from freshwater.books.balance import Balance, balance
from freshwater.books.facts import Facts
from freshwater.books.sides import Sides
from freshwater.books.subjects import is_known
from shared.contracts.county import ObstacleAccount
from shared.contracts.feedback import OfCause
from shared.contracts.registry import TYPES
from shared.contracts.topics import ACTIONS, CASES, DEMANDS, FEEDBACK, HOUSEHOLDS, REFERRALS

SHOWN = (HOUSEHOLDS, DEMANDS, ACTIONS, REFERRALS, CASES, FEEDBACK)
COLUMNS = (DEMANDS, REFERRALS, CASES)
"""The contexts of a row's column groups, in their order."""


def demands(sides: Sides) -> Balance:
    """A row for every accepted demand, and no other. What matching says of one may reach the desk before intake's own
    word does: such a row is ahead, not wrong."""
    accepted, ever = sides.taken["desk"].accepted, sides.all.accepted
    rows = {row[0] for row in _rows(sides)}
    names = [f"demand {each} has no row" for each in accepted - rows]
    names += [f"demand {each} has a row and was never accepted" for each in rows - ever]
    beyond, right = len(ever - accepted), len(rows & accepted) + len(rows - ever)
    return balance(
        "desk demands", "页面需求", len(accepted), right, in_flight=beyond, difference=len(names), names=names
    )


def newest(sides: Sides) -> Balance:
    """Each column group of a row is the newest that its context has said."""
    said = sum(len(sides.taken["desk"].newest.get(topic, {})) for topic in COLUMNS)
    total = sum(len(sides.all.newest.get(topic, {})) for topic in COLUMNS)
    names = list(_old(sides.taken["desk"], {row[0]: row[1:] for row in _rows(sides)}))
    return balance("desk sequences", "页面版本", said, said - len(names), in_flight=max(total - said, 0), names=names)


def _old(facts: Facts, rows: dict[str, list[int | None]]) -> Iterator[str]:
    for place, topic in enumerate(COLUMNS):
        for demand, sequence in facts.newest.get(topic, {}).items():
            shown = rows.get(demand, [None, None, None])[place]
            if shown != sequence:
                yield f"demand {demand}: {topic} is at {sequence}, the row at {shown}"


def timeline(sides: Sides) -> Balance:
    """A line for every event that has one."""
    lines: dict[str, int] = sides.accounts["desk"].listed.get("lines", {})
    taken = sides.taken["desk"]
    expected, total = _lines(taken), _lines(sides.all)
    aside = sum(row.n for topic in SHOWN for row in sides.rows("desk", topic) if row.outcome == "dead_lettered")
    for topic in SHOWN:
        for kind, n in sides.before.set_aside("desk", topic).items():
            aside -= n
            if has_line(kind):
                expected[_short(kind)] -= n
    differing = {kind: expected.get(kind, 0) - lines.get(kind, 0) for kind in expected.keys() | lines.keys()}
    names = [
        f"{kind}: {expected.get(kind, 0)} events, {lines.get(kind, 0)} lines" for kind, n in differing.items() if n
    ]
    in_flight = sum(total.values()) - sum(_lines(taken).values())
    difference = max(sum(map(abs, differing.values())) - aside, 0)
    return balance(
        "desk timeline", "页面时间线", sum(expected.values()), sum(lines.values()), in_flight=in_flight,
        difference=difference, names=[*sides.names.get("desk timeline", ()), *names],
    )  # fmt: skip


def _lines(facts: Facts) -> Counter[str]:
    """By the desk's short name of a type, how many events there are that have a line."""
    found: Counter[str] = Counter()
    for topic in SHOWN:
        for kind, n in facts.records.get(topic, {}).items():
            if has_line(kind):
                found[_short(kind)] += n
    return found


def _short(kind: str) -> str:
    return kind.removeprefix("org.freshwater.").rpartition(".")[0]


def has_line(kind: str) -> bool:
    """Whether an event of a type is shown in the story of its household or county."""
    # Deliveries have a table of their own, and so have a county's daily accounts.
    return is_known(kind) and not issubclass(TYPES[kind], (OfCause, ObstacleAccount))


def _rows(sides: Sides) -> list[list[Any]]:
    rows: list[list[Any]] = sides.accounts["desk"].listed.get("demands", [])
    return rows
