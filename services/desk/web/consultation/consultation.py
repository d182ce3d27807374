"""联合会诊: the agendas of counties, an item for each obstacle; the county's team decides each item and closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from services.desk.store import counties as store
from services.desk.web.consultation.agendas import SESSIONS, id_of, sessions, sitting_of
from services.desk.web.inbox.acting import act, last_acts, notice
from services.desk.web.inbox.forms import CONSULTATION
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import shown
from services.desk.web.wording.labels import VERDICT
from services.desk.web.wording.words import CHINA
from shared.catalogue import Release
from shared.catalogue.regions import within
from shared.contracts.county import SessionOpened
from shared.contracts.entities import Authority
from shared.contracts.ids import county_id

_LETTER = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""The letter carries its own style and nothing else: it is kept and sent as a file of its own."""


async def show_all(visit: Visit) -> Response:
    """The sessions, those that still sit first."""
    found = await sessions(visit)
    table = shown(SESSIONS, found, visit.words)
    return visit.page("consultations.html", table=table, more=len(found) == store.SESSIONS)


async def show_one(visit: Visit) -> Response:
    """One session: who sits in it, its items by the money that they block, and for the team what can be decided."""
    sitting = await sitting_of(visit)
    opened, release = sitting.opened, visit.office.catalogue()
    last = await last_acts(visit, [opened.session, *(item.id for item in opened.items)])
    return visit.page(
        "consultation.html",
        sitting=sitting,
        notice=await notice(visit),
        last=last,
        decides=_is_team(visit, opened) and sitting.ended is None,
        verdicts=list(VERDICT),
        near=_near(release, opened.county),
        today=visit.office.clock.now().astimezone(CHINA).date(),
    )


async def acts(visit: Visit) -> Response:
    """The team decides an item, which the form names, or closes its session."""
    sitting, action = await sitting_of(visit), visit.request.path_params["action"]
    opened = sitting.opened
    if action not in CONSULTATION or not _is_team(visit, opened):
        raise HTTPException(404)
    about = opened.session if action == "consultation-closes" else _item(visit.form, opened)
    key = county_id(opened.county)
    # An item and a session stand for themselves, and are no demand.
    row: Mapping[str, Any] = {"household": key, "demand": about, "case": about}
    return await act(visit, row, "case", action, back=f"/consultations/{opened.session}")


def _item(form: Mapping[str, Any], opened: SessionOpened) -> UUID:
    named = str(form.get("item", ""))
    found = next((item.id for item in opened.items if str(item.id) == named), None)
    if found is None:
        raise HTTPException(404)
    return found


def _is_team(visit: Visit, opened: SessionOpened) -> bool:
    return visit.signed_in.house == "authority" and visit.signed_in.subject == opened.team


def _near(release: Release | None, county: str) -> list[Authority]:
    """Whom an item may be assigned to: the authorities whose region the county lies in."""
    return [each for each in release.authorities.values() if within(county, each.region)] if release else []


async def letter(visit: Visit) -> Response:
    """The 督办 of a case, to print: for its authority, those above it on its line, its team, and who oversees.

    Escalation writes it: what it says of times and pauses is nobody else's to compute.
    """
    release, case = visit.office.catalogue(), id_of(visit)
    async with visit.office.connection() as connection:
        place = await store.place_of(connection, case)
    if place is None or not may_read(visit.signed_in.subject, place["authority"], place["county"], release):
        raise HTTPException(404)
    written = await visit.office.services.letter(case)
    if written is None:
        return visit.problem(503, N_("Just a moment"), N_("The letter cannot be had now. Please try again soon."))
    return HTMLResponse(written, headers={"Content-Security-Policy": _LETTER})


def may_read(subject: str | None, authority: str, county: str | None, release: Release | None) -> bool:
    """Whether a letter about a case at an authority is an officer's to read. It names no household."""
    if subject is None:
        return True
    known = release.authorities if release else {}
    own, here = known.get(subject), known.get(authority)
    if own is None:
        return False
    if own.catch_all and county is not None and within(county, own.region):
        return True
    while here is not None and here.id != subject:
        here = known.get(here.upper or "")
    return here is not None
