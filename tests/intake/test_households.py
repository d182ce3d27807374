"""A household and the people around it: who assists, who visits, who runs the shop now, which shops are one's."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from services.intake.adapters.papers import Reencoder
from services.intake.adapters.reencode import Refused, reencoded
from shared.contracts.ids import demand_id
from shared.vault import Opener
from tests.intake.people import COUNTY, credit_code, demand, event, personal
from tests.intake.stage import Stage
from tests.intake.test_bad_input import pointers

OWN = {"demand_source_id": "D-1"}


async def accepted(stage: Stage, number: int = 1, partner: str = "hotline", **more: Any) -> dict[str, Any]:
    """A demand that passed; its event. What was heard is forgotten."""
    await stage.say(partner, event("demand-submitted", demand(number, **more), f"new-{number}"))
    await stage.hear(lambda stage: "demand.accepted" in stage.names(), "the demand")
    told = stage.only("demand.accepted")
    stage.heard.clear()
    return told


async def test_what_somebody_assisted_with_is_confirmed_by_the_owner(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, assisted_by="grid-07")))
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    asked = stage.only("household.contact-code-requested")
    household = UUID(asked["partitionkey"])
    opened = await stage.vault.open(household, asked["data"]["sealed"])
    assert opened["phone"] == personal(1)["phone"]
    code = opened["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    stage.heard.clear()
    await stage.say(
        "hotline",
        event("contact-code-asked", OWN, "1"),
        event("contact-confirmed", {**OWN, "code": wrong}, "2"),
        event("contact-confirmed", {**OWN, "code": code}, "3"),
        event("contact-confirmed", {**OWN, "code": code}, "4"),
    )
    await stage.hear_names("demand.input-refused", "demand.input-refused", "household.contact-confirmed")
    told = stage.only("household.contact-confirmed")
    assert told["data"]["summary"]["contact_confirmed"]
    refused = [pointers(each) for each in stage.heard if "problems" in each["data"]]
    assert refused == [{"/data/demand": "code-just-sent"}, {"/data/code": "code-wrong"}]


async def test_a_code_ends_with_its_time_and_a_new_one_replaces_it(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, assisted_by="grid-07")))
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    first = await _code(stage)
    stage.heard.clear()
    stage.clock.moment += timedelta(minutes=11)
    await stage.say("hotline", event("contact-confirmed", {**OWN, "code": first}, "1"))
    await stage.hear_names("demand.input-refused")
    stage.heard.clear()
    await stage.say("hotline", event("contact-code-asked", OWN, "2"))
    await stage.hear_names("household.contact-code-requested")
    second = await _code(stage)
    stage.heard.clear()
    await stage.say("hotline", event("contact-confirmed", {**OWN, "code": second}, "3"))
    await stage.hear_names("household.contact-confirmed")


async def _code(stage: Stage) -> str:
    asked = stage.only("household.contact-code-requested")
    return (await stage.vault.open(UUID(asked["partitionkey"]), asked["data"]["sealed"]))["code"]


async def test_a_demand_that_nobody_assisted_with_needs_no_code(stage: Stage) -> None:
    await accepted(stage)
    await stage.say("hotline", event("contact-code-asked", OWN, "1"))
    await stage.hear_names("demand.input-refused")
    assert pointers(stage.heard[0]) == {"/data/demand": "contact-unknown"}


async def test_nothing_of_the_operator_before_flows_to_the_new_one(stage: Stage) -> None:
    before = await accepted(stage)
    await stage.say(
        "hotline",
        event("demand-submitted", demand(1, source_id="rent", purpose="rent"), "2"),
        event("operator-changed", {**OWN, "on": "2026-11-23"}, "3"),
    )
    await stage.hear_names("demand.accepted", "household.operator-changed", "demand.withdrawn", "demand.withdrawn")
    changed = stage.only("household.operator-changed")
    assert changed["data"]["summary"].get("consent") is None
    stage.heard.clear()
    # The same shop with the same code and telephone, and another person.
    await stage.say("hotline", event("demand-submitted", demand(1, source_id="new-owner"), "4"))
    await stage.hear_names("demand.accepted")
    after = stage.only("demand.accepted")
    assert after["partitionkey"] != before["partitionkey"]
    assert after["data"]["summary"]["facts"].keys() == before["data"]["summary"]["facts"].keys()
    opened = await stage.vault.open(UUID(after["partitionkey"]), after["data"]["sealed"])
    assert opened["credit_code"] == credit_code(1)
    with pytest.raises(Exception, match="not sealed under this key"):
        await stage.vault.open(UUID(after["partitionkey"]), before["data"]["sealed"])


async def test_two_shops_of_one_operator_hear_of_each_other_once(stage: Stage) -> None:
    one = await accepted(stage, 1)
    two = await accepted(stage, 2)
    said = {**OWN, "other_source_id": "D-2", "relation": "same_operator"}
    await stage.say(
        "hotline",
        event("households-linked", said, "1"),
        event("households-linked", said, "2"),
        event("households-linked", {**OWN, "other_source_id": "D-1", "relation": "became_company"}, "3"),
        event("households-linked", {**OWN, "other_source_id": "D-9", "relation": "became_company"}, "4"),
    )
    await stage.hear_names("household.linked", "household.linked", "demand.input-refused", "demand.input-refused")
    linked = {told["partitionkey"]: told["data"]["other"] for told in stage.heard if "other" in told["data"]}
    assert linked == {
        one["partitionkey"]: two["partitionkey"], two["partitionkey"]: one["partitionkey"],
    }  # fmt: skip


async def test_a_second_bank_is_warned_of_a_visit_within_a_fortnight(stage: Stage) -> None:
    """Found by the number of the register, by whatever way; the number itself goes no further."""
    visit = {"county": COUNTY, "visitor": "clerk-1", "outcome": "demand", "personal": {"credit_code": credit_code(5)}}
    await stage.say("beichen", event("visit-logged", {**visit, "on": "2026-11-10"}, "1"))
    await stage.hear_names("household.visited")
    household = stage.heard[0]["partitionkey"]
    stage.heard.clear()
    for day, warned in (("2026-11-23", True), ("2026-11-24", False)):
        answer = await stage.post(
            "/v1/events", event("visit-logged", {**visit, "on": day}, day), "niulang",
            **{"Content-Type": "application/cloudevents+json"},
        )  # fmt: skip
        found = await stage.receipt(answer.headers["location"], "niulang")
        assert found["status"] == "passed_on"
        assert [problem["code"] for problem in found["problems"]] == (["visited-lately"] if warned else [])
    await stage.hear_names("household.visited", "household.visited")
    assert {told["partitionkey"] for told in stage.heard} == {household}
    assert stage.heard[0]["data"]["earlier_bank"] == "beichen"
    assert all(credit_code(5).encode() not in record for record in stage.records)
    later = await accepted(stage, 5)
    assert later["partitionkey"] == household, "the visit leads to the demand"


async def test_the_evidence_of_a_consent_fits_its_kind(stage: Stage) -> None:
    consent = demand(1)["consent"]
    scan = await stage.post("/v1/demands", demand(1, consent={**consent, "evidence_kind": "scan"}))
    oral = await stage.post("/v1/demands", demand(1, consent={**consent, "evidence_kind": "oral"}))
    assert [problem["code"] for problem in scan.json()["problems"]] == ["scan-missing"]
    assert [problem["code"] for problem in oral.json()["problems"]] == ["assistant-missing"]
    told = await accepted(stage, consent={**consent, "evidence_kind": "recording"})
    known = told["data"]["summary"]["consent"]
    assert known["evidence_kind"] == "recording"
    assert len(known["text_hash"]) == 64


def photo(form: str = "JPEG") -> bytes:
    """A picture with a place, a maker and a comment in it."""
    image = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (36.0, 3.0, 0.0)
    out = BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def paper() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": "SECRET-AUTHOR"})
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("SECRET-SCRIPT")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_nothing_of_a_file_is_kept_but_what_can_be_seen() -> None:
    for form in ("JPEG", "PNG"):
        made = reencoded(photo(form), f"image/{form.lower()}")
        assert b"SECRET" not in made
        with Image.open(BytesIO(made)) as found:
            assert found.size == (30, 40), "turned as the camera meant it"
            assert not found.getexif()
    made = reencoded(paper(), "application/pdf")
    assert b"SECRET" not in made
    assert len(PdfReader(BytesIO(made)).pages) == 1


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\xff\xd8\xff no photo", "image/jpeg"), (b"%PDF-1.7 nothing", "application/pdf"), (photo("PNG"), "image/jpeg")],
)
def test_what_cannot_be_read_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(Refused):
        reencoded(content, kind)


async def test_a_file_that_breaks_its_reader_costs_nobody_else() -> None:
    assert await Reencoder().clean(b"\xff\xd8\xff", "image/jpeg") is None


async def test_a_paper_is_sealed_told_once_and_opened_by_notify_alone(stage: Stage) -> None:
    told = await accepted(stage, partner="platform")
    path = "/v1/files?kind=food-permit&demand_source_id=D-1"
    answers = [await stage.post(path, photo(), **{"Content-Type": "image/jpeg"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202], answers[0].text
    assert answers[0].json()["receipt"] == answers[1].json()["receipt"], "the same paper is one"
    assert (await stage.receipt(answers[0].headers["location"]))["status"] == "accepted"
    await stage.hear_names("demand.evidence-attached")
    data = stage.heard[0]["data"]
    opener = Opener(stage.settings.vault, stage.settings.masters)
    await opener.start()
    found = await opener.open_file(UUID(told["partitionkey"]), UUID(data["file"]))
    assert found is not None
    assert (found.facts.sha256, found.facts.kind) == (data["sha256"], "food-permit")
    assert found.content.startswith(b"\xff\xd8\xff")
    assert await opener.open_file(UUID(told["partitionkey"]), UUID(int=1)) is None
    await opener.stop()
    # Another partner's word about it changes nothing, and takes the file from nobody.
    strange = {"demand": str(demand_id("platform", "D-1")), "kind": "x", "file": data["file"]}
    await stage.say("hotline", event("evidence-attached", strange, "1"))
    await stage.hear_names("demand.evidence-attached", "demand.input-refused")
    assert await stage.vault.files([UUID(data["file"])])


async def test_files_have_bounds(stage: Stage) -> None:
    jpeg = {"Content-Type": "image/jpeg"}
    path = "/v1/files?kind=x&demand_source_id=D-1"
    large = b"\xff\xd8\xff" + b" " * stage.settings.intake_file_bytes
    assert (await stage.post(path, large, **jpeg)).status_code == 413
    for where, body, kind in (
        ("/v1/files?demand_source_id=D-1", photo(), "image/jpeg"),
        ("/v1/files?kind=x", photo(), "image/jpeg"),
        ("/v1/files?kind=x&demand=7", photo(), "image/jpeg"),
        (path, photo(), "image/jpeg"),
    ):
        assert (await stage.post(where, body, **{"Content-Type": kind})).status_code == 422
    await accepted(stage, partner="platform")
    for body, kind in ((photo(), "image/gif"), (photo("PNG"), "image/jpeg"), (b"\xff\xd8\xff", "image/jpeg")):
        assert (await stage.post(path, body, **{"Content-Type": kind})).status_code == 422
