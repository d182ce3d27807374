"""Papers of a demand: made anew, sealed, told once; a number alone where the obstacle takes it."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from services.intake.adapters.papers import Reencoder
from services.intake.adapters.reencode import Refused, reencoded
from shared.assertion import ACTOR_HEADER, Actor, sign_actor
from shared.contracts.ids import demand_id
from shared.vault import Opener
from tests.intake.people import event
from tests.intake.stage import Stage
from tests.intake.test_bad_input import pointers
from tests.intake.test_households import OWN, accepted


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


async def test_a_number_stands_for_a_paper_where_the_obstacle_says_so(stage: Stage) -> None:
    await accepted(stage)
    await stage.say(
        "hotline",
        event("evidence-attached", {**OWN, "kind": "food-permit", "number": "JY000001"}, "1"),
        event("evidence-attached", {**OWN, "kind": "LIC_NONE", "number": "JY000001"}, "2"),
    )
    await stage.hear_names("demand.evidence-numbered", "demand.input-refused")
    refused = next(told for told in stage.heard if "problems" in told["data"])
    assert pointers(refused) == {"/data/number": "file-needed"}


async def test_who_works_on_a_demand_says_what_became_of_a_paper_and_nobody_else_does(stage: Stage) -> None:
    """An unusable one with the reason, which is all that its household reads of it."""
    told = await accepted(stage, partner="platform")
    named = told["subject"]
    answer = await stage.post(f"/v1/files?kind=licence&demand={named}", photo(), **{"Content-Type": "image/jpeg"})
    assert answer.status_code == 202, answer.text
    await stage.hear_names("demand.evidence-attached")
    file, stage.heard = stage.heard[0]["data"]["file"], []
    said = {"demand": named, "file": file, "outcome": "unusable"}
    actor = sign_actor("the secret of this stage", Actor("campaign_office", "li"))
    kind = {"Content-Type": "application/cloudevents+json", ACTOR_HEADER: actor}
    wordless = await stage.post("/v1/events", event("evidence-read", said, "1"), "desk", **kind)
    assert [each["pointer"] for each in wordless.json()["problems"]] == ["/data/reason"]
    strange = {**said, "file": named, "reason": "看不清"}
    await stage.say("hotline", event("evidence-read", {**said, "reason": "看不清"}, "2"))
    for body, number in ((strange, "3"), ({**said, "reason": "看不清"}, "4"), ({**said, "reason": "看不清"}, "4")):
        assert (await stage.post("/v1/events", event("evidence-read", body, number), "desk", **kind)).status_code == 202
    await stage.hear_names("demand.input-refused", "demand.input-refused", "demand.evidence-read")
    read = stage.only("demand.evidence-read")["data"]
    assert (read["kind"], read["file"], read["outcome"], read["reason"]) == ("licence", file, "unusable", "看不清")
