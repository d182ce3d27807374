"""Tables taken away: nothing becomes a formula, no number loses its digits, and every file says who has it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.desk.store import records
from services.desk.web.files.spreadsheets import Watermark, csv_bytes, safe_text, xlsx_bytes
from services.desk.web.language import language
from services.desk.web.tables import Column, Table, shown
from services.desk.web.wording.words import Words
from shared.clock import wall
from shared.contracts import cases, feedback, referrals
from shared.contracts.capacity import LimitDeclared
from tests.desk.stories import AUTHORITY, BANKS, Story, whole
from tests.desk.towns import TEAM, Town
from tests.desk.visitors import RELEASE, Doorstep

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZH = Words(language("zh"), lambda: RELEASE, lambda: NOW)
MARK = Watermark("li.ming, 2026-11-24 17:00, for: 县级调度", "4711")
TABLE = Table(
    "things",
    "Things",
    (
        Column("Number", lambda row, _: row[0], "code", link=lambda row: f"/things/{row[0]}"),
        Column("Text", lambda row, _: row[1], note=lambda row, _: "beneath"),
        Column("Yuan", lambda row, _: row[2], "yuan"),
        Column("Rate", lambda row, _: row[3], "rate"),
        Column("State", lambda row, _: row[4], "state", label="referral"),
        Column("Due", lambda row, _: row[5], "due"),
        Column("Day", lambda row, _: row[6], "day"),
    ),
    empty="Nothing.",
)
ROW = ("91620102000000000X", "=1+1", 1_234_567, 385, "open", NOW, date(2026, 12, 1))
DIGITS = ("13900000001", "@SUM(A1)", None, None, "accepted", None, None)
LONG = ("620102199001011234", "-1", 0, -70, "a-new-state", NOW, None)


def test_one_declaration_gives_the_page_its_words() -> None:
    table = shown(TABLE, [ROW], ZH)
    number, text, yuan, rate, state, due, day = table.rows[0]
    assert (number.text, number.href) == ("91620102000000000X", "/things/91620102000000000X")
    assert (text.text, text.note) == ("=1+1", "beneath")
    assert (yuan.text, rate.text, day.text) == ("123.46 万元", "3.85%", "2026-12-01")
    assert (state.text, state.state) == ("待受理", "open")
    assert (due.text, due.moment) == ("11-24 17:00", NOW)
    assert [head for _, head in table.heads] == [False, False, True, True, False, False, False]


def test_a_csv_opens_without_harm() -> None:
    raw = csv_bytes(TABLE, [ROW, DIGITS, LONG], ZH, MARK)
    assert raw.startswith(b"\xef\xbb\xbf")
    head, first, second, third, mark = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert head[0] == "编号"
    assert first == ["91620102000000000X", "'=1+1", "1234567", "0.0385", "待受理", "2026-11-24 17:00", "2026-12-01"]
    assert second[:4] == ["13900000001", "'@SUM(A1)", "", ""]
    # Eighteen digits would be shown as 6.2E+17 and lose three of them.
    assert third[:4] == ["620102199001011234\t", "'-1", "0", "-0.007"]
    assert mark == ["# li.ming, 2026-11-24 17:00, for: 县级调度"]


@given(st.text(max_size=40))
def test_no_text_begins_a_formula(text: str) -> None:
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert text in safe_text(text)


def test_an_xlsx_keeps_kinds_and_carries_its_watermark() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(TABLE, [ROW, DIGITS, LONG], ZH, MARK)))
    sheet = book["things"]
    assert sheet["A1"].value == MARK.text
    assert sheet["C2"].value == "Yuan"
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert values[0] == [
        "91620102000000000X",
        "=1+1",
        1_234_567,
        0.0385,
        "待受理",
        datetime(2026, 11, 24, 17),
        datetime(2026, 12, 1),
    ]
    assert values[1][:2] == ["13900000001", "@SUM(A1)"]
    # Text, not formula and not number: whatever it looks like.
    assert {sheet.cell(row, column).data_type for row in (3, 4, 5) for column in (1, 2)} == {"s"}
    assert sheet["A4"].number_format == "@"
    assert MARK.text in sheet.oddHeader.center.text
    assert (book.properties.description, book.properties.keywords) == (MARK.text, "4711")
    assert sheet.freeze_panes == "B3"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_taking_a_list_away_needs_a_reason_and_is_recorded(doorstep: Doorstep, kind: str) -> None:
    await doorstep.happen([*whole(1), Story(2).demanded()])
    async with doorstep.officer("campaign_office") as visitor:
        page = (await visitor.get("/demands?state=funded")).text
        assert 'action="/export/demands?state=funded"' in page
        assert (await visitor.post("/export/demands", kind=kind)).status_code == 422
        assert (await visitor.post("/export/demands", kind="exe", reason="x")).status_code == 422
        answer = await visitor.post("/export/demands?state=funded", kind=kind, reason="weekly check")
    assert answer.headers["content-disposition"].startswith('attachment; filename="demands-')
    found = answer.content.decode("utf-8-sig") if kind == "csv" else str(_cells(answer.content))
    assert "H-1" in found
    assert "H-2" not in found
    assert f"by {visitor.login} (Campaign office)" in found
    assert "for: weekly check" in found
    lines = await records.listed(doorstep.connection, "exported", None, 10)
    assert [(line["login"], line["detail"]) for line in lines] == [(visitor.login, f"demands.{kind}, 1: weekly check")]


def _cells(content: bytes) -> list[object]:
    return [cell.value for row in load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row]


@pytest.mark.parametrize(("role", "subject"), [("bank", BANKS[0]), ("authority", AUTHORITY), ("auditor", None)])
async def test_nobody_takes_away_what_they_may_not_see(doorstep: Doorstep, role: str, subject: str | None) -> None:
    theirs = Story(5)
    await doorstep.happen([theirs.demanded(), theirs.opened([1])])
    async with doorstep.officer(role, subject) as visitor:  # type: ignore[arg-type]
        hidden = ["accounts", "nothing"] + (["records"] if role != "auditor" else [])
        for name in hidden:
            assert (await visitor.post(f"/export/{name}", kind="csv", reason="curious")).status_code == 404
        if role != "auditor":
            mine = await visitor.post("/export/demands", kind="csv", reason="curious")
            assert str(theirs.demand)[:8] not in mine.text


OF_A_DEMAND = ("facts", "referrals", "cases", "timeline", "deliveries")


async def test_the_tables_of_a_demand_are_taken_away_as_far_as_each_may_see_them(doorstep: Doorstep) -> None:
    story = Story(6)
    opened = story.cased(cases.Opened, "opened", unit=None, reason="authority_acts")
    await doorstep.happen([story.demanded(), story.opened([0, 1]), opened, story.told(feedback.Sent, 1)])
    seen: dict[tuple[str, str], str] = {}
    for role, subject in (("bank", BANKS[0]), ("authority", AUTHORITY), ("auditor", None)):
        async with doorstep.officer(role, subject) as visitor:  # type: ignore[arg-type]
            page = (await visitor.get(f"/demands/{story.demand}")).text
            for name in OF_A_DEMAND:
                path = f"/export/demand-{name}?of={story.demand}"
                answer = await visitor.post(path, kind="csv", reason="file of this demand")
                assert answer.status_code == 200
                seen[role, name] = answer.text
                # Whoever has a row of it finds it on the page, and the other way round.
                assert (path in page) == (len(answer.text.strip().splitlines()) > 2), (role, name)
            wanted = 200 if role == "auditor" else 404
            path = f"/export/seen?of={story.demand}"
            assert (await visitor.post(path, kind="csv", reason="who")).status_code == wanted
    polaris, altair = (RELEASE.institutions[bank].en for bank in BANKS[:2])
    assert (polaris in seen["bank", "referrals"], altair in seen["bank", "referrals"]) == (True, False)
    assert (polaris in seen["auditor", "referrals"], altair in seen["auditor", "referrals"]) == (True, True)
    assert polaris not in seen["authority", "referrals"] + seen["authority", "timeline"]
    lines = await records.of_demand(doorstep.connection, story.demand, 100)
    assert sum(line["what"] == "exported" for line in lines) == 3 * len(OF_A_DEMAND) + 1
    async with doorstep.officer("bank", BANKS[2]) as stranger:
        for name in OF_A_DEMAND:
            path = f"/export/demand-{name}?of={story.demand}"
            assert (await stranger.post(path, kind="csv", reason="curious")).status_code == 404


async def test_an_inbox_is_taken_away_as_it_is_narrowed_and_masked(doorstep: Doorstep) -> None:
    first, second = Story(7), Story(8)
    accepted = second.opened([0, 1]), second.moved(0, referrals.Accepted, "accepted")
    opened = first.cased(cases.Opened, "opened", unit=None, reason="authority_acts")
    await doorstep.happen([first.demanded(), first.opened([0]), second.demanded(), *accepted, opened])
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        assert 'action="/export/inbox-referrals?state=open"' in (await clerk.get("/bank?state=open")).text
        every = (await clerk.post("/export/inbox-referrals", kind="csv", reason="morning")).text
        fresh = (await clerk.post("/export/inbox-referrals?state=open", kind="csv", reason="morning")).text
        assert (await clerk.post("/export/inbox-cases", kind="csv", reason="x")).status_code == 404
    assert str(second.demand)[:8] in every
    assert str(second.demand)[:8] not in fresh
    # Before it has accepted, a bank's list tells it no more than the card.
    assert ("100007" in every, "100008" in every) == (False, True)
    async with doorstep.officer("authority", AUTHORITY) as officer:
        mine = (await officer.post("/export/inbox-cases", kind="csv", reason="morning")).text
    assert (str(first.demand)[:8] in mine, str(second.demand)[:8] in mine) == (True, False)


async def test_calls_and_deliveries_are_taken_away_by_oversight_alone_and_name_no_household(doorstep: Doorstep) -> None:
    called, held, failed = Story(11), Story(12), Story(13)
    telling = [
        called.told(feedback.Held, 1, channel="call_list", audience="household", recipient=str(called.household)),
        held.told(feedback.Held, 1, channel="sms", audience="household", recipient=str(held.household)),
        failed.told(feedback.Failed, 1, recipient=BANKS[0], reason="gone"),
    ]
    await doorstep.happen([*(story.demanded() for story in (called, held, failed)), *telling])
    pages = {"calls": "/calls", "deliveries": "/deliveries", "deliveries?show=failed": "/deliveries?show=failed"}
    async with doorstep.officer("auditor") as auditor:
        for (name, path), story in zip(pages.items(), (called, held, failed), strict=True):
            assert f'action="/export/{name}"' in (await auditor.get(path)).text
            text = (await auditor.post(f"/export/{name}", kind="csv", reason="late calls")).text
            rows = [each for each in (called, held, failed) if str(each.demand)[:8] in text]
            assert rows == [story]
            assert str(story.household) not in text
    assert f"{RELEASE.institutions[BANKS[0]].en},Webhook,Given up" in text
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        for name in pages:
            assert (await clerk.post(f"/export/{name}", kind="csv", reason="curious")).status_code == 404


async def test_a_consultation_is_taken_away_by_who_sits_in_it(doorstep: Doorstep) -> None:
    town, other = Town(), Town("620200")
    decided = town.decided("FOOD_PERMIT", "assign", to=AUTHORITY, reason="=cmd()")
    await doorstep.happen([town.agenda("FOOD_PERMIT", "TAX_OVERDUE"), decided, other.agenda("LIC_NONE")])
    items = f"/export/consultation-items?of={town.session}"
    async with doorstep.officer("county_team", TEAM) as member:
        assert f'action="{items}"' in (await member.get(f"/consultations/{town.session}")).text
        assert 'action="/export/consultations"' in (await member.get("/consultations")).text
        listed = (await member.post("/export/consultations", kind="csv", reason="week")).text
        agenda = await member.post(items, kind="csv", reason="week")
        foreign = f"/export/consultation-items?of={other.session}"
        assert (await member.post(foreign, kind="csv", reason="week")).status_code == 404
        assert (await member.post("/export/consultation-items?of=x", kind="csv", reason="week")).status_code == 404
    assert len(listed.strip().splitlines()) == 3
    head, first, second, _ = csv.reader(io.StringIO(agenda.content.decode("utf-8-sig")))
    found = dict(zip(head, first, strict=True))
    assert (found["Decision"], found["Reason"], found["Number"]) == ("Assign", "'=cmd()", "620102-2026-001")
    assert found["Who gets it"] == RELEASE.authorities[AUTHORITY].en
    assert second[head.index("Decision") :] == ["", "", "", "", "", ""]
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        assert (await clerk.post(items, kind="csv", reason="curious")).status_code == 404


async def test_limits_are_taken_away_by_their_bank_alone(doorstep: Doorstep) -> None:
    for number, bank in enumerate(BANKS[:2]):
        unit = RELEASE.institutions[bank].units[0].id
        said = LimitDeclared(bank=bank, unit=unit, version=1, open_limit=40 + number, quota_yuan=5_000_000)
        await doorstep.happen([Story(20 + number).event("intake", said)])
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        assert 'action="/export/limits"' in (await clerk.get("/bank")).text
        text = (await clerk.post("/export/limits", kind="csv", reason="quarter")).text
    head, row, _ = text.splitlines()
    assert head.lstrip("\ufeff") == "Unit,Open at most,Quota"
    assert row == f"{RELEASE.institutions[BANKS[0]].units[0].en},40,5000000"


async def test_the_funnel_and_the_week_are_taken_away_as_shown(doorstep: Doorstep) -> None:
    await doorstep.happen(whole(30))
    async with doorstep.officer("auditor") as auditor:
        for path, name in (("/campaign/funnel", "funnel"), ("/campaign/bulletin", "bulletin-figures?week=")):
            assert f'action="/export/{name}' in (await auditor.get(path)).text
        funnel = (await auditor.post("/export/funnel", kind="csv", reason="week")).text
        week = await auditor.post("/export/bulletin-figures?week=2026-11-23", kind="xlsx", reason="week")
    assert "Demands accepted,1,100030" in funnel
    assert "This week" in _cells(week.content)
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        for name in ("funnel", "bulletin-figures"):
            assert (await clerk.post(f"/export/{name}", kind="csv", reason="curious")).status_code == 404


async def test_the_record_of_what_people_did_cannot_be_changed(doorstep: Doorstep) -> None:
    await records.add(doorstep.connection, records.unknown("li", "sign_in_failed", wall()))
    for statement in ("UPDATE records SET login = 'x'", "DELETE FROM records", "TRUNCATE records"):
        with pytest.raises(Exception, match="only added to"):
            await doorstep.connection.execute(statement)
