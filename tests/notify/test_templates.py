"""Every message is one: rendered, careful, dated, in both languages, and without what its reader may not know."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from prometheus_client import REGISTRY

from services.notify.adapters.templates import FILTERS, Templates
from services.notify.domain.delivery import Content, Delivery
from services.notify.domain.formats import day
from services.notify.domain.wording import EMPTY
from services.notify.handlers.table import TYPES_HEARD, name_of
from shared.catalogue import rules_feedback
from shared.contracts.told import Told
from tests.notify.grounds import demand, event, examples, means, parties, shipped, told

LANGUAGES = ("zh-CN", "en")
FREE = {"zh-CN": "不收取任何费用", "en": "free of charge"}
DECIDES = {"zh-CN": "由银行决定", "en": "the bank decides"}
ROWS = sorted(shipped().feedback)


def fallbacks() -> float:
    found = REGISTRY.get_sample_value
    whys = ("other_language", "not_rendered", "no_template")
    return sum(
        found("freshwater_templates_missing_total", {"language": language, "why": why}) or 0.0
        for language in LANGUAGES
        for why in whys
    )


def contents(name: str, language: str) -> list[tuple[Delivery, dict[str, Any]]]:
    """Every delivery of every example of a row, with the values that its template gets."""
    using = means(parties("email"), language=language, gateway=True)
    found = []
    for each in examples(name):
        account = told(each, using, of=demand(language=language))
        for row in account.rows:
            if isinstance(row, Delivery) and row.content is not None:
                content = msgspec.msgpack.decode(row.content, type=Content)
                values = {**content.values, "personal": {"code": "246810", "email": "a@b.example"}}
                found.append((row, values))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ROWS)
def test_every_telling_renders_for_every_example_in_both_languages(name: str, language: str) -> None:
    words, before, heard = Templates(shipped()), fallbacks(), set()
    for row, values in contents(name, language):
        # What nobody reads by mail in the examples (the household of a rejected demand) is rendered all the same.
        message = words.message(row.audience, row.template, language, values)
        heard.add((row.audience, row.template))
        assert message.subject
        assert message.text
        assert "None" not in message.text + message.subject
        assert "{" not in message.text
        assert len(message.text) <= 2000
        if row.audience == "household":
            assert FREE[language] in message.text
            assert DECIDES[language] in message.text
    assert heard == {(row.audience, row.template) for row in shipped().feedback[name].told}
    assert fallbacks() == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ROWS)
def test_a_message_that_starts_a_clock_names_the_day(name: str, language: str) -> None:
    clocks = {(row.audience, row.template) for row in shipped().feedback[name].told if row.starts_clock}
    words = Templates(shipped())
    for row, values in contents(name, language):
        if (row.audience, row.template) in clocks and values["promised"] is not None:
            text = words.message(row.audience, row.template, language, values).text
            assert day(values["promised"], language) in text


@pytest.mark.parametrize("name", ROWS)
def test_a_submitter_hears_no_name_of_a_bank(name: str) -> None:
    banks = {word for bank in shipped().institutions.values() for word in (bank.zh, bank.en)}
    banks |= {product.zh for product in shipped().products.values()}
    using = means(parties("door"))
    for each in examples(name):
        for emit in told(each, using).emits:
            if isinstance(emit.data, Told) and emit.data.audience == "submitter":
                heard = emit.data.model_dump_json()
                assert not [word for word in banks if word in heard]
                assert "niulang" not in heard


@pytest.mark.parametrize("name", ROWS)
def test_what_goes_out_by_a_door_is_what_the_contract_says(name: str) -> None:
    """Read back as a partner reads it, it is the same."""
    using = means(parties("door"))
    for each in examples(name):
        for emit in told(each, using).emits:
            written = emit.data.model_dump_json(exclude_none=True)
            assert type(emit.data).model_validate_json(written).model_dump_json(exclude_none=True) == written


def test_a_bank_sees_a_card_without_identity_and_without_the_exact_amount() -> None:
    data = TYPES_HEARD["org.freshwater.referral.round-opened.v1"]
    (bank,) = [
        emit.data
        for emit in told(event(data), means(parties("door"))).emits
        if isinstance(emit.data, Told) and emit.data.audience == "bank"
    ]
    assert bank.card == {
        "industry": "H62",
        "amount_band": "100000-300000",
        "county": "620102",
        "term_months": 12,
        "purpose": "stock",
    }
    assert "10万元" in bank.text
    assert "30万元" in bank.text
    assert "18万" not in json.dumps(bank.model_dump(mode="json"), ensure_ascii=False)


def test_a_language_without_templates_falls_back_and_is_counted() -> None:
    values = dict(EMPTY) | {"demand": {"amount_yuan": None}}
    before = REGISTRY.get_sample_value(
        "freshwater_templates_missing_total", {"language": "bo", "why": "other_language"}
    )
    message = Templates(shipped()).message("household", "received", "bo", values)
    after = REGISTRY.get_sample_value("freshwater_templates_missing_total", {"language": "bo", "why": "other_language"})
    assert "已经受理" in message.text
    assert after == (before or 0) + 1


def test_a_template_that_is_not_there_or_can_not_be_rendered_still_says_something() -> None:
    words = Templates(shipped())
    assert words.message("household", "no-such-template", "en", dict(EMPTY)).text.startswith("There is news")
    assert words.message("household", "received", "en", {}).text.startswith("There is news")


def test_the_catalogue_checks_what_notify_gives() -> None:
    """The names in the rules of the catalogue are those that notify has: neither more nor less."""
    assert set(EMPTY) == rules_feedback.COMMON
    assert set(FILTERS) == rules_feedback.FILTERS
    assert {name_of(data) for data in TYPES_HEARD.values()} & set(rules_feedback.TELLABLE) >= set(ROWS)


def test_a_template_can_not_reach_into_the_machine() -> None:
    words = Templates(shipped())
    words._texts["en.household.received"] = "{{ demand.__class__.__mro__ }}"
    message = words.message("household", "received", "en", dict(EMPTY) | {"demand": {"amount_yuan": None}})
    assert message.text.startswith("There is news")
