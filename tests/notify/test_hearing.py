"""Who hears what, for any table, any registry and any consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.delivery import Delivery
from services.notify.domain.disclosure import may_see, refusal, wanted
from services.notify.domain.happening import Concerned, Happening, Telling
from services.notify.domain.hearing import CERTAIN, Reach, who_hears
from services.notify.domain.registry import Party, Registry
from services.notify.domain.states import Consented, Demand, Household, Submitted
from services.notify.handlers.memory import remembered
from services.notify.handlers.telling import Account
from shared.contracts import cases, demands, referrals
from shared.contracts.feedback import IdentityDisclosed
from shared.contracts.told import Told
from tests.notify.grounds import CASE, CONSENT, FIELDS, NOW, demand, event, means, parties, told

CHANNELS = ("door", "webhook", "email", "feed", "sms", "call_list", "desk")
HOLDERS = ("alpha", "beta")
UNITS = ("alpha-1", "alpha-2", "beta-1")
BOXES = ("banks", "authorities", "messages", "statistics")

channels = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4, unique=True).map(tuple)
reachable = st.frozensets(st.sampled_from(("door", "webhook", "email", "feed")))
partners = st.builds(
    Party,
    id=st.sampled_from([f"p{number}" for number in range(6)]),
    role=st.sampled_from(("bank", "authority", "publisher")),
    holder=st.sampled_from((*HOLDERS, None)),
    units=st.frozensets(st.sampled_from((*UNITS, *HOLDERS)), max_size=2),
    channels=reachable,
)
reaches = st.builds(
    Reach,
    registry=st.lists(partners, max_size=6).map(Registry.of),
    mailboxes=st.frozensets(st.sampled_from((*HOLDERS, *UNITS))),
    mail=st.booleans(),
    short=st.sampled_from((frozenset(), frozenset({("sms", "a")}))),
)
tellings = st.builds(
    Telling,
    audience=st.sampled_from(("household", "submitter", "bank", "authority")),
    to=st.just("concerned"),
    template=st.sampled_from(("a", "b")),
    channels=channels,
)
consents = st.builds(
    Consented,
    version=st.just("v1"),
    boxes=st.lists(st.sampled_from(BOXES), unique=True).map(tuple),
    added_banks=st.just(()),
    expires_on=st.dates(date(2026, 11, 20), date(2026, 11, 28)),
)
households = st.builds(Household, consent=st.none() | consents, said_at=st.just(NOW), erased=st.booleans())
concerned = st.builds(
    Concerned, holder=st.sampled_from(HOLDERS), unit=st.sampled_from((*UNITS, None)), about=st.uuids()
)


def happening(*who: Concerned, sealed: dict[str, str] | None = None) -> Happening:
    return Happening(
        id=UUID(int=7),
        type="org.freshwater.x.y.v1",
        name="x.y",
        household=UUID(int=8),
        demand=UUID(int=9),
        at=NOW,
        fields={},
        concerned={"concerned": who},
        submitters=(Submitted("p0", "n-1", UUID(int=9)), Submitted("p0", "n-2", UUID(int=10))),
        sealed=sealed,
    )


@given(
    st.lists(tellings, max_size=5), reaches, households, st.lists(concerned, max_size=3, unique_by=lambda c: c.about)
)
def test_everybody_concerned_has_exactly_one_notice_of_a_fact(
    table: list[Telling], reach: Reach, household: Household, who: list[Concerned]
) -> None:
    notices = who_hears(happening(*who), table, reach, household, demand())
    assert len({notice.place for notice in notices}) == len(notices)
    for telling in table:
        mine = [notice for notice in notices if notice.telling.audience == telling.audience]
        if telling.audience == "household":
            assert len({notice.recipient for notice in mine}) == (0 if household.erased else 1)
        elif telling.audience == "submitter":
            assert {notice.about for notice in mine} == {UUID(int=9), UUID(int=10)}
        else:
            assert {notice.about for notice in mine} == {each.about for each in who}


@given(st.lists(tellings, max_size=5), reaches, households, st.lists(concerned, max_size=3))
def test_the_channel_is_the_first_that_reaches_and_the_desk_at_last(
    table: list[Telling], reach: Reach, household: Household, who: list[Concerned]
) -> None:
    for notice in who_hears(happening(*who), table, reach, household, demand()):
        party = reach.registry.parties.get(notice.recipient)
        able = (
            set(party.channels) if party else {"email"} & ({"email"} if notice.recipient in reach.mailboxes else set())
        )
        if notice.telling.audience == "household":
            messages = household.allows("messages", NOW.date())
            able = {"email", "call_list", "sms"} if messages else set()
            if ("sms", notice.telling.template) not in reach.short:
                able -= {"sms"}
        if not reach.mail:
            able -= {"email"}
        chosen = next((each for each in notice.telling.channels if each in {*able, "desk"}), "desk")
        assert notice.channel == chosen
        # What stands behind it is what would reach too, in the same order, up to one that can not fail.
        ways = (notice.channel, *notice.then)
        assert [way for way in ways if way != "desk"] == [
            way for way in notice.telling.channels if way in able and way in ways
        ][: len(ways)]
        assert ways[-1] in CERTAIN
        assert not set(ways[:-1]) & CERTAIN


@given(reaches, st.lists(concerned, min_size=1, max_size=3))
def test_a_bank_hears_only_of_its_own_units(reach: Reach, who: list[Concerned]) -> None:
    telling = Telling("bank", "concerned", "a", ("door", "desk"))
    for notice in who_hears(happening(*who), [telling], reach, Household(), demand()):
        party = reach.registry.parties.get(notice.recipient)
        assert notice.concerned is not None
        if party is None:
            assert notice.recipient in (notice.concerned.holder, notice.concerned.unit)
            continue
        assert (party.role, party.holder) == ("bank", notice.concerned.holder)
        assert not party.units or notice.concerned.unit is None or notice.concerned.unit in party.units


@given(households, st.booleans())
def test_without_the_box_for_messages_only_a_code_is_sent(household: Household, mail: bool) -> None:
    telling = Telling("household", "concerned", "a", ("email", "call_list", "desk"))
    reach = Reach(Registry(), frozenset(), mail)
    plain = who_hears(happening(), [telling], reach, household, demand())
    code = who_hears(happening(sealed={"email": "x", "code": "y"}), [telling], reach, household, None)
    if household.erased:
        assert plain == code == []
        return
    assert household.allows("messages", NOW.date()) or plain[0].channel == "desk"
    assert code[0].channel == ("email" if mail else "desk")


def test_a_telling_applies_only_to_the_values_that_it_names() -> None:
    using = means(parties("door"))
    both, one = {"household", "submitter"}, {"submitter"}
    for outcome, heard in (("reached", set()), ("not_reached", both), ("wrong_number", both), ("no_real_demand", one)):
        account = told(event(referrals.Contacted, outcome=outcome), using)
        found = {row.audience for row in account.rows if isinstance(row, Delivery) and row.template == "not-reached"}
        assert found == heard, outcome


def test_the_copy_of_a_merged_demand_reads_as_accepted_under_its_own_number() -> None:
    account = told(event(demands.Merged), means(parties("door")))
    (copy,) = [emit.data for emit in account.emits if isinstance(emit.data, Told)]
    assert copy.source_id == "2026-000417"
    assert copy.demand == UUID("056cd569-52c1-8576-92b8-db1c9682ba12")
    assert copy.text == "编号 2026-000417：已受理，进入对接。"


def test_an_authority_is_not_called_back_from_what_it_never_had() -> None:
    """The household acts first: no authority knows of the case until it is opened."""
    guided = demand(cases=())
    using = means(parties("door"))
    assert told(event(cases.Withdrawn), using, of=guided).notices == 0
    assert told(event(cases.Withdrawn), using, of=demand(cases=(CASE,))).notices == 1


FIELD_NAMES = st.lists(st.sampled_from((*FIELDS, "id_number")), unique=True).map(tuple)


@given(
    FIELD_NAMES, FIELD_NAMES, households, st.sampled_from(("bank", "authority", "submitter")), st.sampled_from(HOLDERS)
)
def test_nobody_sees_more_than_the_consent_lets_him(
    asked: tuple[str, ...], sealed: tuple[str, ...], household: Household, audience: str, holder: str
) -> None:
    recipients = {"v1": frozenset({"alpha"})}
    seen = may_see(asked, audience, holder, household, demand(fields=sealed), recipients, NOW.date())
    assert set(seen) <= set(asked) & set(sealed)
    box = {"bank": "banks", "authority": "authorities"}.get(audience)
    allowed = box is not None and not household.erased and household.allows(box, NOW.date())
    if not allowed or (audience == "bank" and holder != "alpha"):
        assert seen == ()
    else:
        assert set(seen) == set(asked) & set(sealed)


def test_a_bank_added_by_one_tap_may_see_too() -> None:
    consent = replace(CONSENT, version="unknown", added_banks=("beta",))
    household = Household(consent, NOW)
    assert may_see(("phone",), "bank", "beta", household, demand(), {}, NOW.date()) == ("phone",)
    assert may_see(("phone",), "bank", "alpha", household, demand(), {}, NOW.date()) == ()


def test_an_authority_hears_once_what_its_clearing_set_free() -> None:
    """Of a round it hears that one followed; of the next, to which it did nothing, it hears nothing."""
    using, known = means(parties("email")), cast(Demand | None, demand(cleared=()))
    for _ in range(2):
        _, known = remembered(event(cases.Cleared, along=False), Household(CONSENT, NOW), known)
    _, known = remembered(event(cases.Cleared, case=str(UUID(int=7))), Household(CONSENT, NOW), known)
    opened = event(referrals.RoundOpened)
    first = told(opened, using, of=known)
    _, known = remembered(opened, Household(CONSENT, NOW), known)
    again = told(opened, using, of=known)

    def freed(account: Account) -> list[str]:
        return [row.recipient for row in account.rows if isinstance(row, Delivery) and row.template == "set-free"]

    assert freed(first) == ["market"]
    assert freed(again) == []


def test_an_obstacle_declares_what_its_authority_needs() -> None:
    assert wanted(("declared", "phone"), ("contact_name", "phone")) == ("contact_name", "phone")


def test_the_acceptance_of_a_bank_gives_leave_and_says_so() -> None:
    account = told(event(referrals.Accepted), means(parties("door")))
    (leave,) = [row for row in account.rows if type(row).__name__ == "Disclosure"]
    assert leave.fields == ("contact_name", "shop_name", "phone", "email", "credit_code", "address", "files")
    (bank,) = [e.data for e in account.emits if isinstance(e.data, Told) and e.data.audience == "bank"]
    assert str(bank.disclosure).startswith("https://notify.example/v1/disclosures/")
    assert not bank.disclosed
    (disclosed,) = [e.data for e in account.emits if isinstance(e.data, IdentityDisclosed)]
    assert tuple(disclosed.fields) == leave.fields
    others = [e.data for e in account.emits if isinstance(e.data, Told) and e.data.audience != "bank"]
    assert others
    assert not [other for other in others if other.disclosure]


def test_without_the_box_for_banks_an_acceptance_gives_no_leave() -> None:
    household = Household(replace(CONSENT, boxes=("messages",)), NOW)
    heard = event(referrals.Accepted)
    account = told(heard, means(parties("door")), household)
    assert not [row for row in account.rows if type(row).__name__ == "Disclosure"]


@given(households)
def test_a_leave_holds_only_while_the_consent_does(household: Household) -> None:
    account = told(event(referrals.Accepted), means(parties("door")))
    (leave,) = [row for row in account.rows if type(row).__name__ == "Disclosure"]
    why = refusal(leave, household, NOW.date(), ended=False, used=False, late=False)
    assert (why is None) == (not household.erased and household.allows("banks", NOW.date()))


moments = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC))


said = st.lists(st.tuples(moments, st.none() | consents), min_size=1, max_size=6, unique_by=lambda each: each[0])


@given(said, st.randoms(use_true_random=False))
def test_the_newest_word_on_consent_wins_in_any_order(
    words: list[tuple[datetime, Consented | None]], random: Random
) -> None:
    """Consent comes by two topics. What was said last holds, however the two are read."""
    newest = max(words, key=lambda each: each[0])
    random.shuffle(words)
    household = Household()
    for at, consent in words:
        household = household.heard(consent, at)
    assert (household.said_at, household.consent) == newest


def test_erased_stays_erased() -> None:
    gone = Household(CONSENT, NOW).gone(NOW)
    assert gone.heard(CONSENT, NOW + timedelta(days=1)) == gone
    assert Demand((), cases=()).label == "known"
