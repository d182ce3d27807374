"""Whatever stands on a door ends in an answer or a dead letter, and the record beside it is unharmed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from shared.contracts.topics import door_in, retry
from tests.intake.people import credit_code, demand, event
from tests.intake.stage import Stage

GOOD = event("demand-submitted", demand(1), "good")


def pointers(told: dict[str, Any]) -> dict[str, str]:
    """Code by pointer of all problems that were told."""
    return {problem["pointer"]: problem["code"] for problem in told["data"]["problems"]}


def submitted(source_id: str, **more: Any) -> dict[str, Any]:
    return event("demand-submitted", demand(2, source_id=source_id, **more), source_id)


DEAD = {
    "null value": (None, "null_value"),
    "empty": (b"", "invalid_json"),
    "no JSON": (b"{not json", "invalid_json"),
    "half an event": (b'{"type": "org.freshwater.door.demand-submitted.v1", "data": ', "invalid_json"),
    "not UTF-8": (b'{"type": "\xff\xfe"}', "invalid_json"),
    "deep nesting": (b'{"type": "x", "data": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "too_deep"),
    "a list": (b"[1, 2]", "no_type"),
    "no type": (b'{"data": {}}', "no_type"),
    "a type that is a number": (b'{"type": 7}', "no_type"),
}


async def test_what_holds_nobodys_sentence_becomes_a_sealed_letter(stage: Stage) -> None:
    await stage.say("hotline", *(value for value, _ in DEAD.values()), GOOD)
    await stage.hear(lambda stage: len(stage.letters) == len(DEAD) and bool(stage.heard), "letters and the good one")
    assert stage.names() == ["demand.accepted"]
    assert [letter["dlq-error"] for letter in stage.letters] == [reason for _, reason in DEAD.values()]
    assert {letter["dlq-by"] for letter in stage.letters} == {"intake"}
    sealed = [record for record in stage.records if record.startswith(b"A256GCM.")]
    assert [stage.vault.open_letter(each) for each in sealed] == [
        value for value, _ in DEAD.values() if value is not None
    ]


async def test_a_letter_of_a_door_carries_neither_its_key_nor_its_headers(stage: Stage) -> None:
    """A partner may key its records by telephone, and write headers that are ours: `dlq-attempt` is no number here."""
    topic = stage.settings.topic_prefix + door_in("hotline")
    headers = [("dlq-attempt", b"many"), ("dlq-topic", b"freshwater.clock.v1"), ("caller", b"19900000002")]
    await stage.producer.send_and_wait(topic, b"{broken", key=b"19900000002", headers=headers)
    await stage.say("hotline", GOOD)
    await stage.hear(lambda stage: bool(stage.letters) and bool(stage.heard), "the letter and the good one")
    assert stage.letters[0]["dlq-topic"] == door_in("hotline")
    assert stage.letters[0]["dlq-attempt"] == "1"
    assert "caller" not in stage.letters[0]
    assert all(b"19900000002" not in record for record in stage.records)


async def test_a_letter_that_comes_back_and_fails_again_still_knows_its_door(stage: Stage) -> None:
    headers = [("dlq-topic", door_in("hotline").encode()), ("dlq-origin", b"x/0/1"), ("dlq-attempt", b"2")]
    topic = stage.settings.topic_prefix + retry("intake")
    await stage.producer.send_and_wait(topic, stage.vault.seal_letter(b"{broken"), key=b"-", headers=headers)
    await stage.hear(lambda stage: bool(stage.letters), "the second letter")
    letter = stage.letters[0]
    assert (letter["dlq-topic"], letter["dlq-origin"], letter["dlq-attempt"]) == (door_in("hotline"), "x/0/1", "2")


REJECTED = {
    "NUL in the sentence": ({"sentence": "a\x00b"}, {"/data/sentence": "wrong-form"}),
    "NUL in the name": ({"personal": demand(2)["personal"] | {"contact_name": "a\x00"}},
                        {"/data/personal/contact_name": "control-characters"}),
    "a fact that is not declared": ({"facts": {"licence_stat": "valid"}}, {"/data/facts/licence_stat": "fact-unknown"}),
    "facts of the wrong type": ({"facts": {"operating_months": True, "licence_state": 7, "employees": "x"}}, {
        "/data/facts/operating_months": "fact-value", "/data/facts/licence_state": "fact-value",
        "/data/facts/employees": "fact-value"}),
    "a fact that is no value": ({"facts": {"employees": 1.5}}, {"/data/facts/employees": "wrong-type"}),
    "a county of another province": ({"county": "110101"}, {"/data/county": "county-unknown"}),
    "no region": ({"county": "Lanzhou"}, {"/data/county": "wrong-form"}),
    "a consent that there is not": ({"consent": {"version": "v9", "evidence": "x"}},
                                    {"/data/consent/version": "consent-unknown"}),
    "a future consent": ({"consent": {"version": "v1", "evidence": "x", "given_at": "2027-01-01T00:00:00Z"}},
                         {"/data/consent/given_at": "in-future"}),
    "the year 1": ({"received_at": "0001-01-01T00:00:00+08:00"}, {"/data/received_at": "out-of-range"}),
    "a future demand": ({"received_at": "2027-01-01T00:00:00Z"}, {"/data/received_at": "in-future"}),
    "a purpose that there is not": ({"purpose": "holiday"}, {"/data/purpose": "purpose-unknown"}),
    "a negative amount": ({"amount_yuan": -1}, {"/data/amount_yuan": "out-of-range"}),
    "a broken amount": ({"amount_yuan": 0.5}, {"/data/amount_yuan": "not-whole-number"}),
    "a huge amount": ({"amount_yuan": 10**400}, {"/data/amount_yuan": "out-of-range"}),
    "no contact": ({"personal": {"shop_name": "x"}}, {"/data/personal/phone": "contact-missing"}),
    "a wrong check digit": ({"personal": demand(2)["personal"] | {"credit_code": "92620102MA00000011"}},
                            {"/data/personal/credit_code": "credit-code-check"}),
    "a company": ({"personal": demand(2)["personal"] | {"credit_code": credit_code(2, prefix="91")}},
                  {"/data/personal/credit_code": "credit-code-kind"}),
    "a bank that there is not": ({"named_bank": "nobank"}, {"/data/named_bank": "bank-unknown"}),
    "everything at once": (
        {"county": "110101", "purpose": "holiday", "amount_yuan": "much", "facts": {"nothing": 1, "employees": -1},
         "consent": {"version": "v9"}, "personal": {"phone": "call me", "id_number": "1"}},
        {"/data/county": "county-unknown", "/data/purpose": "purpose-unknown", "/data/amount_yuan": "not-whole-number",
         "/data/facts/nothing": "fact-unknown", "/data/facts/employees": "fact-value",
         "/data/consent/evidence": "missing", "/data/personal/phone": "wrong-form",
         "/data/personal/id_number": "wrong-form"}),
}  # fmt: skip


async def test_a_demand_that_may_not_pass_is_answered_with_all_that_is_wrong(stage: Stage) -> None:
    await stage.say("hotline", *(submitted(name, **change) for name, (change, _) in REJECTED.items()), GOOD)
    await stage.hear_names("demand.accepted", *["demand.rejected"] * len(REJECTED))
    told = {each["data"]["submitter"]["source_id"]: each for each in stage.heard if "submitter" in each["data"]}
    assert {name: pointers(each) for name, each in told.items()} == {
        name: wrong for name, (_, wrong) in REJECTED.items()
    }
    for each in told.values():
        assert all(problem["zh"] and problem["en"] for problem in each["data"]["problems"])


async def test_nan_and_half_a_character_are_answered_too(stage: Stage) -> None:
    text = json.dumps(submitted("nan", amount_yuan=80_000)).replace("80000", "NaN")
    half = json.dumps(submitted("half", sentence="S")).replace('"S"', '"\\ud800"')
    await stage.say("hotline", text.encode(), half.encode(), GOOD)
    await stage.hear_names("demand.accepted", "demand.rejected", "demand.rejected")
    by = {told["data"]["submitter"]["source_id"]: pointers(told) for told in stage.heard if "problems" in told["data"]}
    assert by == {
        "nan": {"": "not-json", "/data/amount_yuan": "not-whole-number"},
        "half": {"": "not-json", "/data/sentence": "wrong-form"},
    }


async def test_what_has_no_number_of_its_own_is_refused_and_not_rejected(stage: Stage) -> None:
    no_number = event("demand-submitted", {"county": "620102"}, "a")
    unknown_type = event("visit-logged", {}, "b", type="org.freshwater.demand.accepted.v1")
    old_version = event("visit-logged", {}, "c", specversion="0.3")
    await stage.say("hotline", no_number, unknown_type, old_version, GOOD)
    await stage.hear_names("demand.accepted", *["demand.input-refused"] * 3)
    by = {told["data"]["said"]: pointers(told) for told in stage.heard if "said" in told["data"]}
    assert by["demand-submitted"]["/data/source_id"] == "missing"
    assert by["unknown"] == {"/type": "type-unknown"}
    assert by["visit-logged"]["/specversion"] == "not-allowed"


async def test_who_is_not_registered_or_may_not_speak_is_told(stage: Stage) -> None:
    await stage.say("stranger", event("demand-submitted", demand(3)))
    await stage.say("beichen", event("demand-withdrawn", {"demand_source_id": "x"}))
    await stage.hear_names("demand.rejected", "demand.input-refused")
    assert pointers(stage.only("demand.rejected")) == {"": "partner-unknown"}
    assert pointers(stage.only("demand.input-refused")) == {"/type": "role-may-not"}


async def test_a_partner_cannot_speak_as_another(stage: Stage) -> None:
    speech = {"partner": "desk", "role": "campaign_office", "actor": "x", "receipt": str(UUID(int=1))}
    await stage.say("hotline", event("demand-withdrawn", {"demand_source_id": "x", "speech": speech}))
    await stage.hear_names("demand.input-refused")
    told = stage.only("demand.input-refused")
    assert told["data"]["partner"] == "hotline"
    assert told["actor"] == "publisher:hotline"


async def test_a_megabyte_is_read_like_the_rest(stage: Stage) -> None:
    await stage.say("hotline", submitted("big", facts={f"fact_{number}": "x" * 1_900 for number in range(500)}), GOOD)
    await stage.hear_names("demand.accepted", "demand.rejected")
    assert pointers(stage.only("demand.rejected"))["/data/facts"] == "too-many"
