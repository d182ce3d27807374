"""Photos and papers of a demand, for the bank or office that may open them: enter what one says, or say why not.

The desk never sees a paper: it is opened on notify's page, once, and the household reads who did.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec
from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.answers import Answer
from services.desk.domain.photos import TYPES, Line, Photo, photos, readable
from services.desk.store import demands as store
from services.desk.store.sent import Act
from services.desk.web.household.questions import answers, question_of, remedies_of
from services.desk.web.inbox.acting import LOOK_SECONDS, WAIT_SECONDS
from services.desk.web.inbox.forms import Fields
from services.desk.web.inbox.inboxes import fields_of, mine
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.wording.words import Words
from shared.catalogue import Release
from shared.contracts.door import EvidenceRead, FactsSupplied

NOTHING = N_("Enter what the paper says, or say that it cannot be used.")
REASON = N_("Say why it cannot be used, in one sentence that the household understands.")
USED, UNUSABLE = "used", "unusable"
LONGEST_REASON = 300


async def photos_of(visit: Visit, household: UUID, demand: UUID) -> list[Photo]:
    """Those of one demand, the latest first."""
    async with visit.office.connection() as connection:
        rows = await store.lines(connection, household, demand, TYPES)
    return photos(
        Line(row["at"], row["type"], row["actor"], msgspec.json.decode(row["params"] or b"{}")) for row in rows
    )


async def mine_of(visit: Visit, row: Record | Mapping[str, Any]) -> list[Photo]:
    """Those that the house of a referral or case may open now."""
    fields = fields_of(row, visit.office.catalogue())
    if not fields:
        return []
    found = await photos_of(visit, row["household"], row["demand"])
    return [each for each in found if readable(each.kind, fields)]


async def show(visit: Visit) -> Response:
    """All of them; the address says which fact the paper is to answer."""
    return await _page(visit, await mine(visit), [])


async def _page(visit: Visit, row: Record, problems: list[str]) -> Response:
    release, words = visit.office.catalogue(), visit.words
    found = await mine_of(visit, row)
    if release is None or not found:
        raise HTTPException(404)
    asked = visit.request.query_params
    fact = release.facts.get(asked.get("fact", ""))
    return visit.page(
        "papers.html",
        422 if problems else 200,
        row=row,
        about=visit.request.path_params["id"],
        photos=found,
        file=asked.get("file", ""),
        facts=await _facts(visit, row, release, words),
        question=question_of(fact.id, fact, words) if fact else None,
        done=asked.get("done") in (USED, UNUSABLE),
        problems=problems,
    )


async def _facts(visit: Visit, row: Record, release: Release, words: Words) -> list[tuple[str, str, bool]]:
    """Facts that a paper may answer: those that this demand waits for first."""
    async with visit.office.connection() as connection:
        remedies = await store.remedies(connection, row["demand"])
    steps = [step for each in remedies_of(remedies) for step in each.steps]
    wanted = dict.fromkeys(step.fact for step in steps if step.kind == "supply")
    names = dict.fromkeys([*wanted, *release.facts])
    return [(name, words.name(name, "facts"), name in wanted) for name in names if name in release.facts]


async def say(visit: Visit) -> Response:
    """What became of one paper: the facts first, then the word to the household."""
    row, file, outcome = await mine(visit), visit.request.path_params["file"], visit.request.path_params["outcome"]
    before = next((each for each in await mine_of(visit, row) if each.file == file), None)
    release = visit.office.catalogue()
    if before is None or release is None or outcome not in (USED, UNUSABLE):
        raise HTTPException(404)
    said: dict[str, Any] = {"file": file, "outcome": outcome}
    if outcome == USED:
        problems = await _enter(visit, row, release)
    else:
        fields = Fields(visit.form, visit.words)
        said["reason"], problems = fields.said("reason", REASON, LONGEST_REASON), fields.problems
    problems = problems or _wrong(visit, await _tell(visit, row, EvidenceRead.TYPE, said))
    if problems:
        return await _page(visit, row, problems)
    await _heard(visit, row, before)
    return RedirectResponse(f"/papers/{visit.request.path_params['id']}?done={outcome}", 303)


async def _enter(visit: Visit, row: Record, release: Release) -> list[str]:
    """What the paper says, as a fact that this house has seen; what was wrong with it."""
    fact = release.facts.get(str(visit.form.get("fact", "")))
    wanted = [question_of(fact.id, fact, visit.words)] if fact else []
    found = answers(visit.form, wanted, release.facts)
    if not found:
        return [visit.words.language.text(NOTHING)]
    officer, today = visit.signed_in, visit.words.china_day(visit.office.clock.now()).isoformat()
    facts = {name: {"value": value, "source": officer.subject, "as_of": today} for name, value in found.items()}
    return _wrong(visit, await _tell(visit, row, FactsSupplied.TYPE, {"facts": facts}))


async def _tell(visit: Visit, row: Record, kind: str, said: Mapping[str, Any]) -> Answer:
    officer, now = visit.signed_in, visit.office.clock.now()
    act = Act(uuid4(), officer.account, row["household"], row["demand"], row["demand"], kind, now)
    return await visit.office.gate.tell(act, officer, kind, said)


def _wrong(visit: Visit, answer: Answer) -> list[str]:
    if answer.outcome not in ("refused", "undelivered"):
        return []
    return [visit.words.language.of(answer.reason_zh or "", answer.reason_en or "")]


async def _heard(visit: Visit, row: Record, before: Photo) -> None:
    """Wait shortly until the page shows what was said; it shows it later in any case."""
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        found = await mine_of(visit, row)
        if any(each.file == before.file and each.read_at != before.read_at for each in found):
            return
        await asyncio.sleep(LOOK_SECONDS)
