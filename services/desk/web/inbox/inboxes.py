"""The inboxes of a bank and of an authority: by due time, and every act at most two clicks away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain import acts
from services.desk.domain.access import Officer
from services.desk.domain.card import KNOWN_TO, Card, masked, told
from services.desk.store import inbox as store
from services.desk.store import people as people_store
from services.desk.store import records
from services.desk.web.inbox.acting import act, last_acts, notice
from services.desk.web.rendering import Visit
from services.desk.web.wording.labels import CASE, REFERRAL
from services.desk.web.wording.words import CHINA
from shared.catalogue import Release
from shared.catalogue.regions import within
from shared.clock import wall
from shared.contracts.entities import Authority, Institution, Unit
from shared.contracts.values import Referral

FARTHEST_PAGE = 500
EVERY_UNIT = "all"
_FILTERS = ("state", "show", "unit", "mine")
_IDENTITY = ("contact_name", "shop_name", "phone", "credit_code", "address", "files")


@dataclass(frozen=True, slots=True)
class Item:
    """One row: the referral or case, the demand as a card, which acts its state offers, the last act and its answer.

    `over`: its time is over, and nothing can be done about it any more.
    """

    row: Record
    card: Card
    offers: tuple[str, ...]
    last: Record | None
    body: Referral | None
    over: bool

    @property
    def known(self) -> bool:
        """Whether this house may know the demand beyond its card."""
        return self.row["state"] in KNOWN_TO


def narrowed(visit: Visit, states: Mapping[str, str]) -> store.Narrowed:
    """What the address asks for, without what makes no sense. Who works in units sees theirs, unless all is asked."""
    asked, officer = visit.request.query_params, visit.signed_in
    page, unit = asked.get("page", "0"), asked.get("unit", "")
    return store.Narrowed(
        state=asked.get("state") if asked.get("state") in states else None,
        units=officer.units if not unit else () if unit == EVERY_UNIT else (unit,),
        done=asked.get("show") == "done",
        page=min(int(page), FARTHEST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 0,
        mine=officer.account if asked.get("mine") else None,
        today=visit.office.clock.now().astimezone(CHINA).date(),
    )


async def inbox(visit: Visit) -> Response:
    """The inbox of a bank or of an authority."""
    officer, (about, states, offered) = visit.signed_in, desk_of(visit)
    wanted = narrowed(visit, states)
    async with visit.office.connection() as connection:
        rows, counts = await store.listed_and_counted(connection, officer, wanted)
        limits = await store.capacity(connection, officer) if about == "referral" else []
        people = await people_store.people(connection, officer) if officer.leads else []
    told = await notice(visit)
    known = await last_acts(visit, [row[about] for row in rows[: store.PAGE]])
    now = visit.office.clock.now()
    items = [item_of(row, now, known.get(row[about])) for row in rows[: store.PAGE]]
    release = visit.office.catalogue()
    return visit.page(
        f"{officer.house}.html",
        items=items,
        more=len(rows) > store.PAGE,
        wanted=wanted,
        query=_query(visit),
        counts=counts,
        states=[state for state in states if state in offered],
        late=sum(visit.words.late(item.row["due_at"]) for item in items),
        limits=limits,
        declared=_declared(visit, limits),
        people=[person for person in people if not person["disabled"]],
        units=units_of(release, officer),
        notice=told,
        today=wanted.today,
        declines=list(release.decline_codes.values()) if release else [],
        authorities=_near(release, officer.subject) if release else [],
    )


def _declared(visit: Visit, limits: Sequence[Record]) -> str | None:
    """What became of a limit that was just declared: taken once the read model has it."""
    unit, _, version = visit.request.query_params.get("limit", "").rpartition(".")
    if not unit or not version.isascii() or not version.isdigit() or len(version) > 9:
        return None
    return "taken" if any(row["unit"] == unit and row["version"] >= int(version) for row in limits) else "sent"


def desk_of(visit: Visit) -> tuple[str, Mapping[str, str], Mapping[str, tuple[str, ...]]]:
    """What the officer's house works on: a referral or a case, the names of its states, the acts each offers."""
    if visit.signed_in.house == "bank":
        return "referral", REFERRAL, acts.BANK
    return "case", CASE, acts.AUTHORITY


def units_of(release: Release | None, officer: Officer) -> Sequence[Unit]:
    """The branches of the officer's bank, or the offices of the authority."""
    section: Mapping[str, Institution | Authority] = {}
    if release is not None:
        section = release.institutions if officer.house == "bank" else release.authorities
    house = section.get(officer.subject or "")
    return house.units if house else ()


def _query(visit: Visit) -> Callable[..., str]:
    """The address of this inbox with some of its filters changed; one that is empty goes, and so does the page."""
    kept = {name: value for name, value in visit.request.query_params.items() if name in _FILTERS}

    def changed(**filters: str) -> str:
        left = {name: value for name, value in {**kept, **filters}.items() if value}
        return visit.request.url.path + ("?" + urlencode(left) if left else "")

    return changed


def _near(release: Release, authority: str | None) -> list[Authority]:
    """The authorities that a case is likely to be for: of the same place and of those around it. A whole province is
    a thousand and more; any other can be named by its id."""
    own = release.authorities.get(authority or "")
    return [each for each in release.authorities.values() if own is None or within(own.region, each.region)]


def offers_of(row: Record, now: datetime) -> tuple[str, ...]:
    """The acts that a referral, or a case, offers now."""
    if "bank" in row:
        return acts.of_referral(row["state"], row["due_at"], now)
    return acts.of_case(row["state"], row["reached"], row["extension_asked"], row["household_asked"])


def item_of(row: Record, now: datetime, last: Record | None = None) -> Item:
    """One row of the store's as the officer may know it."""
    body = Referral.model_validate_json(row["body"]) if "body" in row else None
    card = masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])
    if body is not None and row["state"] not in KNOWN_TO:
        card = told(card, row["body"])
    offers = offers_of(row, now)
    over = not offers and row["state"] in acts.OPEN_REFERRALS
    return Item(row, card, offers, last, body, over)


async def mine(visit: Visit) -> Record:
    """The referral or case of the address, if it is this house's own; another's is not there."""
    try:
        identifier = UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
    async with visit.office.connection() as connection:
        row = await store.one(connection, visit.signed_in, identifier)
    if row is None:
        raise HTTPException(404)
    return row


async def bank_acts(visit: Visit) -> Response:
    """One act about one of the bank's referrals."""
    row, action = await mine(visit), visit.request.path_params["action"]
    if action not in {each for offers in acts.BANK.values() for each in offers}:
        raise HTTPException(404)
    return await act(visit, row, "referral", action)


async def authority_acts(visit: Visit) -> Response:
    """One act about one of the authority's cases; what is resolved carries the fact that has changed."""
    row, action = await mine(visit), visit.request.path_params["action"]
    if action not in {each for offers in acts.AUTHORITY.values() for each in offers}:
        raise HTTPException(404)
    more = more_of(visit, row, action)
    return await act(visit, row, "case", action, more)


def more_of(visit: Visit, row: Record, action: str) -> dict[str, Any]:
    """What an act says beside its form: what is resolved carries the fact that has changed."""
    return {"facts": _cleared(visit, row)} if action == "authority-resolves" else {}


def _cleared(visit: Visit, row: Record) -> dict[str, Any]:
    """The fact as the obstacle's removal leaves it, known as surely as a register knows it."""
    release = visit.office.catalogue()
    obstacle = release.obstacles.get(row["obstacle"]) if release else None
    if obstacle is None:
        return {}
    today = visit.office.clock.now().astimezone(CHINA).date().isoformat()
    fact = {"value": obstacle.cleared_value, "source": row["authority"], "as_of": today, "assurance": "register"}
    return {obstacle.fact: fact}


def fields_of(row: Record | Mapping[str, Any], release: Release | None) -> tuple[str, ...]:
    """The fields of an identity that the house of a referral or case may see now."""
    if "case" not in row:
        return _IDENTITY if row["state"] in KNOWN_TO else ()
    obstacle = release.obstacles.get(row["obstacle"]) if release else None
    return tuple(obstacle.identity_fields) if obstacle and row["state"] in acts.AUTHORITY else ()


async def identity(visit: Visit) -> Response:
    """On to notify's page, which shows the identity once: the desk itself never sees it."""
    row = await mine(visit)
    fields = fields_of(row, visit.office.catalogue())
    if not fields:
        raise HTTPException(404)
    async with visit.office.connection() as connection:
        seen = records.line(visit.signed_in, "opened_identity", wall(), row["demand"], ", ".join(fields))
        await records.add(connection, seen)
    link = visit.office.gate.disclosure(visit.signed_in, row["demand"], row["household"], fields)
    return RedirectResponse(link, 303)
