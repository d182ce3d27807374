"""Files as offices make them: titles, headers of two rows, 万元, 2026.3, 长期, and what a spreadsheet has spoilt."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from freshwater.importing import reading
from freshwater.importing.command import EXAMPLES, run_import, run_tally
from freshwater.importing.mapping import Format, MappingProblem, find_mapping, load_mapping
from freshwater.importing.rows import find_head, heads_of, rows
from shared.contracts.door import DemandSubmitted
from tests.demo.test_import import SIMPLE, FakeGate, write

CODE = "92620102MA0000001U"
ABOVE = [
    "序号", "经营者信息", "", "统一社会信用代码", "所在县区", "资金需求（万元）", "期限(月)", "用途", "备注",
    "授权书编号", "授权日期", "授权期限", "成立日期",
]  # fmt: skip
BELOW = ["", "姓名", "联系\n电话", *[""] * 10]
ROWS: list[list[Any]] = [
    [1, "阿依古丽·买买提", 13900000001, CODE, "城关区", 20, 12, "进货", "旺季", "007", "2026.11.2", "长期", "2023.3"],
    [
        2,
        "𠮷野",
        "139 0000 0002",
        "无",
        "七里河区",
        "5.5万",
        6,
        "",
        "周转",
        "008",
        "2026年11月3日",
        "2027/11/2",
        "2026.10",
    ],
    [3, "王", "13900000003", 620102198001011234.0, "城关区", "两万", 12, "进货", "", "009", "昨天", "长期", "2024-1-5"],
    ["合计", "", "", "", "", 25.5, *[""] * 7],
]


def office_file(folder: Path) -> Path:
    """As it comes by mail: a title, a line of its maker, a header of two rows with merged cells, a sum at the end."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["2026年个体工商户服务月融资需求台账"])
    sheet.append(["填报单位：（虚构）街道办", "", "", "2026-11-05"])
    for row in (ABOVE, BELOW, *ROWS):
        sheet.append(row)
    for place in ("A1:M1", "B3:C3", "A3:A4", "D3:D4"):
        sheet.merge_cells(place)
    file = folder / "台账.xlsx"
    book.save(file)
    return file


def test_a_list_of_an_office_becomes_demands_with_the_faults_of_each_row(tmp_path: Path) -> None:
    file = office_file(tmp_path)
    heads = heads_of(file)
    mapping_file = find_mapping([head.known() for head in heads], EXAMPLES)
    assert mapping_file.name == "office-list.yaml"
    mapping = load_mapping(mapping_file)
    head = find_head(heads, mapping.columns())
    found = [(line.number, mapping.demand(line.cells)) for line in rows(file, mapping.format, head)]
    assert [number for number, _ in found] == [5, 6, 7], "the sum at the end is nobody's demand"
    first, second, third = (mapped for _, mapped in found)
    assert first.problems == second.problems == ()
    DemandSubmitted.model_validate(first.data)
    assert first.data["amount_yuan"] == 200_000
    assert second.data["amount_yuan"] == 55_000, "a unit in the cell is the cell's own"
    assert first.data["personal"] == {"contact_name": "阿依古丽·买买提", "phone": "13900000001", "credit_code": CODE}
    assert second.data["personal"] == {"contact_name": "𠮷野", "phone": "13900000002"}
    assert first.data["consent"]["given_at"] == "2026-11-02T00:00:00+08:00"
    assert "expires_on" not in first.data["consent"]
    assert second.data["consent"]["expires_on"] == "2027-11-02"
    assert (first.data["facts"], second.data["facts"]) == ({"operating_months": 44}, {"operating_months": 1})
    assert [problem.partition(":")[0] for problem in third.problems] == [
        "fields.amount_yuan", "personal.credit_code", "consent.given_at",
    ]  # fmt: skip
    assert "6.2E+17" in third.problems[1]
    assert "620102198" not in str(third.problems)


async def test_every_row_is_counted_once_and_the_second_time_nothing_is_new(tmp_path: Path) -> None:
    mapping_file = tmp_path / "simple.yaml"
    mapping_file.write_text(SIMPLE, "utf-8")
    file = write(tmp_path, ["编号,金额", "1,10", "2,20", "3,x", "4,40", "1,10"])
    gate = FakeGate(refuse=["2"])
    gate.words = {1: "rejected"}

    async def imported() -> dict[str, int]:
        done = await run_import(file, mapping_file, gate, tmp_path / "kept", lambda _: None)
        return (await run_tally(done, gate, lambda _: None)).counts()

    assert await imported() == {"rows": 5, "accepted": 1, "rejected": 3, "merged": 0, "repeated": 1}
    errors = (tmp_path / "kept" / "rows.errors.csv").read_text("utf-8-sig").splitlines()
    assert {line.split(",")[0] for line in errors[1:]} == {"3", "4", "5"}
    gate.clock = 3_000
    assert await imported() == {"rows": 5, "accepted": 0, "rejected": 2, "merged": 0, "repeated": 3}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_is_read_in_the_encoding_that_it_has(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes("名单\n编号,金额\n1,三千元\n".encode(encoding))
    head = find_head(heads_of(file), {"编号", "金额"})
    assert [(line.number, line.cells) for line in rows(file, Format(), head)] == [(3, {"编号": "1", "金额": "三千元"})]


@pytest.mark.parametrize("name", ["list.xlsx", "list.xls"])
def test_what_is_no_spreadsheet_is_refused_in_words(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04 no zip at all")
    with pytest.raises(MappingProblem, match=r"spreadsheet|另存为"):
        heads_of(file)


@pytest.mark.parametrize(
    ("text", "times", "value"),
    [
        ("20", 10_000, 200_000), ("20万元", 1, 200_000), ("1.5亿", 10_000, 150_000_000), ("５千", 1, 5_000),
        ("￥1,200", 10_000, 12_000_000), ("300元", 10_000, 300), ("二十万", 1, None), ("10-20万", 1, None),
    ],
)  # fmt: skip
def test_amounts(text: str, times: int, value: int | None) -> None:
    if value is None:
        with pytest.raises(reading.NotReadable):
            reading.yuan(text, Decimal(times))
    else:
        assert reading.yuan(text, Decimal(times)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026.3", date(2026, 3, 1)), ("2026年3月5日", date(2026, 3, 5)), ("2026/3/5", date(2026, 3, 5)),
        ("20260305", date(2026, 3, 5)), ("2026-03-05 00:00:00", date(2026, 3, 5)), ("长期", None),
    ],
)  # fmt: skip
def test_days(text: str, value: date | None) -> None:
    assert reading.day(text) == value


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_cell(text: str) -> None:
    for read in (reading.yuan, reading.day, reading.decimal):
        with suppress(reading.NotReadable):
            read(text)
    reading.code(text)
