"""The gate's decisions alone: duplicates, facts, consent, identity, who may say what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.intake.domain.changes import Changed, adjust, revive, supply, withdraw
from services.intake.domain.consent import Consent, Reference, accepted, check_consent, newer, widened
from services.intake.domain.content import Content
from services.intake.domain.demand import Demand, Submitter
from services.intake.domain.duplicates import Accepted, Corrected, Merged, Refused, Repeated, judge
from services.intake.domain.facts import RANK, Assurance, Fact, fits, merged
from services.intake.domain.identity import Checks, check_personal, normal, rungs_of
from services.intake.domain.moments import EARLIEST, TOLERANCE, day_of, end_of
from services.intake.domain.problems import TEXTS, Problem, problem
from services.intake.domain.speaking import RIGHTS, Partner, Speaker, may_claim, may_say, may_touch, through_portal
from services.intake.domain.terms import ConsentTerms, FactTerms, Terms
from services.intake.domain.validation import MASK, check

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
HOUSEHOLD = UUID(int=1)
TERMS = Terms(
    release=1,
    counties=frozenset({"620102", "620103"}),
    facts={
        "purpose": FactTerms("choice", frozenset({"stock", "rent"})),
        "employees": FactTerms("integer"),
        "food_permit": FactTerms("flag", by_household=False),
        "tax_grade": FactTerms("choice", frozenset({"A", "B"}), by_household=False),
        "collateral": FactTerms("set", frozenset({"none", "house"})),
    },
    consents={"v1": ConsentTerms(frozenset({"beichen"}), frozenset({"banks", "messages"}), 3, 365)},
    banks=frozenset({"beichen", "niulang"}),
)
REFERENCE = Reference("v1", ("banks",), NOW, None, "form")
CONTENT = Content("loan", "stock", "620102", "进货", REFERENCE)
PERSONAL = {"phone": "19900000001"}


def a_demand(**more: object) -> Demand:
    made = Demand(
        id=UUID(int=7), household=HOUSEHOLD, state="open", kind="loan", purpose="stock", county="620102",
        submitter=Submitter("hotline", "1"), received_at=NOW, version=1, fingerprint=b"a", partners=("hotline",),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def codes(problems: object) -> set[tuple[str, str]]:
    return {(each.pointer, each.code) for each in problems}  # type: ignore[attr-defined]


# Duplicates.
versions, prints = st.integers(1, 4), st.sampled_from([b"a", b"b", b"c"])
states = st.sampled_from(["open", "closed", "withdrawn", "merged", "erased"])
copies = st.builds(lambda v, f: a_demand(version=v, fingerprint=f), versions, prints)


@given(copies)
def test_a_first_copy_is_accepted_and_a_second_demand_for_its_purpose_merged(offer: Demand) -> None:
    assert judge(offer, None, None) == Accepted(offer)
    rival = a_demand(id=UUID(int=9), received_at=NOW - timedelta(days=1), partners=("platform",))
    judged = judge(offer, None, rival)
    assert isinstance(judged, Merged)
    assert judged.survivor.received_at == rival.received_at
    assert judged.survivor.partners == ("hotline", "platform")
    assert judged.alias.survivor == rival.id


@given(copies, copies, states)
def test_a_copy_of_what_is_known_never_makes_a_second_demand(earlier: Demand, offer: Demand, state: str) -> None:
    known = replace(earlier, state=state)  # type: ignore[arg-type]
    judged = judge(offer, known, known if state == "open" else None)
    assert not isinstance(judged, Accepted | Merged)
    if offer.version < known.version:
        assert judged == Repeated(known)
    elif offer.version == known.version:
        same = offer.fingerprint == known.fingerprint
        assert judged == (Repeated(known) if same else Refused("contradicts-earlier"))
    else:
        assert isinstance(judged, Corrected if state == "open" else Refused)


@given(st.lists(copies, min_size=1, max_size=6))
def test_the_highest_version_holds_as_it_was_first_said_and_all_again_changes_nothing(said: list[Demand]) -> None:
    def after(known: Demand | None, offer: Demand) -> Demand:
        judged = judge(offer, known, known)
        if isinstance(judged, Accepted | Corrected | Repeated):
            return judged.demand
        assert known is not None
        return known

    known: Demand | None = None
    for offer in said:
        known = after(known, offer)
    assert known is not None
    highest = max(offer.version for offer in said)
    assert known.version == highest
    assert known.fingerprint == next(offer.fingerprint for offer in said if offer.version == highest)
    again = known
    for offer in said:
        again = after(again, offer)
    assert again == known


# Facts.
assurances: st.SearchStrategy[Assurance] = st.sampled_from(["self", "partner", "register"])
facts = st.builds(
    lambda value, day, how: Fact(value, "s", date(2026, 11, day), how), st.integers(0, 3), st.integers(1, 5), assurances
)
named_facts = st.dictionaries(st.sampled_from("xyz"), facts, max_size=3)


@given(named_facts, named_facts)
def test_the_surer_fact_holds_and_of_equally_sure_ones_the_newer(known: dict[str, Fact], said: dict[str, Fact]) -> None:
    result, changed, refused = merged(known, said)
    for name, fact in said.items():
        before = known.get(name)
        if before and (RANK[before.assurance], before.as_of) > (RANK[fact.assurance], fact.as_of):
            assert result[name] == before
            assert (name in refused) == (before.value != fact.value)
        else:
            assert result[name] == fact
    assert not set(changed) & set(refused)
    assert merged(result, said)[1] == []


@given(st.one_of(st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.sampled_from(["none", "house", "x"]))))
def test_a_value_fits_one_kind_of_fact_only(value: object) -> None:
    kinds = {name for name in ("employees", "food_permit", "tax_grade", "collateral") if fits(value, TERMS.facts[name])}  # type: ignore[arg-type]
    assert len(kinds) <= 1
    if isinstance(value, bool):
        assert kinds == {"food_permit"}


# The whole check.
def test_a_sound_demand_has_no_problem() -> None:
    assert check(CONTENT, PERSONAL, Checks(), TERMS, NOW).problems == ()


def test_all_faults_at_once() -> None:
    content = CONTENT._replace(
        county="110101", purpose="holiday", facts={"nothing": 1, "employees": -1}, named_bank="x",
        excluded_banks=("x", "beichen"), received_at=NOW + timedelta(days=1),
        consent=Reference("v1", ("statistics",), None, date(2020, 1, 1), "e"),
    )  # fmt: skip
    found = check(content, {"shop_name": "a\x00"}, Checks(), TERMS, NOW, "/d")
    assert codes(found.problems) == {
        ("/d/county", "county-unknown"), ("/d/purpose", "purpose-unknown"), ("/d/facts/nothing", "fact-unknown"),
        ("/d/facts/employees", "fact-value"), ("/d/named_bank", "bank-unknown"), ("/d/named_bank", "bank-excluded"),
        ("/d/excluded_banks/0", "bank-unknown"), ("/d/received_at", "in-future"), ("/d/consent/boxes/0", "consent-box"),
        ("/d/consent", "consent-expired"), ("/d/personal/shop_name", "control-characters"),
        ("/d/personal/phone", "contact-missing"),
    }  # fmt: skip


def test_a_fact_that_is_a_field_of_the_demand_becomes_the_field_or_contradicts_it() -> None:
    content = CONTENT._replace(facts={"amount_yuan": 5, "term_months": 6, "industry": "F52"})
    checked = check(content, PERSONAL, Checks(), TERMS, NOW)
    assert checked.problems == ()
    assert (checked.content.amount_yuan, checked.content.term_months, checked.content.facts) == (5, 6, {})
    both = content._replace(amount_yuan=7)
    assert codes(check(both, PERSONAL, Checks(), TERMS, NOW).problems) == {("/facts/amount_yuan", "field-contradicts")}


@pytest.mark.parametrize(
    "number", ["19931884021", "199 3188 4021", "+86 19931884021", "199-3188-4021", "620102199001011234"]
)
def test_numbers_of_people_are_masked_in_the_sentence_and_amounts_are_not(number: str) -> None:
    checked = check(CONTENT._replace(sentence=f"电话{number}，要80000元，620102"), PERSONAL, Checks(), TERMS, NOW)
    assert checked.content.sentence == f"电话{MASK}，要80000元，620102"
    assert [each.code for each in checked.warnings] == ["sentence-masked"]


def test_an_industry_in_words_goes_on_in_the_sentence_for_a_clerk() -> None:
    checked = check(CONTENT._replace(industry="牛肉面馆"), PERSONAL, Checks(), TERMS, NOW)
    assert checked.content.industry is None
    assert "牛肉面馆" in checked.content.sentence
    assert [each.code for each in checked.warnings] == ["industry-to-code"]


@given(st.text(max_size=300))
def test_no_sentence_ever_breaks_the_check(text: str) -> None:
    check(CONTENT._replace(sentence=text, industry=text), {**PERSONAL, "contact_name": text}, Checks(), TERMS, NOW)


# Identity.
def test_check_digits_prefix_place_and_age() -> None:
    today = NOW.date()
    personal = {**PERSONAL, "credit_code": "91620103MA00000000", "id_number": "620102201001011234"}
    checks = Checks(credit_code=True, registration_number=False, id_number=True)
    problems, warnings = check_personal(personal, checks, "620102", False, today, "")
    assert codes(problems) == {("/credit_code", "credit-code-kind"), ("/id_number", "minor-alone")}
    assert codes(warnings) == {
        ("/credit_code", "registered-elsewhere"),
        ("/registration_number", "registration-number-check"),
    }
    assert check_personal(personal, replace(checks, credit_code=None), "620102", True, today, "")[0] == []


def test_one_telephone_in_many_forms_is_one_and_a_helpers_leads_to_nobody() -> None:
    forms = {normal("phone", text) for text in ("19931884021", "199-3188-4021", "+86 199 3188 4021", "8619931884021")}
    assert forms == {"19931884021"}
    personal = {"phone": "1", "credit_code": "a", "email": "x@example.org"}
    assert list(rungs_of(personal, False)) == [("credit_code", "A"), ("phone", "1")]
    assert list(rungs_of(personal, True)) == [("credit_code", "A")]


# Consent.
@given(st.integers(-400, 400), st.integers(-400, 800))
def test_a_consent_holds_no_longer_than_its_text_and_never_from_the_future(given_days: int, ends_days: int) -> None:
    said = Reference("v1", ("banks",), NOW + timedelta(days=given_days), NOW.date() + timedelta(days=ends_days), "e")
    problems, warnings = check_consent(said, TERMS, NOW, "")
    assume(not problems)
    consent = accepted(said, TERMS, NOW)
    assert consent.given_at <= NOW + TOLERANCE
    assert day_of(NOW) <= consent.expires_on <= day_of(consent.given_at) + timedelta(days=365)
    assert bool(warnings) == (said.expires_on is not None and consent.expires_on < said.expires_on)


def test_the_later_consent_holds_and_keeps_what_was_added_to_the_same_text() -> None:
    first = widened(accepted(REFERENCE, TERMS, NOW), ["niulang"])
    later = replace(first, given_at=NOW + timedelta(hours=1), added_banks=(), evidence="e2")
    assert newer(first, later) == replace(later, added_banks=("niulang",))
    assert newer(later, first) == later
    assert newer(first, replace(later, version="v2")).added_banks == ()


@given(st.datetimes(timezones=st.sampled_from([UTC])))
def test_every_moment_has_its_day_in_shanghai(moment: datetime) -> None:
    day = day_of(moment)
    if moment >= EARLIEST and moment.year < 9999:
        assert end_of(day) - timedelta(days=1) <= moment < end_of(day)


# What is named.
def test_a_demand_that_is_not_open_takes_nothing() -> None:
    fact = Fact(1, "s", NOW.date(), "self")
    for state in ("withdrawn", "closed", "merged", "erased"):
        assert isinstance(supply(a_demand(state=state), {"x": fact}, ""), Problem)
        assert isinstance(adjust(a_demand(state=state), 1, None, {}), Problem)


def test_withdrawn_and_opened_again() -> None:
    withdrawn = withdraw(a_demand())
    assert isinstance(withdrawn, Changed)
    assert withdraw(withdrawn.demand) == Changed(withdrawn.demand)
    assert revive(withdrawn.demand, None, "") == Changed(a_demand(), ("state",))
    taken = revive(withdrawn.demand, a_demand(id=UUID(int=8)), "")
    assert isinstance(taken, Problem)
    assert taken.code == "purpose-taken"


# Who may say what.
ROLES = ("publisher", "bank", "authority", "portal", "auditor", "household", "campaign_office")


@pytest.mark.parametrize("what", RIGHTS)
def test_an_auditor_only_reads(what: str) -> None:
    assert may_say("auditor", what, "") is not None


def test_a_bank_never_speaks_as_an_authority_nor_the_other_way() -> None:
    assert may_claim("bank", "bank-accepts", "") is None
    assert may_claim("bank", "authority-signs", "") is not None
    assert may_claim("authority", "bank-accepts", "") is not None
    assert may_claim("household", "household-chooses", "") is None
    assert all(may_claim(role, "no-such-action", "") for role in ROLES)


def test_nobody_touches_a_demand_that_is_not_before_him() -> None:
    demand = a_demand()
    bank = Speaker("beichen", "bank", "bank:beichen", ("beichen",))
    assert not may_touch(bank, demand, ())
    assert may_touch(bank, demand, {"beichen"})
    assert not may_touch(bank, demand, {"niulang"})
    assert may_touch(Speaker("hotline", "publisher", "x"), demand, ())
    assert not may_touch(Speaker("platform", "publisher", "x"), demand, ())
    portal = Partner("desk", "portal")
    for own, allowed in ((None, False), (UUID(int=8), False), (demand.id, True)):
        assert may_touch(through_portal(portal, "household", "h", None, (), own), demand, ()) == allowed


def test_only_the_campaign_office_speaks_for_all() -> None:
    portal = Partner("desk", "portal")
    assert through_portal(portal, "campaign_office", "p", None, (), None).speaks_for == ("all",)
    team = through_portal(portal, "county_team", "p", "county_team-620102", (), None)
    assert (team.role, team.speaks_for, team.actor) == ("authority", ("county_team-620102",), "county_team:desk:p")
    assert through_portal(portal, "household", "p", "beichen", (), None).speaks_for == ()


# Problems.
@pytest.mark.parametrize("code", TEXTS)
def test_every_problem_has_both_languages_and_says_what_is_allowed(code: str) -> None:
    found = problem(code, "/x", "A")
    assert found.zh
    assert found.en
    assert "{" not in found.zh + found.en


@given(st.text(max_size=400))
def test_a_pointer_carries_no_number_of_a_person_and_no_control_character(name: str) -> None:
    found = problem("fact-unknown", f"/facts/{name}13900001111")
    assert "13900001111" not in found.pointer
    assert len(found.pointer) <= 300
    assert found.pointer.isprintable() or all(ord(char) > 31 for char in found.pointer)


def test_a_wider_consent_is_bounded() -> None:
    consent: Consent = widened(accepted(REFERENCE, TERMS, NOW), [f"bank{number}" for number in range(100)])
    assert len(consent.added_banks) == 64
