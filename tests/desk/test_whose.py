"""Whose an item is: list and counts of "only mine" are what trying rule by rule, item by item, would give."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from services.desk.domain.access import Officer, Role
from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from services.desk.domain.rows import CaseRow, Docking, Obstacles, ReferralRow
from services.desk.handlers.translate import county_known
from services.desk.store import accounts, inbox, people
from services.desk.store.projection import project
from shared.contracts.values import Card, Referral
from shared.database import Connection

NOW = datetime(2026, 11, 10, tzinfo=UTC)
TODAY = date(2026, 11, 10)
UNITS, CODES, COUNTIES = ("east", "west"), ("loan", "fresh"), ("620102", "620103", None)
STATES = {"bank": (*OPEN_REFERRALS, "declined"), "authority": (*OPEN_CASES, "cleared")}


@dataclass(frozen=True)
class Thing:
    """A referral or case, as far as rules look at it."""

    id: UUID
    unit: str | None
    code: str
    county: str | None
    state: str


async def things(connection: Connection, chance: Random, role: Role, house: str) -> list[Thing]:
    """Eighty items of a house, and one of another house that must never show."""
    made = []
    for number in range(81):
        unit = chance.choice(UNITS if role == "bank" else (*UNITS, None))
        one = Thing(uuid4(), unit, chance.choice(CODES), chance.choice(COUNTIES), chance.choice(STATES[role]))
        owner, place = (house, (uuid4(), uuid4())) if number else ("another", (uuid4(), uuid4()))
        due = NOW + timedelta(hours=chance.randint(0, 99))
        if role == "bank":
            row = ReferralRow(
                one.id, *place, owner, str(unit), one.code, 1, one.state, due, 400, one.county, b'{"state": "open"}'
            )
            await project(connection, [Docking(*place, 1, "referred", 1, None, None, 0, 0, b"[]", (row,))])
        else:
            case = CaseRow(
                one.id, *place, one.code, uuid4(), owner, unit, "county", one.state, due, None, 0, 0, False,
                known_county=one.county,
            )  # fmt: skip
            await project(connection, [Obstacles(*place, 1, 1, (case,))])
        made += [one] if number else []
    return made


class Office:
    """A house's people, rules and stand-ins, drawn anew; and whose an item is, tried rule by rule."""

    def __init__(self, chance: Random, staff: list[UUID], items: list[Thing]) -> None:
        self.rules = [
            (
                chance.choice((*UNITS, None)),
                chance.choice(COUNTIES),
                chance.choice((*CODES, None)),
                chance.choice(staff),
            )
            for _ in range(chance.randint(0, 4))
        ]
        self.by_name = {one.id: chance.choice(staff) for one in chance.sample(items, chance.randint(0, 20))}
        self.away = {chance.choice(staff[1:]) for _ in range(chance.randint(0, 1))}

    def whose(self, one: Thing) -> UUID | None:
        fitting = (
            account
            for unit, county, code, account in self.rules
            if unit in (None, one.unit) and county in (None, one.county) and code in (None, one.code)
        )
        return self.by_name.get(one.id) or next(fitting, None)

    async def keep(self, connection: Connection, lead: Officer) -> None:
        await connection.execute("DELETE FROM assignment_rules; DELETE FROM assignments; DELETE FROM stand_ins")
        for unit, county, code, account in self.rules:
            await people.add_rule(connection, lead, (unit, county, code), account, NOW)
        for about, account in self.by_name.items():
            await people.assign(connection, lead, about, account, NOW)
        for account in self.away:
            await people.add_stand_in(connection, lead, (account, lead.account), (TODAY, TODAY), NOW)
            # Tomorrow's is not today's.
            last = TODAY + timedelta(1)
            await people.add_stand_in(connection, lead, (lead.account, account), (last, last), NOW)


@pytest.mark.parametrize("role", ["bank", "authority"])
async def test_mine_is_what_the_rules_say(connection: Connection, role: Role) -> None:
    chance, house = Random(11), "house"
    staff = [uuid4() for _ in range(3)]
    for number, account in enumerate(staff):
        await accounts.add(connection, account, f"clerk-{number}", role, house, None, NOW)
    lead = Officer(staff[0], "clerk-0", role, house, (), True)
    items = await things(connection, chance, role, house)
    opened = OPEN_REFERRALS if role == "bank" else OPEN_CASES
    seen = 0
    for _ in range(25):
        office = Office(chance, staff, items)
        await office.keep(connection, lead)
        units = chance.choice([(), ("east",), UNITS])
        mine = {lead.account, *office.away}
        expected = {
            one.id: one
            for one in items
            if one.state in opened and (not units or one.unit in units) and office.whose(one) in mine
        }
        narrowed = inbox.Narrowed(units=units, mine=lead.account, today=TODAY)
        listed = await inbox.listed(connection, lead, narrowed, 500)
        page, counted = await inbox.listed_and_counted(connection, lead, narrowed)
        assert page == listed[: inbox.PAGE + 1]
        assert {row["referral" if role == "bank" else "case"] for row in listed} == set(expected)
        assert [row["due_at"] for row in listed] == sorted(row["due_at"] for row in listed)
        assert counted == Counter(one.state for one in expected.values())
        logins = {account: f"clerk-{number}" for number, account in enumerate(staff)}
        for row in listed:
            about = expected[row["referral" if role == "bank" else "case"]]
            assert row["assignee"] == logins[office.whose(about)]  # type: ignore[index]
        seen += len(expected)
    assert seen > 100, "the draws must reach something"


def test_a_bank_hands_out_by_no_more_than_it_may_know() -> None:
    def known(state: str, card: Card | None) -> str | None:
        made = {"id": uuid4(), "bank": "b", "unit": "u", "product": "p", "round": 1, "state": state, "card": card}
        return county_known(Referral.model_validate(made), "620102")

    assert known("open", Card(industry="H")) is None
    assert known("open", Card(county="620102")) == "620102"
    assert known("accepted", Card(industry="H")) == "620102"
    assert known("declined", Card()) is None
    assert known("open", None) == "620102"
