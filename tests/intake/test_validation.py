"""The checks as such: what is sound passes, each fault is told at its place, all of them at once, and no value is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from services.intake.domain.consent import Reference
from services.intake.domain.content import Content
from services.intake.domain.facts import check_facts
from services.intake.domain.identity import LADDER, Checks, check_personal, level_of, normal, rungs_of
from services.intake.domain.problems import TEXTS, Problem
from services.intake.domain.validation import MASK, check
from services.intake.handlers.check_digits import checks_of
from tests.intake.test_reading import TERMS

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
COUNTIES = st.sampled_from(sorted(TERMS.counties))
MARK = "0xSECRET"


@st.composite
def contents(draw: st.DrawFn) -> Content:
    """Demands that may pass, in all that the catalogue allows."""
    named = draw(st.none() | st.sampled_from(sorted(TERMS.banks)))
    others = sorted(TERMS.banks - {named})
    version = draw(st.sampled_from(sorted(TERMS.consents)))
    boxes = draw(st.lists(st.sampled_from(sorted(TERMS.consents[version].boxes)), unique=True))
    given_at = draw(st.none() | st.just(datetime(2026, 11, 1, tzinfo=UTC)))
    return Content(
        kind=draw(st.sampled_from(["loan", "renewal", "service"])),
        purpose=draw(st.sampled_from(sorted(TERMS.purposes))),
        county=draw(COUNTIES),
        sentence=draw(st.text("想借钱进货 ·𠮷a", min_size=1, max_size=40)),
        consent=Reference(version, tuple(boxes), given_at, None, "form 7"),
        amount_yuan=draw(st.none() | st.integers(0, 1_000_000_000)),
        term_months=draw(st.none() | st.integers(1, 600)),
        industry=draw(st.none() | st.sampled_from(["H", "H62", "F5212", "62"])),
        named_bank=named,
        excluded_banks=tuple(draw(st.lists(st.sampled_from(others), unique=True, max_size=3))),
    )


BREAKS: dict[str, tuple[Callable[[Content], Content], str]] = {
    "/county": (lambda said: said._replace(county="110101"), "county-unknown"),
    "/purpose": (lambda said: said._replace(purpose=MARK), "purpose-unknown"),
    "/received_at": (lambda said: said._replace(received_at=datetime(2031, 1, 1, tzinfo=UTC)), "in-future"),
    "/named_bank": (lambda said: said._replace(named_bank=MARK), "bank-unknown"),
    "/consent/version": (lambda said: said._replace(consent=said.consent._replace(version=MARK)), "consent-unknown"),
    "/facts/licence_state": (lambda said: said._replace(facts={**said.facts, "licence_state": MARK}), "fact-value"),
    "/facts/none_such": (lambda said: said._replace(facts={**said.facts, "none_such": MARK}), "fact-unknown"),
    "/assisted_by": (
        lambda said: said._replace(consent=said.consent._replace(evidence_kind="oral")), "assistant-missing"
    ),
}  # fmt: skip


@given(contents(), st.sets(st.sampled_from(sorted(BREAKS))))
def test_what_is_sound_passes_and_all_faults_are_told_at_once_each_at_its_place(
    said: Content, broken: set[str]
) -> None:
    for place in broken:
        said = BREAKS[place][0](said)
    found = check(said, {"phone": "19900000001"}, Checks(), TERMS, NOW)
    assert {each.pointer: each.code for each in found.problems} == {place: BREAKS[place][1] for place in broken}
    assert len(found.problems) == len(broken)
    for each in (*found.problems, *found.warnings):
        well_said(each)


def well_said(told: Problem) -> None:
    """A known code, both languages, nothing left to fill in, and nothing of what came."""
    assert told.code in TEXTS
    assert told.zh
    assert told.en
    assert MARK not in told.zh + told.en
    assert "{" not in told.zh + told.en


json_facts = st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=5), max_size=3)


@given(st.dictionaries(st.sampled_from(sorted(TERMS.facts)) | st.text(max_size=9), json_facts, max_size=6))
def test_a_fact_passes_exactly_where_it_is_declared_so(said: dict[str, Any]) -> None:
    told = {each.pointer: each.code for each in check_facts(said, TERMS, "")}
    for name, value in said.items():
        declared = TERMS.facts.get(name)
        code = told.get(Problem("", f"/{name}", "", "").pointer)
        if declared is None:
            assert "fact-unknown" in told.values()
        elif declared.type == "flag":
            assert (code is None) == isinstance(value, bool)
        elif declared.type == "integer":
            assert (code is None) == (type(value) is int and value >= 0)
        elif declared.type == "choice":
            assert (code is None) == (value in declared.values if isinstance(value, str) else False)


names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=50)


@given(names, COUNTIES)
@example("买买提·吐尔逊江·阿不都热依木", "620102")
@example("𠮷田𫘧𬭎", "620102")
def test_people_are_called_as_they_are_called(name: str, county: str) -> None:
    """Dots, fifty characters, characters of the supplementary planes."""
    assert check_personal({"contact_name": name, "phone": "1"}, Checks(), county, False, TODAY, "") == ([], [])


@given(names, st.sampled_from("\0\n\t\x1b\x7f\x85"), st.integers(0, 50))
def test_control_characters_are_refused_wherever_they_stand(name: str, control: str, at: int) -> None:
    personal = {"phone": "1", "shop_name": name[:at] + control + name[at:]}
    problems, _ = check_personal(personal, Checks(), "620102", False, TODAY, "")
    assert [(each.pointer, each.code) for each in problems] == [("/shop_name", "control-characters")]


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
    st.integers(0, 17),
    st.sampled_from("0123456789ABC"),
)
def test_one_wrong_character_of_a_credit_code_is_always_seen(stem: str, at: int, other: str) -> None:
    body = f"92620102{stem}"
    code = body + str(uscc.calc_check_digit(body))
    assert checks_of({"credit_code": code}).credit_code
    assume(code[at] != other)
    assert not checks_of({"credit_code": code[:at] + other + code[at + 1 :]}).credit_code


@given(st.dates(date(1940, 1, 1), TODAY), st.integers(0, 999), st.booleans())
def test_under_eighteen_only_with_somebody_who_assists(born: date, number: int, assisted: bool) -> None:
    body = f"620102{born:%Y%m%d}{number:03d}"
    personal = {"phone": "1", "id_number": body + str(ric.calc_check_digit(f"{body}0"))}
    checks = checks_of(personal)
    assert checks.id_number
    problems, _ = check_personal(personal, checks, "620102", assisted, TODAY, "")
    age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
    assert [each.code for each in problems] == (["minor-alone"] if age < 18 and not assisted else [])


@given(
    st.integers(13_000_000_000, 19_999_999_999),
    st.sampled_from(["", "+86", "86", "0086"]),
    st.sampled_from(["", " ", "-"]),
)
def test_a_telephone_is_one_however_it_is_written_and_never_stays_in_a_sentence(
    number: int, code: str, gap: str
) -> None:
    digits = str(number)
    written = f"{code}{gap if code else ''}{digits[:3]}{gap}{digits[3:7]}{gap}{digits[7:]}"
    assert normal("phone", written) == digits == normal("phone", normal("phone", written))
    said = Content("loan", "stock", "620102", f"电话{digits[:3]}{gap}{digits[3:7]}{gap}{digits[7:]}，急用", CONSENT)
    sentence = check(said, None, Checks(), TERMS, NOW).content.sentence
    assert sentence == f"电话{MASK}，急用"


CONSENT = Reference("v1", ("banks",), None, None, "form 7")


@given(st.dictionaries(st.sampled_from(LADDER), st.text("0123456789", min_size=1, max_size=18)), st.booleans())
def test_the_strongest_number_comes_first_and_a_helpers_telephone_leads_to_nobody(
    personal: dict[str, str], assisted: bool
) -> None:
    found = [name for name, _ in rungs_of(personal, assisted)]
    assert found == [name for name in LADDER if name in personal and not (assisted and name == "phone")]
    assert (level_of(personal) == "none") == (not set(personal) - {"phone"})


def test_there_is_nothing_to_check_where_nothing_was_said() -> None:
    assert all(getattr(checks_of({}), each.name) is None for each in fields(Checks))
