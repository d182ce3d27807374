"""The inboxes of a bank and of an authority: by due time, and every act at most two clicks away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain import acts
from services.desk.domain.card import KNOWN_TO, Card, masked
from services.desk.store import inbox as store
from services.desk.web.acting import act, last_acts, notice
from services.desk.web.labels import CASE, REFERRAL
from services.desk.web.rendering import Visit
from services.desk.web.words import CHINA
from shared.catalogue import Release
from shared.catalogue.regions import within
from shared.contracts.entities import Authority
from shared.contracts.values import Referral

FARTHEST_PAGE = 500
_IDENTITY = ("contact_name", "shop_name", "phone", "credit_code", "address")


@dataclass(frozen=True, slots=True)
class Item:
    """One row: the referral or case, the demand as a card, which acts its state offers, the last act and its answer."""

    row: Record
    card: Card
    offers: tuple[str, ...]
    last: Record | None
    body: Referral | None

    @property
    def known(self) -> bool:
        """Whether this house may know the demand beyond its card."""
        return self.row["state"] in KNOWN_TO


def narrowed(visit: Visit, states: dict[str, str]) -> store.Narrowed:
    """What the address asks for; what makes no sense is left out."""
    asked = visit.request.query_params
    page = asked.get("page", "0")
    return store.Narrowed(
        state=asked.get("state") if asked.get("state") in states else None,
        unit=asked.get("unit") or None,
        done=asked.get("show") == "done",
        page=min(int(page), FARTHEST_PAGE) if page.isascii() and page.isdigit() and len(page) < 6 else 0,
    )


async def bank(visit: Visit) -> Response:
    """The bank's inbox."""
    return await _inbox(visit, "referral", REFERRAL, acts.BANK)


async def authority(visit: Visit) -> Response:
    """The authority's inbox."""
    return await _inbox(visit, "case", CASE, acts.AUTHORITY)


async def _inbox(visit: Visit, about: str, states: dict[str, str], offered: dict[str, tuple[str, ...]]) -> Response:
    officer, wanted = visit.signed_in, narrowed(visit, states)
    async with visit.office.connection() as connection:
        load = store.referrals if about == "referral" else store.cases
        rows = await load(connection, officer, wanted)
        counts = await store.counts(connection, about, officer)
        limits = await store.capacity(connection, officer) if about == "referral" else []
    told = await notice(visit)
    known = await last_acts(visit, [row[about] for row in rows[: store.PAGE]])
    items = [_item(row, offered, known.get(row[about])) for row in rows[: store.PAGE]]
    release = visit.office.catalogue()
    return visit.page(
        f"{officer.house}.html",
        items=items,
        more=len(rows) > store.PAGE,
        wanted=wanted,
        counts=counts,
        states=[state for state in states if state in offered],
        late=sum(visit.words.late(item.row["due_at"]) for item in items),
        limits=limits,
        notice=told,
        today=visit.office.clock.now().astimezone(CHINA).date(),
        declines=list(release.decline_codes.values()) if release else [],
        authorities=_near(release, officer.subject) if release else [],
    )


def _near(release: Release, authority: str | None) -> list[Authority]:
    """The authorities that a case is likely to be for: of the same place and of those around it. A whole province is
    a thousand and more; any other can be named by its id."""
    own = release.authorities.get(authority or "")
    return [each for each in release.authorities.values() if own is None or within(own.region, each.region)]


def _item(row: Record, offered: dict[str, tuple[str, ...]], last: Record | None) -> Item:
    card = masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])
    body = Referral.model_validate_json(row["body"]) if "body" in row else None
    return Item(row, card, offered.get(row["state"], ()), last, body)


async def _mine(visit: Visit, about: str) -> Record:
    """The referral or case of the address, if it is this house's own; another's is not there."""
    try:
        identifier = UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
    async with visit.office.connection() as connection:
        load = store.one_referral if about == "referral" else store.one_case
        row = await load(connection, visit.signed_in, identifier)
    if row is None:
        raise HTTPException(404)
    return row


async def bank_acts(visit: Visit) -> Response:
    """One act about one of the bank's referrals."""
    row, action = await _mine(visit, "referral"), visit.request.path_params["action"]
    if action not in {each for offers in acts.BANK.values() for each in offers}:
        raise HTTPException(404)
    return await act(visit, row, "referral", action)


async def authority_acts(visit: Visit) -> Response:
    """One act about one of the authority's cases; what is resolved carries the fact that has changed."""
    row, action = await _mine(visit, "case"), visit.request.path_params["action"]
    if action not in {each for offers in acts.AUTHORITY.values() for each in offers}:
        raise HTTPException(404)
    more = {"facts": _cleared(visit, row)} if action == "authority-resolves" else None
    return await act(visit, row, "case", action, more)


def _cleared(visit: Visit, row: Record) -> dict[str, Any]:
    """The fact as the obstacle's removal leaves it, known as surely as a register knows it."""
    release = visit.office.catalogue()
    obstacle = release.obstacles.get(row["obstacle"]) if release else None
    if obstacle is None:
        return {}
    today = visit.office.clock.now().astimezone(CHINA).date().isoformat()
    fact = {"value": obstacle.cleared_value, "source": row["authority"], "as_of": today, "assurance": "register"}
    return {obstacle.fact: fact}


async def identity(visit: Visit) -> Response:
    """On to notify's page, which shows the identity once: the desk itself never sees it."""
    about = "referral" if visit.signed_in.house == "bank" else "case"
    row = await _mine(visit, about)
    release = visit.office.catalogue()
    if about == "referral":
        fields: tuple[str, ...] = _IDENTITY if row["state"] in KNOWN_TO else ()
    else:
        obstacle = release.obstacles.get(row["obstacle"]) if release else None
        fields = tuple(obstacle.identity_fields) if obstacle and row["state"] in acts.AUTHORITY else ()
    if not fields:
        raise HTTPException(404)
    link = visit.office.gate.disclosure(visit.signed_in, row["demand"], row["household"], fields)
    return RedirectResponse(link, 303)
