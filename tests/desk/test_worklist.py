"""The worklist round trip: locked ids, drop-downs, an answer to every row; and files that mean harm."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from services.desk.domain import acts
from services.desk.domain.answers import Answer
from services.desk.domain.worklist import FILLED, is_stale, revision_of
from services.desk.web.inbox import acting
from services.desk.web.inbox.forms import CONSULTATION, DETAILS
from services.desk.web.worklist.file import LARGEST_FILE, LARGEST_UNPACKED, Unreadable, read
from shared.contracts import actions, cases, referrals
from tests.desk.stories import AUTHORITY, BANKS, START, Story
from tests.desk.test_acts import answering
from tests.desk.visitors import Doorstep, Visitor


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "WAIT_SECONDS", 0.0)


async def taken(visitor: Visitor) -> Any:
    """The worklist as it is taken away."""
    await visitor.get("/worklist")
    answer = await visitor.post("/worklist/take", reason="today's work")
    assert answer.status_code == 200, answer.text
    return load_workbook(io.BytesIO(answer.content))


def columns(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[3]}


def line_of(sheet: Any, identifier: object) -> int:
    return next(row[0].row for row in sheet.iter_rows(min_row=5) if row[0].value == str(identifier))


def fill(sheet: Any, identifier: object, **cells: object) -> int:
    line, known = line_of(sheet, identifier), columns(sheet)
    for name, value in cells.items():
        sheet.cell(line, known[name]).value = value
    return line


def packed(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def handed_in(visitor: Visitor, content: bytes) -> Any:
    files = {"file": ("list.xlsx", content, "application/octet-stream")}
    return await visitor.client.post("/worklist", data={"token": visitor.token}, files=files)


def answers(page: str) -> dict[int, str]:
    """Line -> its answer and why."""
    rows = re.findall(r"<tr>\s*<th.*?</tr>", page, re.DOTALL)
    texts = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    return {int(text.split()[0]): text for text in texts if text[0].isdigit()}


async def test_good_rows_are_taken_and_every_other_says_why(doorstep: Doorstep) -> None:
    good, stale, wrong, early, foreign = (Story(n) for n in range(1, 6))
    for story in (good, stale, wrong, early):
        await doorstep.happen([story.demanded(), story.opened([0])])
    await doorstep.happen([foreign.demanded(), foreign.opened([1])])
    doorstep.gate.then = answering(
        doorstep, good, actions.BankAccepts, lambda c: good.moved(0, referrals.Accepted, "accepted", cause=c)
    )
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        book = await taken(visitor)
        sheet = book["worklist"]
        lines = {
            "good": fill(sheet, good.referral(0), result="Accept [bank-accepts]"),
            "stale": fill(sheet, stale.referral(0), result="Accept [bank-accepts]"),
            "wrong": fill(sheet, wrong.referral(0), result="拒绝", code="BECAUSE"),
            "early": fill(sheet, early.referral(0), result="bank-offers", amount=90_000, term=12.0, rate=3.8),
        }
        line = sheet.max_row + 1
        sheet.cell(line, 1).value = str(foreign.referral(1))
        sheet.cell(line, columns(sheet)["result"]).value = "Accept"
        await doorstep.happen([stale.moved(0, referrals.Accepted, "accepted")])
        answer = await handed_in(visitor, packed(book))
        assert answer.status_code == 303, answer.text
        said = answers((await visitor.get(answer.headers["location"])).text)
        assert len(doorstep.gate.sent) == 1
        assert doorstep.gate.sent[0][0].about == good.referral(0)
        assert set(said) == {*lines.values(), line}
        assert "Accept Done" in said[lines["good"]]
        assert "Has moved since" in said[lines["stale"]]
        assert "it is now: Accepted" in said[lines["stale"]]
        assert "Not taken A decline needs one of the listed reasons." in said[lines["wrong"]]
        assert "Not taken The state of this item does not offer this act." in said[lines["early"]]
        assert "Not in your house" in said[line]
        # The same file again is the same act, and is sent to nobody twice.
        again = await handed_in(visitor, packed(book))
        assert "Accept Done" in answers((await visitor.get(again.headers["location"])).text)[lines["good"]]
        assert len(doorstep.gate.sent) == 1
        taken_away = await visitor.post(
            f"/export/worklist?of={answer.headers['location'][-36:]}", kind="csv", reason="x"
        )
        assert "Has moved since" in taken_away.content.decode("utf-8-sig")
    async with doorstep.officer("bank", BANKS[0]) as colleague:
        assert (await colleague.get(answer.headers["location"])).status_code == 404


async def test_another_banks_act_does_not_make_a_row_stale(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0, 1])])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        book = await taken(visitor)
        fill(book["worklist"], story.referral(0), result="Accept")
        await doorstep.happen([story.moved(1, referrals.Accepted, "accepted")])
        answer = await handed_in(visitor, packed(book))
        assert "Sent" in (await visitor.get(answer.headers["location"])).text
    assert [act.about for act, *_ in doorstep.gate.sent] == [story.referral(0)]


async def test_an_authoritys_rows_carry_evidence_dates_and_reasons(doorstep: Doorstep) -> None:
    first, second = Story(1), Story(2)
    for story in (first, second):
        await doorstep.happen([story.demanded(), story.cased(cases.Opened, "opened", reason="authority_acts")])
    await doorstep.happen([second.cased(cases.Signed, "signed")])
    doorstep.gate.says = Answer("refused", "demand.input-refused", "不行", "no")
    async with doorstep.officer("authority", AUTHORITY, "zh") as visitor:
        book = await taken(visitor)
        sheet = book["worklist"]
        fill(sheet, first.case(0), result="办结 [authority-resolves]", code="登记机关数据 [register]", text="已补报")
        line = fill(sheet, second.case(0), result="挂起", day=START.replace(year=2027, tzinfo=None), text="等待修复")
        answer = await handed_in(visitor, packed(book))
        said = answers((await visitor.get(answer.headers["location"])).text)
    sent = {act.action: details for act, _, _, details in doorstep.gate.sent}
    assert sent["authority-resolves"]["evidence_kind"] == "register"
    assert sent["authority-resolves"]["facts"]["annual_report_filed"]["value"] is True
    assert sent["authority-parks"] == {"review_on": "2027-11-24", "reason": "等待修复"}
    assert "未受理" in said[line] or "不行" in said[line]


async def test_ids_are_locked_and_results_come_by_drop_down(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        book = await taken(visitor)
    sheet = book["worklist"]
    assert sheet.protection.sheet
    assert sheet.cell(5, 1).protection.locked
    assert sheet.cell(5, 2).protection.locked
    result = columns(sheet)["result"]
    assert not sheet.cell(5, result).protection.locked
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    column, first, last = re.match(
        r"lists!\$(\w+)\$(\d+):\$\w+\$(\d+)", rules[sheet.cell(5, result).coordinate]
    ).groups()  # type: ignore[union-attr]
    offered = [book["lists"][f"{column}{number}"].value for number in range(int(first), int(last) + 1)]
    assert [text[text.index("[") + 1 : -1] for text in offered] == list(acts.BANK["open"])
    assert book["lists"].sheet_state == "veryHidden"
    # A card, not the amount: the bank has not accepted.
    assert "¥100,000 – ¥300,000" in {cell.value for cell in sheet[5]}
    assert str(visitor.login) in sheet["A1"].value


def test_every_act_has_its_cells() -> None:
    assert set(FILLED) == set(DETAILS) - set(CONSULTATION) - set(acts.QUESTIONS.values())


def test_a_revision_changes_with_its_item_and_not_with_its_demand() -> None:
    before = revision_of(3, "open", START)
    assert not is_stale(before, revision_of(9, "open", START))
    assert is_stale(before, revision_of(3, "accepted", START))
    assert is_stale("", before)
    assert is_stale("=cmd()", before)


def bomb() -> bytes:
    """An archive that states more than a worklist can be."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (LARGEST_UNPACKED + 1))
    return out.getvalue()


def crowd() -> bytes:
    """Three hundred parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(300):
            archive.writestr(f"xl/part{number}.xml", b"x")
    return out.getvalue()


def rows(count: int, keys: bool = True) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("worklist")
    if keys:
        sheet.append(["id", "revision", "result"])
    for number in range(count):
        sheet.append([str(number), "1-x", "Accept"])
    return packed(book)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_xlsx"),
        (b"PK\x03\x04 not really", "not_xlsx"),
        (b"x" * (LARGEST_FILE + 1), "too_large"),
        (bomb(), "too_large"),
        (crowd(), "too_large"),
        (rows(3, keys=False), "not_ours"),
        (rows(2_100), "too_many"),
    ],
    ids=["empty", "broken", "large", "bomb", "crowd", "foreign", "long"],
)
def test_a_file_that_is_none_of_ours_is_refused_whole(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.reason == reason


def test_cells_are_read_as_people_meant_them() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["id", "revision", "result", "amount", "rate", "day", "text"])
    sheet.append(["a", "1-x", "Accept", 90_000.0, 0.0385, START.replace(tzinfo=None), "=1+1"])
    sheet["E2"].number_format = "0.00%"
    sheet.append(["b", "1-x", None, 1, 2, 3, 4])
    found = read(packed(book))
    assert [row.about for row in found] == ["a"]
    cells = found[0].cells
    # A formula has no value that anybody computed: it is empty, and nothing runs.
    assert (cells["amount"], cells["rate"], cells["day"], cells["text"]) == ("90000", "3.85", "2026-11-24", "")


async def test_a_harmful_file_is_a_page_that_says_so(doorstep: Doorstep) -> None:
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        await visitor.get("/worklist")
        assert "no XLSX" in (await handed_in(visitor, b"MZ")).text
        assert (await handed_in(visitor, b"x" * 3_000_000)).status_code == 413
        assert (await visitor.post("/worklist")).status_code == 422
    async with doorstep.officer("auditor") as auditor:
        assert (await handed_in(auditor, b"x" * 70_000)).status_code == 413
        assert (await handed_in(auditor, b"x")).status_code == 403
    assert doorstep.gate.sent == []
