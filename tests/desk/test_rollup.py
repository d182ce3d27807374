"""The campaign's figures, counted from the read model, are what the stories say."""

from __future__ import annotations

from datetime import timedelta

from services.desk.domain.board import (
    MoneyRow,
    ObstacleRow,
    common_issues,
    obstacle_map,
    records,
    spells_by,
    summed,
    summed_by,
)
from services.desk.domain.league import LEAST_REFERRALS, Terms, league
from services.desk.domain.measures import Moments
from services.desk.domain.survival import Spells
from services.desk.handlers import rows_of
from services.desk.store.projection import project
from services.desk.store.rollup import Clocks, count
from shared.contracts import cases, referrals
from shared.contracts.values import Plan
from shared.database import Connection
from tests.desk.measuring import measured
from tests.desk.stories import BANKS, START, Story, whole

CLOCKS = Clocks(1, 3, 5)
PLAN = Plan(amount_yuan=50_000, term_months=12, rate_bp=390)


async def happen(connection: Connection, *numbers: int) -> None:
    events = [event for number in numbers for event in whole(number)]
    blocked = Story(60)
    events += [*measured(50), blocked.demanded(), blocked.cased(cases.Opened, "opened", reason="authority_acts")]
    await project(connection, [row for event in events for row in rows_of(event)])


async def test_stages_declines_and_ratings_of_the_banks(connection: Connection) -> None:
    await happen(connection, 1, 2)
    # A fortnight on, whatever has no answer is late: START is a Tuesday.
    board = await count(connection, START + timedelta(days=14), CLOCKS)
    stages = spells_by(board.spells, lambda row: row.bank)
    # Two were declined on the first day; one was accepted after a contact, and has no offer yet.
    assert stages[BANKS[0]]["offer"] == Spells({}, {10: 1}, never=2, late=1)
    assert stages[BANKS[1]]["accept"] == Spells({}, {0: 1}, never=2)
    assert stages[BANKS[2]]["offer"] == Spells({0: 2}, {10: 1}, late=1)
    assert stages[BANKS[2]]["contact"] == Spells({0: 2})
    found = {record.bank: record for record in records(board)}
    assert found[BANKS[0]].declines == {"ANNUAL_REPORT": 2}
    assert (found[BANKS[2]].hard.share, found[BANKS[2]].repaired.share) == (1.0, 1.0)
    assert found[BANKS[2]].stated.of + found[BANKS[2]].verified.of == 3
    assert found[BANKS[0]].reduced_hours == 24 * 14 - 1
    assert await connection.fetchval("SELECT count(*) FROM ratings") == 1


async def test_of_three_banks_with_the_same_referrals_the_one_that_offers_is_first(connection: Connection) -> None:
    """From events to places: the first offers, the second leaves all open, the third declines on the first day."""
    events = []
    for number in range(100, 100 + LEAST_REFERRALS):
        story = Story(number)
        events += [story.demanded(), story.opened((0, 1, 2))]
        events += [story.moved(2, referrals.Declined, "declined", code="ANNUAL_REPORT")]
        events += [story.moved(0, referrals.Accepted, "accepted")]
        events += [story.moved(0, referrals.Offered, "offered", "offered", plan=PLAN)]
    await project(connection, [row for event in events for row in rows_of(event)])
    for days in (1, 5, 14):
        lines = league(records(await count(connection, START + timedelta(days), CLOCKS)), Terms(sum(CLOCKS), {}))
        assert {line.record.bank: line.place for line in lines} == {BANKS[0]: 1, BANKS[1]: 2, BANKS[2]: 2}, days
    assert {line.record.bank: line.overdue > 0 for line in lines} == {BANKS[0]: False, BANKS[1]: True, BANKS[2]: False}


async def test_money_is_told_apart_and_averaged_by_money(connection: Connection) -> None:
    await happen(connection, 1, 2)
    board = await count(connection, START + timedelta(days=1), CLOCKS)
    granted = [row for row in board.money if row.moved == "granted"]
    assert (summed(granted).yuan, summed(granted).rate_bp, summed(granted).n) == (180_000, 390, 2)
    assert list(summed_by(board.money, lambda row: row.policy)) == ["service_subsidy_2026"]
    assert [(row.result, row.n) for row in board.visits] == [("demand", 1)]


async def test_obstacles_are_priced_in_the_money_that_waits(connection: Connection) -> None:
    await happen(connection, 1, 2)
    board = await count(connection, START + timedelta(days=1), CLOCKS)
    (row,) = board.obstacles
    assert row == ObstacleRow("AR_MISSING", "620102", 1, 0, 1, 100_060, 2, 200_003)
    later = await count(connection, START + timedelta(days=5), CLOCKS)
    assert later.obstacles[0].overdue == 1


def test_the_map_is_sorted_by_money_both_ways() -> None:
    rows = [
        ObstacleRow("A", "620102", 1, 0, 1, 10, 0, 0),
        ObstacleRow("A", "620103", 2, 1, 2, 50, 1, 5),
        ObstacleRow("B", "620102", 9, 0, 9, 20, 0, 0),
    ]
    made = obstacle_map(rows)
    assert list(made.counties) == ["620103", "620102"]
    assert [line[0] for line in made.lines] == ["A", "B"]
    assert made.lines[0][1][2:] == (3, 1, 3, 60, 1, 5)
    assert [cell.blocked_yuan for cell in made.lines[1][2]] == [0, 20]
    assert [(row.obstacle, row.county) for row in common_issues(rows, 2)] == [("A", "620103"), ("B", "620102")]


def test_an_average_rate_is_weighted_and_absent_without_money() -> None:
    rows = [
        MoneyRow("granted", "a", "p", None, "loan", True, 1, 1, 100, 100 * 300),
        MoneyRow("granted", "a", "q", None, "loan", None, 1, 1, 300, 300 * 500),
    ]
    assert summed(rows).rate_bp == 450
    assert summed([]).rate_bp is None
    assert list(summed_by(rows, lambda row: row.product)) == ["q", "p"]


def test_giving_back_because_a_unit_is_full_counts_like_a_clock_that_ran_out() -> None:
    story = Story(70)
    story.opened()
    full = rows_of(story.moved(0, referrals.Recalled, "recalled", reason="unit_full"))
    taken_back = rows_of(story.moved(1, referrals.Recalled, "recalled", reason="withdrawn"))
    told = [row for row in (*full, *taken_back) if isinstance(row, Moments)]
    assert [(row.lapsed_at is not None, row.recalled_at is not None) for row in told] == [(True, False), (False, True)]
