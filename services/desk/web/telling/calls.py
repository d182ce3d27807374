"""Whom a person has to telephone, and what was told without an end: each row leaves its list by a word about it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.answers import Answer
from services.desk.domain.calls import outcomes_of
from services.desk.metrics import ACTS
from services.desk.store import sent
from services.desk.store import unsettled as store
from services.desk.store.sent import Act
from services.desk.web.inbox.acting import LOOK_SECONDS, WAIT_SECONDS
from services.desk.web.language import N_
from services.desk.web.office import Office
from services.desk.web.rendering import Visit
from services.desk.web.telling.telling_tables import kind_of
from services.desk.web.wording.telling_labels import CALL
from shared.contracts.ids import caused_id

FARTHEST_PAGE = 500
LONGEST_REASON = 200
_NUMBER = ("contact_name", "phone")
_GONE = (N_("No longer waiting"), N_("Somebody has said how this ended, or it has gone on by another channel."))
_PATHS: dict[store.Kind, str] = {"calls": "/calls", "held": "/deliveries", "failed": "/deliveries?show=failed"}


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery, what may be said of it, and what has been said that is not answered yet."""

    row: Record
    outcomes: tuple[str, ...]
    said: str | None


def word_id(delivery: UUID, attempt: int, outcome: str) -> UUID:
    """The id of a word about one attempt: pressed twice, or sent again because nothing was heard, it is the same."""
    return caused_id(delivery, f"{outcome}/{attempt}")


def _page(visit: Visit) -> int:
    text = visit.request.query_params.get("page", "0")
    return min(int(text), FARTHEST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 0


async def calls(visit: Visit) -> Response:
    """The call list (电话清单): who has waited longest comes first."""
    return await _show(visit, "calls")


async def deliveries(visit: Visit) -> Response:
    """What is held because nobody knows whether it came, and what was given up."""
    return await _show(visit, kind_of(visit))


async def _show(visit: Visit, kind: store.Kind) -> Response:
    page = _page(visit)
    async with visit.office.connection() as connection:
        rows = await store.listed(connection, kind, page)
        counts = await store.counts(connection)
        shown = [(row, outcomes_of(row["channel"]) if kind != "failed" else ()) for row in rows[: store.PAGE]]
        words = [word_id(row["delivery"], row["attempt"], each) for row, outcomes in shown for each in outcomes]
        said = await store.said(connection, words)
    return visit.page(
        "calls.html",
        items=[Item(row, outcomes, said.get(row["delivery"])) for row, outcomes in shown],
        kind=kind,
        counts=counts,
        paths=_PATHS,
        page=page,
        more=len(rows) > store.PAGE,
        acts=visit.signed_in.role == "campaign_office",
        notice=_notice(visit),
    )


def _notice(visit: Visit) -> tuple[str, str] | None:
    """The word that was just said, and whether it is known to have been taken."""
    outcome, _, answer = visit.request.query_params.get("said", "").partition("/")
    return (outcome, answer) if outcome in CALL and answer in ("taken", "sent") else None


async def _held(visit: Visit) -> Record | None:
    try:
        identifier = UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
    async with visit.office.connection() as connection:
        return await store.held(connection, identifier)


async def number(visit: Visit) -> Response:
    """On to notify's page, which shows name and number once: the desk itself never sees them."""
    row = await _held(visit)
    if row is None or row["channel"] != "call_list":
        return visit.problem(404, *_GONE)
    return RedirectResponse(
        visit.office.gate.disclosure(visit.signed_in, row["demand"], row["household"], _NUMBER), 303
    )


async def say(visit: Visit) -> Response:
    """How a call ended, or whether a held message came: sent to the gate as the channel's receipt."""
    outcome = visit.request.path_params["action"]
    if outcome not in CALL:
        raise HTTPException(404)
    row = await _held(visit)
    if row is None or outcome not in outcomes_of(row["channel"]):
        return visit.problem(404, *_GONE)
    office, reason = visit.office, str(visit.form.get("reason", "")).strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        return visit.problem(422, N_("Please check"), N_("The remark is one line of at most 200 characters."))
    act = _act(visit, row, outcome)
    async with office.connection() as connection:
        await store.say(connection, act)
    answer = await office.gate.receipt(act, visit.signed_in, row["channel"], outcome, reason or None)
    if answer.outcome != "sent":
        async with office.connection() as connection:
            await store.unsay(connection, act.id)
        ACTS.labels(f"call-{outcome}", answer.outcome).inc()
        said = visit.words.language.of(answer.reason_zh or "", answer.reason_en or "")
        return visit.page("problem.html", 422, title=visit.words.language.text(N_("Not taken")), text=said)
    taken = await _awaited(office, act, row)
    ACTS.labels(f"call-{outcome}", "taken" if taken else "sent").inc()
    back = "/calls" if row["channel"] == "call_list" else "/deliveries"
    return RedirectResponse(f"{back}?said={outcome}/{'taken' if taken else 'sent'}", 303)


def _act(visit: Visit, row: Record, outcome: str) -> Act:
    return Act(
        word_id(row["delivery"], row["attempt"], outcome),
        visit.signed_in.account,
        row["household"],
        row["demand"],
        row["delivery"],
        outcome,
        visit.office.clock.now(),
    )


async def _awaited(office: Office, act: Act, row: Record) -> bool:
    """Whether notify's answer reaches the read model in time: another attempt, or another outcome."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        async with office.connection() as connection:
            now = await store.again(connection, row)
            taken = (now["attempt"], now["outcome"]) != (row["attempt"], row["outcome"])
            if taken:
                await sent.settle(connection, act.id, Answer("taken", f"feedback.{now['outcome']}"))
        if taken or time.monotonic() > give_up:
            return taken
        await asyncio.sleep(LOOK_SECONDS)
