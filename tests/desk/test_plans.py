"""What was promised against what was counted; and the banks' own figures, which are never mixed with them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.desk
from services.desk.adapters.plan_file import PlanFileWrong, enter_plan, read_plan
from services.desk.domain.board import Board, MoneyRow, VisitRow
from services.desk.domain.plans import (
    MEASURES,
    REPORTED,
    Commitment,
    ReportedFigure,
    reached,
    report_problems,
    state_of,
)
from services.desk.store import accounts, plans
from services.desk.web.campaign.reported import read, template
from shared.clock import wall
from shared.database import Connection
from tests.desk.stories import ROOT
from tests.desk.visitors import RELEASE

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
BOARD = Board(
    datetime(2026, 11, 24, tzinfo=UTC),
    money=[
        MoneyRow("granted", "a", "p", None, "loan", True, 2, 2, 300, 300 * 400),
        MoneyRow("granted", "a", "q", None, "renewal", None, 1, 1, 100, 100 * 400),
        MoneyRow("disbursed", "a", "p", None, "loan", True, 3, 2, 250, 0),
        MoneyRow("granted", "b", "p", None, "loan", False, 9, 9, 900, 900 * 400),
    ],
    visits=[VisitRow("a", "620102", "demand", 5, 4), VisitRow("b", "620102", "demand", 1, 1)],
)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("granted_yuan", 400),
        ("drawn_yuan", 250),
        ("granted_demands", 3),
        ("drawn_demands", 2),
        ("first_time_demands", 2),
        ("visited_households", 4),
    ],
)
def test_what_a_bank_has_reached_is_counted(measure: str, expected: int) -> None:
    assert reached(BOARD, Commitment("a", measure, 1, FIRST, LAST)) == expected
    assert set(MEASURES) == {*MEASURES, measure}


@pytest.mark.parametrize(
    ("so_far", "today", "state"),
    [
        (100, date(2026, 12, 9), "met"),
        (99, date(2026, 12, 1), "missed"),
        (99, LAST, "on_course"),
        (50, date(2026, 11, 16), "on_course"),
        (49, date(2026, 11, 16), "behind"),
        (0, date(2026, 10, 1), "on_course"),
    ],
)
def test_a_commitment_is_met_on_course_behind_or_missed(so_far: int, today: date, state: str) -> None:
    assert state_of(Commitment("a", "granted_yuan", 100, FIRST, LAST), so_far, today) == state


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 60), st.integers(0, 10**6))
def test_more_never_looks_worse(target: int, so_far: int, day: int, more: int) -> None:
    made = Commitment("a", "granted_yuan", target, FIRST, LAST)
    order = ["missed", "behind", "on_course", "met"]
    today = date.fromordinal(FIRST.toordinal() + day)
    assert order.index(state_of(made, so_far + more, today)) >= order.index(state_of(made, so_far, today))


def filled(values: dict[str, tuple[object, object]]) -> bytes:
    """The empty table as a bank would fill it."""
    book = openpyxl.load_workbook(io.BytesIO(template(FIRST, str)))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(4, 4 + len(REPORTED)):
        if row[0].value in values:
            row[2].value, row[3].value = values[row[0].value]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_filled_table_is_read_as_it_was_filled() -> None:
    lines = read(filled({"granted": (12, 3_400_000), "balance": (None, "1,000"), "overdue": (0, 0)}))
    figures, problems = report_problems(lines)
    assert problems == []
    assert figures == [
        ReportedFigure("granted", 12, 3_400_000),
        ReportedFigure("balance", None, 1_000),
        ReportedFigure("overdue", 0, 0),
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    lines: list[tuple[str, object, object]] = [
        ("granted", -1, 5),
        ("drawn", 1.5, None),
        ("drawn", 1, 1),
        ("profit", 1, 1),
        ("balance", "many", 2),
        ("renewed", None, " "),
    ]
    figures, problems = report_problems(lines)
    assert figures == []
    assert [fault for _, fault in problems] == ["not_whole", "not_whole", "twice", "unknown", "not_whole", "empty"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\x00" * 60, b"\xff" * 300, "自报".encode()])
def test_what_is_no_spreadsheet_is_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(ValueError, match="unreadable"):
        read(content)


def test_a_spreadsheet_that_swells_is_refused() -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
    assert len(out.getvalue()) < 256 * 1024
    with pytest.raises(ValueError, match="unreadable"):
        read(out.getvalue())


def test_the_example_of_a_plan_is_one() -> None:
    plan = read_plan(ROOT / "docs" / "examples" / "service-month.yaml")
    banks = [[each.bank for each in plan.commitments], [each.bank for each in plan.visit_lists]]
    banks.append([each.bank for each in plan.reported])
    assert {bank for each in banks for bank in each} <= set(RELEASE.institutions)
    assert plan.activities[0].came == 134


def test_a_plan_that_is_none_says_everything_at_once(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("commitments: [{bank: a, measure: luck, target: 0}]\nparties: []\n", "utf-8")
    with pytest.raises(PlanFileWrong) as caught:
        read_plan(file)
    for place in ("commitments/0/measure", "commitments/0/target", "commitments/0/due_on", "parties"):
        assert place in str(caught.value)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(PlanFileWrong, match="cannot be read"):
        read_plan(file)


async def test_a_plan_entered_twice_is_there_once(connection: Connection) -> None:
    account = uuid4()
    await accounts.add(connection, account, "wang", "campaign_office", None, "hash", wall())
    plan = read_plan(ROOT / "docs" / "examples" / "service-month.yaml")
    for _ in range(2):
        assert await enter_plan(connection, plan, account, wall()) == 15
    assert len(await plans.commitments(connection, None, 100)) == len(plan.commitments)
    assert [row["state"] for row in await plans.activities(connection, 100)].count("held") == 2
    assert len(await plans.visit_lists(connection, "beichen", 100)) == 1
    assert len(await plans.reported(connection, "niulang", None, 100)) == 4


def test_nothing_that_is_counted_reads_what_banks_report() -> None:
    """The table of own figures is named by the migration, its store, and nothing that counts."""
    folder = Path(services.desk.__file__).parent
    naming = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if any(f"{word} reported" in path.read_text("utf-8") for word in ("FROM", "INTO", "JOIN"))
    }
    assert naming == {"store/plans.py"}
