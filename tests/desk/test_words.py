"""Every message has its Chinese, every code its name, and numbers read as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.desk.domain.card import BANDS_YUAN, band, masked
from services.desk.domain.rows import REACHES, STAGES
from services.desk.handlers import HANDLED
from services.desk.handlers.timeline import short
from services.desk.web.demand.remedies import in_words
from services.desk.web.language import language, whole
from services.desk.web.wording.event_labels import EVENT
from services.desk.web.wording.labels import ACT, CASE, DOCKING, EVIDENCE, REASON, REFERRAL, TABLES
from services.desk.web.wording.words import Words
from shared.contracts import actions, capacity, cases, county, demands, feedback, households, referrals, values
from shared.contracts.partners import PartnerRegistered
from shared.contracts.values import Remedy, Step
from tests.desk.messages import used
from tests.desk.visitors import RELEASE

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZH = Words(language("zh"), lambda: RELEASE, lambda: NOW)
EN = Words(language("en"), lambda: RELEASE, lambda: NOW)


def test_the_chinese_catalogue_is_whole_and_holds_nothing_else() -> None:
    known = {message.id: message for message in whole() if message.id}
    assert set(known) == used()
    for text, message in known.items():
        assert isinstance(text, str)
        assert isinstance(message.string, str)
        assert message.string, text
        assert not message.fuzzy, text
        assert set(re.findall(r"%\(\w+\)[ds]", text)) == set(re.findall(r"%\(\w+\)[ds]", message.string)), text


def test_every_state_act_and_event_of_the_wire_has_a_name() -> None:
    def literal(model: type, field: str) -> set[str]:
        return set(TypeAdapter(model.model_fields[field].annotation).json_schema()["enum"])  # type: ignore[attr-defined]

    assert literal(values.Referral, "state") == set(REFERRAL)
    assert literal(values.Case, "state") == set(CASE)
    assert literal(referrals.ReferralSummary, "state") == set(DOCKING)
    listed = {short(data.TYPE) for types in HANDLED.values() for data in types}
    deliveries = (feedback.Noticed, feedback.Sent, feedback.Failed, feedback.Held)
    without = {short(data.TYPE) for data in (*deliveries, capacity.LimitDeclared, county.ObstacleAccount)}
    assert listed - without == set(EVENT)
    assert set(REACHES) <= set(EVENT)
    assert max(REACHES.values()) == len(STAGES)
    assert set(TABLES["act"]) == set(ACT)
    for data, field in ((referrals.Recalled, "reason"), (referrals.Closed, "reason"), (cases.Opened, "reason")):
        assert literal(data, field) <= set(REASON)
    assert {code for policy in RELEASE.policies.values() for code in policy.evidence} <= set(EVIDENCE)


def _literals(annotation: Any) -> set[str]:
    """The codes that a field may hold."""
    if get_origin(annotation) is Literal:
        return {each for each in get_args(annotation) if isinstance(each, str)}
    return set().union(*(_literals(each) for each in get_args(annotation)))


def test_no_code_of_an_event_is_shown_raw_in_a_timeline() -> None:
    """Every code that a line may carry has words in both languages, or is not said at all."""
    walked = 0
    for data in {each for types in HANDLED.values() for each in types}:
        for name, field in data.model_fields.items():
            for code in _literals(field.annotation):
                # An English word may be the code itself: "solved"; a Chinese one never is.
                for words in (ZH, EN) if "_" in code else (ZH,):
                    assert words.params({name: code}) != code, (data.__name__, name, code)
                walked += bool(EN.params({name: code}))
    assert walked > 40


SHOWN: dict[tuple[Any, str], str] = {
    (values.Fact, "assurance"): "assurance",
    (values.CostLine, "item"): "cost",
    (values.Step, "kind"): "remedy",
    (values.Step, "acts"): "acts",
    (values.Owner, "kind"): "owner",
    (values.Case, "level"): "level",
    (demands.DemandSummary, "state"): "intake",
    (demands.DemandSummary, "kind"): "kind",
    (feedback.Sent, "audience"): "audience",
    (feedback.Sent, "channel"): "channel",
    (county.AgendaItem, "reasons"): "agenda",
    (county.AgendaItem, "decision"): "verdict",
    (actions.BankTriedContact, "outcome"): "contact",
    (actions.AuthorityResolves, "evidence_kind"): "proof",
    (households.Visited, "outcome"): "outcome",
}


def test_every_code_that_a_page_shows_has_a_name_and_every_name_its_chinese() -> None:
    for (model, name), table in SHOWN.items():
        codes = _literals(model.model_fields[name].annotation)
        assert codes <= set(TABLES[table]), (model.__name__, name, codes - set(TABLES[table]))
    for table, labels in TABLES.items():
        for code in labels:
            assert re.search("[\u4e00-\u9fff]", ZH.label(code, table)) or ZH.label(code, table) in ALIKE, (table, code)


ALIKE = {"Webhook"}
"""What is called the same in both languages."""


@pytest.mark.parametrize(
    ("yuan", "zh", "en"),
    [
        (None, "–", "–"),
        (0, "0 元", "¥0"),
        (9_999, "9,999 元", "¥9,999"),
        (100_000, "10 万元", "¥100,000"),
        (123_456, "12.35 万元", "¥123,456"),
        (2_380_000_000, "23.8 亿元", "¥2,380.0 m"),
    ],
)
def test_money(yuan: int | None, zh: str, en: str) -> None:
    assert (ZH.money(yuan), EN.money(yuan)) == (zh, en)


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (30, "剩 30 分钟", "30 min left"),
        (-30, "超 30 分钟", "30 min over"),
        (150, "剩 2 小时", "2 hours left"),
        (-4 * 1440, "超 4 天", "4 days over"),
    ],
)
def test_how_long_is_left(minutes: int, zh: str, en: str) -> None:
    moment = NOW + timedelta(minutes=minutes)
    assert (ZH.left(moment), EN.left(moment)) == (zh, en)
    assert EN.late(moment) == (minutes < 0)


def test_a_moment_is_told_in_chinas_time() -> None:
    assert ZH.when(datetime(2026, 11, 24, 18, 30, tzinfo=UTC)) == "11-25 02:30"


@given(st.integers(0, 1_000_000_000))
def test_a_band_holds_its_amount_and_never_tells_it(amount: int) -> None:
    lower, upper = band(amount)
    assert lower < amount or amount == lower == 0
    assert upper is None or amount <= upper
    assert upper in (*BANDS_YUAN, None)


@given(st.from_regex(r"[A-T]\d{0,4}", fullmatch=True))
def test_a_card_shows_of_an_industry_its_division_only(industry: str) -> None:
    card = masked("620102", industry, "stock", 12, 100_000)
    assert card.industry is not None
    assert len(card.industry) <= 3
    assert industry.startswith(card.industry)


def test_remedies_are_told_in_plain_words() -> None:
    remedies = [
        Remedy(
            steps=[
                Step(kind="clear", fact="annual_report_filed", obstacle="AR_MISSING", acts="household", working_days=5),
                Step(kind="adjust", fact="amount_yuan", target=80_000, acts="household"),
            ],
            products=3,
            best_product="niulang-street",
            best_rate_bp=345,
        ),
        Remedy(steps=[Step(kind="supply", fact="term_months", acts="household")], products=1),
        Remedy(
            steps=[Step(kind="wait", fact="operating_months", target=12, acts="time", on=NOW.date())],
            products=2,
        ),
    ]
    raw = TypeAdapter(list[Remedy]).dump_json(remedies, exclude_none=True)
    first, second, third = in_words(raw, EN)
    assert [step.what for step in first.steps] == ["Annual report not filed", "Change Amount to ¥80,000"]
    assert first.steps[0].how == "the household acts, usually 5 working days"
    assert first.opens == "Then products open: 3, the best at about 3.45% a year: Altair street loan."
    assert second.steps[0].what == RELEASE.facts["term_months"].ask_en
    assert second.opens == "Then products open: 1."
    assert third.steps[0].what.startswith("Until")
    assert third.steps[0].how == "on 2026-11-24"
    assert in_words(raw, ZH)[0].opens == "完成后有 3 款产品可选，最优约年化 3.45%：牛郎街区贷。"


def test_what_nobody_has_named_is_shown_as_it_is() -> None:
    assert EN.label("a-new-state", "docking") == "a-new-state"
    assert EN.name("a-new-bank", "institutions") == "a-new-bank"
    assert EN.place("999999") == "999999"
    nothing = Words(language("en"), lambda: None, lambda: NOW)
    assert nothing.name("beichen", "institutions") == "beichen"
    assert nothing.choice("stock", "purpose") == "stock"


@pytest.mark.parametrize(
    ("actor", "text"),
    [
        ("bank:beichen:4711", "Polaris State Bank (invented)"),
        ("bank:desk:4711", "Bank"),
        ("authority:desk:4711", "Authority"),
        ("service:matching", "System"),
        ("household:hotline", "Household"),
        ("publisher:hotline", "hotline"),
    ],
)
def test_who_did_it_is_a_house_and_never_a_person(actor: str, text: str) -> None:
    assert EN.actor(actor) == text


def test_a_partner_has_the_name_under_which_it_is_registered() -> None:
    platform = PartnerRegistered(
        partner="street-1", role="publisher", name_zh="街道平台（虚构）", name_en="Street (invented)"
    )
    known = Words(language("zh"), lambda: RELEASE, lambda: NOW, lambda: {"street-1": platform})
    assert (
        known.partner("street-1") == known.source("street-1") == known.actor("publisher:street-1") == "街道平台（虚构）"
    )
    assert (known.partner("gone"), known.partner(None), known.source("household")) == ("gone", "–", "商户")
    assert known.house("beichen") == RELEASE.institutions["beichen"].zh
