"""A catalogue with faults is refused with all of them at once, each where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalogue import CatalogueRefused, Problem, load_directory
from shared.catalogue.yaml_text import read_yaml
from tests.catalogue.builders import SMALL, changed, write

calm = settings(deadline=None)
"""No limit per example: the machine is shared."""

ROWS = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text("utf-8"))
FAULTS = {row["fault"]: (row["old"], row["new"], row["said"], row.get("meant", "")) for row in ROWS}


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(CatalogueRefused) as refused:
        load_directory(folder)
    return refused.value.problems


def test_the_small_catalogue_is_whole(tmp_path: Path) -> None:
    release = load_directory(write(tmp_path))
    assert set(release.products) == {"loan"}
    # "no" is a word and not a truth value; 2026-11-01 is a date all the same.
    assert release.facts["purpose"].values[1].id == "no"


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_named_with_its_line(fault: str, tmp_path: Path) -> None:
    old, new, said, meant = FAULTS[fault]
    text = changed(old, new)
    problems = problems_of(write(tmp_path, text))
    found = [problem for problem in problems if said in problem.what]
    assert found, problems
    assert found[0].nearest == meant
    if found[0].file and fault not in TOLD_ELSEWHERE:
        first = SMALL[: SMALL.index(old)].count("\n") + 1
        entity = max(at for at, line in enumerate(text.splitlines(), 1) if line.startswith("  - ") and at <= first)
        assert found[0].line in {*range(first, first + new.count("\n") + 1), entity}


TOLD_ELSEWHERE = {"obstacle about another fact", "two leads for one place", "not YAML"}
"""Told at the other end of what does not fit together, or where the text stops making sense."""


def test_ten_faults_come_all_at_once(tmp_path: Path) -> None:
    text = SMALL
    chosen = ("unknown fact", "unknown operator", "unknown choice", "product without a bank", "unknown policy",
              "overlapping regions", "rate below zero", "misspelt field", "lead that nobody is",
              "unknown bank in a consent")  # fmt: skip
    text = text.replace("op: at_least", "op: atleast").replace("rate_bp: 400", "rate_bp: -1\n    regoins: []")
    for fault in chosen:
        old, new = FAULTS[fault][:2]
        if fault not in ("unknown operator", "rate below zero", "misspelt field"):
            text = changed(old, new, text)
    problems = problems_of(write(tmp_path, text))
    for fault in chosen:
        assert any(FAULTS[fault][2] in problem.what for problem in problems), fault
    assert len(problems) == 10
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


UNREADABLE = {
    "bank": ("    bank: one\n", "", "is missing"),
    "rate_bp": ("rate_bp: 400", "rate_bp: 4%", "valid integer"),
    "amount_max": ("amount_max: 50000", "amount_max: many", "valid integer"),
    "term_min": ("term_min: 6\n", "term_min: [6]\n", "valid integer"),
    "criteria/0/op": ("months, op: at_least", "months, op: reaching", "is not known"),
    "criteria/1/value": ("op: in, value: [stock]", "op: in, value: {}", "valid string; or: "),
}
"""What keeps a whole product from being read."""
RULES = {
    "regions/1": ('"620121"]\n    amount', '"620121", "620121"]\n    amount', "lies in"),
    "policies/0": ("policies: [cut]", "policies: [cud]", "there is no policy"),
    "criteria/1/fact": ("fact: purpose", "fact: purpos", "there is no fact"),
}
"""What only the rules between entities find."""


@pytest.mark.parametrize("field", UNREADABLE)
def test_what_cannot_be_read_hides_no_other_fault_of_its_entity_and_makes_none(field: str, tmp_path: Path) -> None:
    old, new, said = UNREADABLE[field]
    text = changed(old, new)
    alone = problems_of(write(tmp_path / "alone", text))
    assert ["/".join(map(str, problem.path)) for problem in alone] == [field]
    assert said in alone[0].what
    for old, new, _ in RULES.values():
        text = changed(old, new, text)
    together = problems_of(write(tmp_path / "together", text))
    for _, _, broken in RULES.values():
        assert any(broken in problem.what for problem in together)
    assert len(together) == 1 + len(RULES)


def test_nobody_is_judged_by_an_entity_that_cannot_be_read(tmp_path: Path) -> None:
    """A fact of no known type: what products ask of it is not their fault."""
    problems = problems_of(write(tmp_path, changed("en: Months, type: integer", "en: Months, type: numberish")))
    assert [(problem.kind, problem.what[:12]) for problem in problems] == [("fact", "'numberish' ")]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert "holds no *.yaml file" in problems_of(tmp_path)[0].what


def test_an_alias_that_holds_itself_ends(tmp_path: Path) -> None:
    problems = problems_of(write(tmp_path, "products: &all\n  - *all\n"))
    assert any("nested too deeply" in problem.what for problem in problems)


WORDS = ("no", "yes", "on", "12:30", "0111", "1e3", "1_000", "2026-11-01")
VALUES = {"true": True, "false": False, "null": None, "~": None, "-5": -5, "0": 0, "'5'": "5", '"true"': "true"}


@pytest.mark.parametrize(("written", "meant"), [*((word, word) for word in WORDS), *VALUES.items()])
def test_only_plain_numbers_and_truth_values_are_not_text(written: str, meant: object) -> None:
    assert read_yaml(f"a: {written}").data == {"a": meant}


@calm
@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    document = read_yaml(text)
    assert document.faults or document.data is None or document.lines


@calm
@given(st.data())
def test_no_damage_makes_the_loader_fail(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A piece cut out or put in anywhere: a release or a refusal, never another error."""
    at = data.draw(st.integers(0, len(SMALL)))
    length = data.draw(st.integers(0, 40))
    text = (
        SMALL[:at]
        + data.draw(st.sampled_from(["", "x", ": ", "- ", "[", "{", "5", "null", "\n"]))
        + SMALL[at + length :]
    )
    folder = write(tmp_path_factory.mktemp("damaged"), text)
    refusal: CatalogueRefused | None = None
    try:
        load_directory(folder)
    except CatalogueRefused as refused:
        refusal = refused
    assert refusal is None or refusal.problems
