"""Files that become demands: the mapping, the rows with all their faults, and an import that goes on where it broke."""

from __future__ import annotations

import asyncio
import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freshwater.gate import Answer, GateAway, Verdict
from freshwater.importing.command import EXAMPLES, run_import
from freshwater.importing.errors import Problems
from freshwater.importing.mapping import MappingProblem, RowMapping, find_mapping, load_mapping
from freshwater.importing.mark import UNFIT, Mark
from freshwater.importing.rows import header_of, rows
from freshwater.importing.rules import Rule, Unfit
from freshwater.importing.sending import Import
from shared.contracts.door import DemandSubmitted

HEADER = "id,LoanAmount,City,State,Zip,NAICSCode,BusinessType,Gender,Veteran,JobsRetained,DateApproved,Lender"
ROW = "PPP{number:07d},{amount},TESTVILLE,ME,04{number:03d},722511,Sole Proprietorship,,,2.0,2020-04-28,Test Bank"
SIMPLE = """
name: simple
notice: 测试 test
header: [编号, 金额]
source_id: {column: 编号}
fields:
  county: {constant: "620102"}
  sentence: {template: "要{金额}元"}
  amount_yuan: {column: 金额, to: integer, least: 1, without: ["元", " "]}
personal:
  phone: {template: "100{编号}"}
consent:
  version: {constant: v1}
  evidence: {template: "test/{编号}"}
"""


class FakeGate:
    """Takes everything but the numbers that it is told to refuse; may break off after so many events."""

    def __init__(self, refuse: Sequence[str] = (), breaks_after: int | None = None) -> None:
        self.seen: list[Mapping[str, Any]] = []
        self._refuse, self._breaks_after = refuse, breaks_after
        self.receipts: dict[str, UUID] = {}
        self.words: dict[int, str] = {}
        self.clock = 1_000

    async def now_ms(self) -> int:
        return self.clock

    async def verdicts(self, receipts: Sequence[UUID]) -> list[Verdict]:
        return [Verdict(self.words.get(receipt.int & 0xFFFF, "accepted")) for receipt in receipts]

    async def send(self, events: Sequence[Mapping[str, Any]]) -> list[Answer]:
        await asyncio.sleep(0)
        if self._breaks_after is not None and len(self.seen) >= self._breaks_after:
            raise GateAway("away")
        self.seen += events
        return [self._answer(event) for event in events]

    def _answer(self, event: Mapping[str, Any]) -> Answer:
        if event["id"] in self._refuse:
            return Answer(422, ("/data/county 不在范围 / not in range", "/data/purpose 未知 / unknown"))
        new = UUID(int=2_000 << 80 | len(self.receipts))
        return Answer(202, (), self.receipts.setdefault(str(event["id"]), new))


@pytest.fixture
def mapping_file(tmp_path: Path) -> Path:
    file = tmp_path / "simple.yaml"
    file.write_text(SIMPLE, "utf-8")
    return file


def write(folder: Path, lines: Sequence[str], name: str = "rows.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes("\n".join(lines).encode(encoding) + b"\n")
    return file


def ppp(folder: Path, amounts: Sequence[str]) -> Path:
    made = [ROW.format(number=number, amount=amount) for number, amount in enumerate(amounts, 1)]
    file = folder / "ppp.csv.gz"
    file.write_bytes(gzip.compress("\n".join([HEADER, *made]).encode()))
    return file


def test_the_example_is_found_by_its_header_and_makes_demands(tmp_path: Path) -> None:
    file = ppp(tmp_path, ["12345.67", "0.0", ""])
    mapping = load_mapping(find_mapping([header_of(file)], EXAMPLES))
    found = [mapping.demand(line.cells) for line in rows(file, mapping.format)]
    assert [each.problems for each in found] == [(), (), ()]
    assert [each.data.get("amount_yuan") for each in found] == [86_400, None, None], "nothing is an unstated amount"
    for each in found:
        DemandSubmitted.model_validate(each.data)
    assert found[0].data["industry"] == "H62"
    assert found[0].data["personal"] == {"phone": "10000000001"}


def test_the_example_says_that_it_claims_no_equivalence() -> None:
    mapping = load_mapping(EXAMPLES / "ppp.yaml")
    assert "no claim of equivalence" in mapping.notice
    assert "不代表任何对应关系" in mapping.notice
    assert mapping.simulated


def test_every_row_keeps_all_its_faults(tmp_path: Path, mapping_file: Path) -> None:
    mapping = load_mapping(mapping_file)
    found = mapping.demand({"编号": "", "金额": "viel"})
    assert [problem.partition(":")[0] for problem in found.problems] == ["source_id", "fields.amount_yuan"]
    assert "viel" not in str(found.problems), "a cell may hold somebody's name"


def test_a_file_of_an_older_program_is_read_in_its_encoding(tmp_path: Path, mapping_file: Path) -> None:
    file = write(tmp_path, ["编号,金额", "1,三千元", "2,5000元"], encoding="gb18030")
    mapping = load_mapping(mapping_file)
    lines = list(rows(file, mapping.format))
    assert [line.cells["金额"] for line in lines] == ["三千元", "5000元"]
    assert mapping.demand(lines[1].cells).data["amount_yuan"] == 5_000


def test_a_row_that_is_no_row_stops_nobody(tmp_path: Path, mapping_file: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes("编号,金额\n1,10\n2\n3,1\x000\n\n4,10\n".encode() + b"5,\xff\xfe\n6,10\n")
    lines = list(rows(file, load_mapping(mapping_file).format.model_copy(update={"encoding": "utf-8"})))
    assert [(line.number, line.problem is None) for line in lines] == [
        (2, True), (3, False), (4, False), (6, True), (7, False), (8, True),
    ]  # fmt: skip


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "any.csv"
    file.write_bytes("编号,金额\n".encode() + content)
    form = RowMapping.model_validate(
        {
            "name": "x",
            "notice": "x",
            "header": ["x"],
            "source_id": {"constant": "1"},
            "fields": {},
            "personal": {"phone": {"constant": "1"}},
            "consent": {"version": {"constant": "1"}},
        }
    ).format
    for line in rows(file, form):
        assert line.cells or line.problem


async def test_what_the_gate_refuses_stands_in_the_file_of_errors(tmp_path: Path, mapping_file: Path) -> None:
    file = write(tmp_path, ["编号,金额", "1,10", "2,20", "3,x"])
    gate = FakeGate(refuse=["2"])
    imported = await run_import(file, mapping_file, gate, tmp_path / "kept", lambda _: None)
    imported.problems.close()
    result = imported.result
    assert (result.rows, result.taken, result.refused, result.unfit) == (3, 1, 1, 1)
    with (tmp_path / "kept" / "rows.errors.csv").open(encoding="utf-8-sig", newline="") as stream:
        errors = [(line["row"], line["source_id"]) for line in csv.DictReader(stream)]
    assert sorted(errors) == [("3", "2"), ("3", "2"), ("4", "3")]
    assert gate.seen[0]["data"]["personal"] == {"phone": "1001"}


async def test_an_import_goes_on_where_it_broke_off(tmp_path: Path, mapping_file: Path) -> None:
    file = write(tmp_path, ["编号,金额", *(f"{number},10" for number in range(1, 2_001))])
    mapping, folder = load_mapping(mapping_file), tmp_path / "kept"
    broken = FakeGate(breaks_after=1_000)
    with pytest.raises(GateAway):
        await Import(mapping, broken, Mark(folder, file, mapping_file), Problems(tmp_path / "e.csv")).run(file)
    again = Mark(folder, file, mapping_file)
    assert 0 < again.rows <= 1_250
    rest = FakeGate()
    result = await Import(mapping, rest, again, Problems(tmp_path / "e.csv")).run(file)
    assert result.skipped + result.rows == 2_000
    sent = {event["id"] for event in [*broken.seen, *rest.seen]}
    assert sent == {str(number) for number in range(1, 2_001)}
    again = Mark(folder, file, mapping_file)
    assert again.rows == 2_000
    assert [row for row, _ in again.answers()] == list(range(2, 2_002)), "each row once, in the order of the file"
    again.finish()
    assert Mark(folder, file, mapping_file).rows == 0, "what came to its end begins anew"


def test_another_mapping_or_another_file_begins_at_the_first_row(tmp_path: Path, mapping_file: Path) -> None:
    file = write(tmp_path, ["编号,金额", "1,10"])
    Mark(tmp_path, file, mapping_file).answered(0, [(2, UNFIT)])
    assert Mark(tmp_path, file, mapping_file).rows == 1
    mapping_file.write_text(SIMPLE.replace("least: 1", "least: 2"), "utf-8")
    assert Mark(tmp_path, file, mapping_file).rows == 0


async def test_a_mapping_that_does_not_fit_says_what_is_missing(tmp_path: Path, mapping_file: Path) -> None:
    file = write(tmp_path, ["编号,数额", "1,10"])
    with pytest.raises(MappingProblem, match="金额"):
        await run_import(file, mapping_file, FakeGate(), tmp_path, lambda _: None)
    with pytest.raises(MappingProblem, match="--mapping"):
        await run_import(file, None, FakeGate(), tmp_path, lambda _: None)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("name: [", "not YAML"),
        (SIMPLE.replace("fields:", "fields:\n  colour: {constant: red}"), "colour"),
        (SIMPLE.replace("{column: 编号}", "{column: 编号, constant: x}", 1), "exactly one of"),
        (SIMPLE.replace("notice: 测试 test", ""), "notice"),
    ],
)
def test_a_mapping_with_a_fault_is_refused_by_name(tmp_path: Path, broken: str, said: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(broken, "utf-8")
    with pytest.raises(MappingProblem, match=said):
        load_mapping(file)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_choice_by_hash_is_one_of_the_choices_and_always_the_same(cell: str, source_id: str) -> None:
    rule = Rule.model_validate({"spread": ["a", "b", "c"], "by": ["column"]})
    first = rule.value({"column": cell}, source_id)
    assert first in ("a", "b", "c")
    assert rule.value({"column": cell}, "another") == first


@pytest.mark.parametrize(
    ("rule", "cell", "value"),
    [
        ({"column": "c", "prefixes": {"72": "H62", "721": "H61"}}, "721110", "H61"),
        ({"column": "c", "prefixes": {"72": "H62", "721": "H61"}}, "722511", "H62"),
        ({"column": "c", "map": {"ja": True}, "to": "flag"}, "ja", True),
        ({"column": "c", "map": {"w": ["woman"]}, "otherwise": ["none"], "as_list": True}, "m", ["none"]),
        ({"column": "c", "to": "integer", "times": 7, "round_to": 100}, "1,234.5", 8_600),
        ({"column": "c", "blank": "x"}, "  ", "x"),
        ({"column": "c"}, "", None),
        ({"template": "{c}-{c}"}, "a", "a-a"),
    ],
)
def test_rules(rule: dict[str, Any], cell: str, value: Any) -> None:
    assert Rule.model_validate(rule).value({"c": cell}, "1") == value


@pytest.mark.parametrize(
    "rule",
    [
        {"column": "c", "map": {"ja": True}},
        {"column": "c", "prefixes": {"72": "H62"}},
        {"column": "c", "to": "integer"},
        {"column": "c", "to": "flag"},
    ],
)
def test_what_a_rule_does_not_take_it_says_without_quoting_it(rule: dict[str, Any]) -> None:
    with pytest.raises(Unfit) as raised:
        Rule.model_validate(rule).value({"c": "王小明"}, "1")
    assert "王小明" not in str(raised.value)
    assert "column c" in str(raised.value)
