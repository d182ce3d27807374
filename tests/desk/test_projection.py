"""Any order of arrival, any cut into batches and any repetition end in the same rows, and counters never drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freshwater.books.reading import SHOWN, has_line
from services.desk.domain.rows import Row
from services.desk.handlers import _WITHOUT_LINE, HANDLED, rows_of
from services.desk.store.projection import project
from services.desk.store.rebuild import READ_MODEL
from shared.contracts import county, demands
from shared.contracts.values import Submitter
from shared.database import Connection
from tests.desk.measuring import asked, measured
from tests.desk.stories import Story, whole
from tests.desk.towns import Town

TABLES = tuple(table for table in READ_MODEL if table != "counters")
TOWN = Town()
WHOLE = [event for number in range(2) for event in whole(number)]
MEETING = (TOWN.agenda("FOOD_PERMIT"), TOWN.decided("FOOD_PERMIT"), TOWN.closed(1))
STORIES = [*WHOLE, *measured(2), *asked(3), *MEETING]
ROWS: list[list[Row]] = [rows_of(event) for event in STORIES]
COUNTED = {
    "intake": "SELECT '' AS subject, state AS label, count(*) AS n, sum(amount_yuan) AS yuan FROM demands GROUP BY 2",
    "docking": "SELECT '' AS subject, docking AS label, count(*) AS n, sum(amount_yuan) AS yuan FROM demands"
    " GROUP BY 2",
    "disbursed": "SELECT '' AS subject, 'yuan' AS label, count(*) AS n, sum(disbursed_yuan) AS yuan FROM demands"
    " WHERE disbursed_yuan > 0",
    "stage": "SELECT '' AS subject, stage::text AS label, count(*) AS n, sum(amount_yuan) AS yuan FROM progress"
    " GROUP BY 2",
    "referral": "SELECT bank AS subject, state AS label, count(*) AS n, 0 AS yuan FROM referrals GROUP BY 1, 2",
    "case": "SELECT authority AS subject, state AS label, count(*) AS n, 0 AS yuan FROM cases GROUP BY 1, 2",
    "delivery": "SELECT audience AS subject, outcome AS label, count(*) AS n, 0 AS yuan FROM deliveries GROUP BY 1, 2",
    "event": "SELECT '' AS subject, type AS label, count(*) AS n, 0 AS yuan FROM timeline GROUP BY 2",
}
"""What each counter is a count of, counted anew."""


async def apply(connection: Connection, batches: Sequence[Sequence[int]]) -> None:
    await connection.execute(f"TRUNCATE {', '.join(TABLES)}, counters")
    for batch in batches:
        await project(connection, [row for place in batch for row in ROWS[place]])


async def tables(connection: Connection) -> dict[str, list[Any]]:
    return {
        table: [tuple(row) for row in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in TABLES
    }


async def rolled_up(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    rows = await connection.fetch(
        "SELECT name, subject, label, sum(n) AS n, sum(yuan) AS yuan FROM counters GROUP BY 1, 2, 3 HAVING sum(n) <> 0"
    )
    return {
        name: {(row["subject"], row["label"], row["n"], row["yuan"]) for row in rows if row["name"] == name}
        for name in COUNTED
    }


async def counted(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    return {
        name: {tuple(row) for row in await connection.fetch(sql) if row["label"] is not None and row["n"]}
        for name, sql in COUNTED.items()
    }


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[int]]:
    """Every event at least once, some twice, in any order, cut into batches anywhere."""
    places = list(range(len(ROWS)))
    order = draw(st.permutations(places + draw(st.lists(st.sampled_from(places), max_size=10))))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=8)))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=arrivals())
async def test_any_order_gives_the_same_rows_and_counters(connection: Connection, batches: list[list[int]]) -> None:
    await apply(connection, [list(range(len(ROWS)))])
    expected = await tables(connection)
    await apply(connection, batches)
    found = await tables(connection)
    for table in TABLES:
        assert found[table] == expected[table], table
    assert await rolled_up(connection) == await counted(connection)


def test_the_books_expect_a_line_wherever_the_desk_makes_one() -> None:
    """What is said of a county has its lines too, but for the account that comes every day."""
    kinds = [data for topic in SHOWN for data in HANDLED[topic]]
    assert {data for data in kinds if not has_line(data.TYPE)} == {
        data for data in kinds if issubclass(data, _WITHOUT_LINE)
    }
    assert has_line(county.ItemDecided.TYPE)
    assert not has_line(county.ObstacleAccount.TYPE)


async def test_a_whole_story_is_told(connection: Connection) -> None:
    await apply(connection, [list(range(len(WHOLE)))])
    demand = await connection.fetchrow("SELECT * FROM demands LIMIT 1")
    assert demand is not None
    assert (demand["state"], demand["docking"], demand["disbursed_yuan"]) == ("open", "funded", 90_000)
    assert demand["open_cases"] == 0
    states = await connection.fetch("SELECT state, count(*) AS n FROM referrals GROUP BY state ORDER BY state")
    assert [tuple(row) for row in states] == [("declined", 2), ("granted", 2), ("lapsed", 2)]
    assert await connection.fetchval("SELECT count(*) FROM deliveries WHERE outcome = 'sent'") == 6
    assert await connection.fetchval("SELECT stage FROM progress LIMIT 1") == 7


async def test_a_merged_number_leads_to_the_survivor(connection: Connection) -> None:
    story, other = Story(50), Story(51)
    merged = story.demanded(
        demands.Merged, alias=other.demand, submitter=Submitter(partner="hall-01", source_id="hall/7")
    )
    await project(connection, rows_of(merged))
    row = await connection.fetchrow("SELECT demand, source_id FROM aliases WHERE alias = $1", other.demand)
    assert row is not None
    assert tuple(row) == (story.demand, "hall/7")


@pytest.mark.parametrize("value", ["fact's value", "18"])
def test_the_timeline_keeps_no_facts_value_and_no_sentence(value: str) -> None:
    story = Story(60, sentence="fact's value")
    lines = [row for row in rows_of(story.demanded()) if type(row).__name__ == "Happened"]
    assert len(lines) == 1
    assert value.encode() not in (lines[0].params or b"")  # type: ignore[union-attr]
