"""Lists for visits: made from an office's list, filled in, and read back as visits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from freshwater.importing.command import EXAMPLES
from freshwater.importing.mapping import MappingProblem, load_mapping
from freshwater.importing.rows import find_head, heads_of, rows
from freshwater.visits.command import lists, shops_of
from freshwater.visits.lists import OUTCOMES, file_name
from shared.contracts.door import VisitLogged
from tests.intake.people import credit_code

LIST = f"""名单
店名,统一社会信用代码,所在县区,街道,网格员,联系电话
甲面馆,{credit_code(1)},城关区,张掖路街道,07,13900000001
<乙>修鞋,,城关区,临夏路街道,08,
丙布店,{credit_code(3)},七里河区,张掖路街道,07,
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    file = tmp_path / "shops.csv"
    file.write_text(LIST, "utf-8")
    return file


def test_each_street_gets_a_list_that_comes_back_as_visits(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    lists(office, "街道", folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "临夏路街道.html", "临夏路街道.xlsx", "张掖路街道.html", "张掖路街道.xlsx",
    ]  # fmt: skip
    file = folder / "张掖路街道.xlsx"
    book = load_workbook(file)
    sheet: Any = book.active
    assert sheet.protection.sheet
    assert sheet["A3"].protection.locked
    assert not sheet["I3"].protection.locked
    assert OUTCOMES[0] in sheet.data_validations.dataValidation[0].formula1
    sheet["G3"], sheet["H3"], sheet["I3"] = "07号网格员", "2026.11.20", "有需求"
    book.save(file)
    mapping = load_mapping(EXAMPLES / "visits.yaml")
    head = find_head(heads_of(file), mapping.columns())
    found = [mapping.demand(line.cells) for line in rows(file, mapping.format, head)]
    assert found[0].problems == ()
    visit = VisitLogged.model_validate(found[0].data)
    assert (visit.outcome, visit.county, str(visit.on)) == ("demand", "620102", "2026-11-20")
    assert visit.personal is not None
    assert visit.personal.credit_code == credit_code(1)
    assert "outcome" not in found[1].data, "the gate refuses a visit without its outcome"


def test_a_page_to_print_escapes_what_stands_in_the_list(office: Path, tmp_path: Path) -> None:
    lists(office, "街道", tmp_path / "lists")
    text = (tmp_path / "lists" / "临夏路街道.html").read_text("utf-8")
    assert "&lt;乙&gt;修鞋" in text
    assert text.count("□拒访") == 11


def test_a_list_without_its_columns_is_refused_by_name(office: Path) -> None:
    with pytest.raises(MappingProblem, match="走访银行"):
        shops_of(office, "走访银行")


@pytest.mark.parametrize("group", ["../../etc", "a/b", "", "张掖路 街道"])
def test_a_list_stays_in_its_folder(group: str) -> None:
    assert "/" not in file_name(group)
    assert ".." not in file_name(group)
    assert file_name(group)
