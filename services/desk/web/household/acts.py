"""What a household does on its page: each goes to the gate as its own word, and shows what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from services.desk.domain.answers import answer_of
from services.desk.domain.replies import Reply
from services.desk.store import household as store
from services.desk.web.guard import Endpoint
from services.desk.web.household.apply import consent_of
from services.desk.web.household.device import mine, signed_out
from services.desk.web.household.mine import Mine, load, page
from services.desk.web.household.questions import answers, question_of
from services.desk.web.household.way import Way
from services.desk.web.household.wording import AWAY, DONE
from services.desk.web.language import N_
from services.desk.web.rendering import Visit

NOTHING = N_("Nothing was filled in. Answer at least one question.")
NO_FILE = N_("Choose a photo or a PDF of at most 5 MB.")
NOT_NOW = N_("This cannot be done now. Look at where your application stands and try again.")
Said = tuple[str, dict[str, Any]]
Build = Callable[[Visit, Mine], "Said | str"]
_CLAIM = "claim-made"


def _claim(action: str, on: str = "", **fields: Callable[[str], Any]) -> Build:
    """A claim about the referral or case that the form names, if it is one of this demand."""

    def build(visit: Visit, own: Mine) -> Said | str:
        data: dict[str, Any] = {"action": action, "demand": str(own.found.row["demand"]), "details": {}}
        if on:
            rows, key = (own.found.referrals, "referral") if on == "referral" else (own.found.cases, "case")
            named = next((row for row in rows if str(row[key]) == visit.form.get("about")), None)
            if named is None:
                return NOT_NOW
            data[on] = str(named[key])
        try:
            data["details"] = {name: read(str(visit.form.get(name, "")).strip()) for name, read in fields.items()}
        except ValueError:
            return NOTHING
        return _CLAIM, data

    return build


def _text(value: str) -> str:
    if not value:
        raise ValueError("nothing was said")
    return value[:500]


def _plain(what: str, **data: Any) -> Build:
    return lambda visit, own: (what, dict(data))


def _supply(visit: Visit, own: Mine) -> Said | str:
    release = visit.office.catalogue()
    if release is None:
        return AWAY
    # What this page asked, whatever another would ask by now: matching may have gone on while somebody typed.
    asked = [
        question_of(name, release.facts[name], visit.words)
        for name in dict.fromkeys(visit.form)
        if name in release.facts
    ]
    found = answers(visit.form, asked, release.facts)
    if not found:
        return NOTHING
    today = visit.words.china_day(visit.office.clock.now()).isoformat()
    source = visit.office.settings.desk_partner
    facts = {name: {"value": value, "source": source, "as_of": today} for name, value in found.items()}
    return "facts-supplied", {"facts": facts}


def _agree(visit: Visit, own: Mine) -> Said | str:
    """One bank more, by a tap; or the whole consent again."""
    release = visit.office.catalogue()
    if release is None:
        return AWAY
    version, text = consent_of(release)
    consent = {"version": version, "boxes": list(text.boxes), "evidence": "desk", "evidence_kind": "tap"}
    return "consent-given", {"consent": consent, "banks": [own.bank_asked] if own.bank_asked else []}


ACTS: Mapping[str, Build] = {
    "choose": _claim("household-chooses", "referral"),
    "switch": _claim("household-switches", "referral"),
    "contact": _claim("household-confirms-contact", "referral", contacted=lambda said: said == "yes"),
    "filed": _claim("household-filed", "case", receipt_number=_text),
    "help": _claim("household-asks-help", "case"),
    "answer": _claim("household-answers", "case", answer=_text),
    "rate": _claim("household-rates", stars=int, about=_text),
    "withdraw": _plain("demand-withdrawn", reason="本人撤回 withdrawn by the household"),
    "revive": _plain("demand-revived"),
    "revoke": _plain("consent-revoked"),
    "erase": _plain("erase-asked"),
    "supply": _supply,
    "agree": _agree,
}


def act(way: Way) -> Endpoint:
    async def done(visit: Visit) -> Response:
        demands, name = await mine(visit), visit.request.path_params["action"]
        demand = next((each for each in demands if str(each) == visit.form.get("demand")), None)
        own = await load(visit, demand) if demand else None
        if demand is None or own is None or name not in DONE:
            return RedirectResponse("/track", 303)
        said = await _upload(way, visit, demand) if name == "paper" else ACTS[name](visit, own)
        if isinstance(said, str):
            return await page(visit, demand, demands, [visit.words.language.text(said)])
        if isinstance(said, Reply):
            return await _answered(way, visit, demand, demands, name, said)
        number = uuid4()
        reply = await way.say(said[0], said[1], demand, number)
        return await _answered(way, visit, demand, demands, name, reply, number)

    return done


async def _upload(way: Way, visit: Visit, demand: UUID) -> Reply | str:
    """Passed on as it came; the gate looks at what it is."""
    file, kind = visit.form.get("file"), str(visit.form.get("kind", "")) or "paper"
    if not isinstance(file, UploadFile) or not file.size:
        return NO_FILE
    return await way.paper(await file.read(), file.content_type or "application/octet-stream", kind[:64], demand)


async def _answered(
    way: Way, visit: Visit, demand: UUID, demands: list[UUID], name: str, reply: Reply, number: UUID | None = None
) -> Response:
    """The gate's verdict, waited for shortly; and of a claim, what its owner said, where that has come already."""
    text = visit.words.language.text
    if reply.taken and reply.receipt:
        reply = await way.verdict(reply.receipt) or reply
    if not reply.taken:
        problems = [visit.words.language.of(each.zh, each.en) for each in reply.problems]
        return await page(visit, demand, demands, problems or [text(AWAY)])
    refused = await _refused(visit, demand, number) if number else None
    if refused:
        return await page(visit, demand, demands, [refused])
    response = await page(visit, demand, demands, done=text(DONE[name]))
    return signed_out(visit, response) if name == "erase" else response


async def _refused(visit: Visit, demand: UUID, number: UUID) -> str | None:
    own = await load(visit, demand)
    if own is None:
        return None
    async with visit.office.connection() as connection:
        row = await store.answer(connection, own.found.row["household"], number)
    answer = answer_of(row["type"]) if row else None
    return visit.words.language.text(NOT_NOW) if answer and answer.outcome == "refused" else None
