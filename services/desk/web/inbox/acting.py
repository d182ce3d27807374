"""An act of an officer: remembered, sent to the gate, awaited for at most two seconds, and then shown as what it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import home
from services.desk.domain.answers import Answer
from services.desk.metrics import ACTS
from services.desk.store import sent
from services.desk.web.inbox.forms import DETAILS, Fields
from services.desk.web.language import N_
from services.desk.web.office import Office
from services.desk.web.rendering import Visit
from services.desk.web.wording.words import CHINA

WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.05
SHOWN_FOR = timedelta(days=1)


async def act(
    visit: Visit,
    row: Record | Mapping[str, Any],
    about: str,
    action: str,
    more: Mapping[str, Any] | None = None,
    back: str | None = None,
) -> Response:
    """Send one act about a referral or case (`about`), and go back to the inbox that it came from, or to `back`.

    A form with faults sends nothing and says them all.
    """
    words, office = visit.words, visit.office
    release = office.catalogue()
    if release is None:
        return visit.problem(503, N_("Just a moment"), N_("There is no catalogue yet. Please try again soon."))
    fields = Fields(visit.form, words)
    details = DETAILS[action](fields, release, office.clock.now().astimezone(CHINA).date())
    if fields.problems:
        return visit.page("problem.html", 422, title=words.language.text("Please check"), texts=fields.problems)
    one = sent.Act(
        uuid4(),
        visit.signed_in.account,
        row["household"],
        row["demand"],
        row[about],
        action,
        office.clock.now(),
    )
    answer = await send(visit, one, about, {**details, **(more or {})})
    if answer.outcome == "sent":
        answer = await _await_answer(office, one.id)
    ACTS.labels(action, answer.outcome).inc()
    return RedirectResponse(f"{back or home(visit.signed_in.role)}?sent={one.id}", 303)


async def send(visit: Visit, one: sent.Act, about: str, details: Mapping[str, Any]) -> Answer:
    """Remember one act and send it: sent, or at once refused or undelivered."""
    async with visit.office.connection() as connection:
        await sent.add(connection, one)
    answer = await visit.office.gate.claim(one, visit.signed_in, about, details)
    if answer.outcome != "sent":
        async with visit.office.connection() as connection:
            await sent.settle(connection, one.id, answer)
    return answer


async def _await_answer(office: Office, identifier: UUID) -> Answer:
    """The owning context's answer, if it reaches the read model in time; `sent` if not."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        answer = await look(office, identifier)
        if answer.outcome != "sent" or time.monotonic() > give_up:
            return answer
        await asyncio.sleep(LOOK_SECONDS)


async def look(office: Office, identifier: UUID) -> Answer:
    """What is known by now; an answer is kept, so that it is looked for only once."""
    async with office.connection() as connection:
        answer = await sent.answer(connection, identifier, office.settings.desk_partner)
        if answer.outcome != "sent":
            await sent.settle(connection, identifier, answer)
    return answer


async def last_acts(visit: Visit, about: Sequence[UUID]) -> dict[UUID, Record]:
    """The latest act about each row of an inbox, with the answers that have come since."""
    since = visit.office.clock.now() - SHOWN_FOR
    async with visit.office.connection() as connection:
        known = await sent.last_about(connection, about, since)
    waiting = [row["id"] for row in known.values() if row["outcome"] == "sent"]
    if not waiting:
        return known
    for identifier in waiting:
        await look(visit.office, identifier)
    async with visit.office.connection() as connection:
        return await sent.last_about(connection, about, since)


async def notice(visit: Visit) -> Record | None:
    """The act that the address asks about, for the line on top of an inbox."""
    try:
        identifier = UUID(visit.request.query_params.get("sent", ""))
    except ValueError:
        return None
    await look(visit.office, identifier)
    async with visit.office.connection() as connection:
        return await sent.one(connection, identifier, visit.signed_in.account)
