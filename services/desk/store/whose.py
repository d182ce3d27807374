"""Whose an open item is: whoever it was given to by name, else whom the first rule of the house that fits names.

Items that are alike to all rules (unit, product or obstacle, county) are asked once together, from the inbox's index
alone: a house may have tens of thousands of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.desk.domain.access import Officer
from shared.database import Connection

_ME = """
SELECT $1::uuid AS account UNION SELECT away FROM stand_ins WHERE instead = $1 AND $2 BETWEEN from_day AND to_day
"""
_BY_RULE = """(SELECT rule.account FROM assignment_rules AS rule WHERE rule.house = $1
    AND (rule.unit IS NULL OR rule.unit = x.unit) AND (rule.code IS NULL OR rule.code = x.{code})
    AND (rule.county IS NULL OR rule.county = x.known_county) ORDER BY rule.place, rule.rule LIMIT 1)"""
ASSIGNED = "coalesce((SELECT account FROM assignments WHERE about = x.{id} AND assignments.house = $1), {by_rule})"
"""The account whose an item `x` is; $1 is the house."""
_ALIKE = """
SELECT coalesce(x.unit, '') AS unit, x.{code} AS code, coalesce(x.known_county, '') AS county,
    array_agg(x.state) AS states, array_agg(x.n) AS numbers
FROM (SELECT unit, {code}, known_county, state, count(*) AS n FROM {table}
    WHERE {house} = $1 AND state IN {states} AND EXISTS (SELECT FROM assignment_rules WHERE house = $1)
    GROUP BY unit, {code}, known_county, state) AS x
GROUP BY x.unit, x.{code}, x.known_county HAVING {by_rule} = ANY($2)
"""
_IS_ALIKE = """(coalesce(x.unit, ''), x.{code}, coalesce(x.known_county, ''))
    IN (SELECT * FROM unnest($4::text[], $5::text[], $6::text[]))"""
# EXISTS, not IN: of a long list it looks up each.
OF_THEM = """($3::uuid[] IS NULL
    OR EXISTS (SELECT FROM assignments AS g WHERE g.about = x.{id} AND g.house = $1 AND g.account = ANY($3))
    OR NOT EXISTS (SELECT FROM assignments AS g WHERE g.about = x.{id} AND g.house = $1) AND {is_alike})"""
"""Whether an item `x` is theirs, or no matter whose; $1 is the house, $3 and on are `Hands.wanted`."""
_BY_NAME = """
SELECT x.state, count(*) FILTER (WHERE g.account = ANY($3)) AS given, count(*) FILTER (WHERE {is_alike}) AS n
FROM assignments AS g JOIN {table} AS x ON x.{id} = g.about WHERE g.house = $1 AND x.{house} = $1
    AND x.state IN {states} AND ($2::text[] IS NULL OR x.unit = ANY($2)) GROUP BY x.state
"""


def filled(template: str, names: Mapping[str, object]) -> str:
    """A template of this module for a house's table of items, whose `names` these are."""
    return template.format(by_rule=_BY_RULE.format(**names), is_alike=_IS_ALIKE.format(**names), **names)


@dataclass(frozen=True, slots=True)
class Hands:
    """One person and those they stand in for. `alike`: the (unit, code, county) that rules give them; `numbers`: of
    each of these the house's open items by state."""

    people: list[UUID]
    alike: list[tuple[str, str, str]]
    numbers: list[Mapping[str, int]]

    @property
    def wanted(self) -> tuple[list[UUID], list[str], list[str], list[str]]:
        units, codes, counties = ([place[part] for place in self.alike] for part in range(3))
        return self.people, units, codes, counties


ANYBODY = (None, None, None, None)
"""In the place of `Hands.wanted`: no matter whose."""


async def hands(
    connection: Connection, officer: Officer, names: Mapping[str, object], person: UUID, today: date
) -> Hands:
    """What is this person's today. `names` are those of the house's table of items."""
    people = [row["account"] for row in await connection.fetch(_ME, person, today)]
    rows = await connection.fetch(filled(_ALIKE, names), officer.subject, people)
    alike = [(row["unit"], row["code"], row["county"]) for row in rows]
    return Hands(people, alike, [dict(zip(row["states"], row["numbers"], strict=True)) for row in rows])


async def counted(
    connection: Connection, officer: Officer, names: Mapping[str, object], units: Sequence[str], mine: Hands
) -> dict[str, int]:
    """Their open items by state: what rules give them, without what was given to others by name, and with what was
    given to them. Of some units, or of all."""
    found: Counter[str] = Counter()
    for (unit, _, _), numbers in zip(mine.alike, mine.numbers, strict=True):
        if not units or unit in units:
            found.update(numbers)
    for row in await connection.fetch(filled(_BY_NAME, names), officer.subject, units or None, *mine.wanted):
        found[row["state"]] += row["given"] - row["n"]
    return {state: n for state, n in found.items() if n}
