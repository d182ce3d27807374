"""Accounts, in two hands: the system administrator makes them, the security administrator says what they may do.

The audit administrator reads the list and the records of both. Nobody changes their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID, uuid4

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import OF_A_HOUSE, ROLES, parse_role
from services.desk.store import accounts as store
from services.desk.store import records
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.signing_in.passwords import generated, hashed
from services.desk.web.tables import Column, Listing, Table, shown
from services.desk.web.wording.words import Words
from shared.clock import wall
from shared.contracts.entities import Authority, Institution


def _units(row: Record, words: Words) -> str | None:
    section = "institutions" if row["role"] == "bank" else "authorities"
    return ", ".join(words.unit(unit, row["subject"], section) for unit in row["units"]) or None


TABLE = Table(
    "accounts",
    N_("Accounts"),
    (
        Column(N_("Login"), lambda row, _: row["login"], "code", link=lambda row: f"/accounts?of={row['account']}"),
        Column(N_("Role"), lambda row, _: row["role"], "state", label="role"),
        Column(N_("House"), lambda row, words: words.house(row["subject"]) if row["subject"] else None),
        Column(N_("Units"), _units),
        Column(N_("Hands out work"), lambda row, words: words.language.text(N_("yes")) if row["leads"] else None),
        Column(N_("State"), lambda row, _: _state(row), "state", label="account"),
        Column(N_("Made on"), lambda row, _: row["created_at"], "moment"),
    ),
    empty=N_("There is no account. Make the first one below."),
)


MOST, PAGE = 20_000, 100
"""Accounts that are known at once, and of these so many on a page."""


def _state(row: Record) -> str:
    if row["disabled"]:
        return "disabled"
    if row["locked_until"] is not None and row["locked_until"] > wall():
        return "locked"
    return "waiting" if row["role"] == "none" else "active"


async def load(visit: Visit, limit: int) -> Sequence[Record]:
    """Every account, by login."""
    async with visit.office.connection() as connection:
        return (await store.all_of_them(connection))[:limit]


async def show(visit: Visit) -> Response:
    """The list, and the forms of this administrator."""
    return await _page(visit)


async def _page(visit: Visit, made: tuple[str, str] | None = None) -> Response:
    rows, query = await load(visit, MOST), visit.request.query_params
    asked, words = visit.request.path_params.get("id") or query.get("of"), query.get("q", "").strip()[:64]
    chosen = next((row for row in rows if str(row["account"]) == asked), None)
    found = [row for row in rows if words.lower() in f"{row['login']} {row['subject'] or ''}".lower()]
    near = query.get("house", "").strip()[:64]
    return visit.page(
        "accounts.html",
        table=shown(TABLE, found[:PAGE], visit.words),
        q=words,
        more=len(found) > PAGE,
        near=near,
        chosen=chosen,
        own=chosen is not None and chosen["account"] == visit.signed_in.account,
        made=made,
        roles=ROLES,
        houses=_houses(visit, near),
    )


def _houses(visit: Visit, near: str) -> list[Institution | Authority]:
    """Whom an account may be given to: the banks, or the banks and authorities by a part of their name. A province has
    more than a thousand authorities: no page can list them all."""
    release = visit.office.catalogue()
    if release is None:
        return []
    if not near:
        return list(release.institutions.values())
    houses: list[Institution | Authority] = [*release.institutions.values(), *release.authorities.values()]
    return [each for each in houses if near.lower() in f"{each.id} {each.zh} {each.en}".lower()][:PAGE]


async def make(visit: Visit) -> Response:
    """A new account: it may do nothing until the security administrator has said what."""
    login = str(visit.form.get("login", "")).strip()
    if not store.LOGIN.fullmatch(login):
        return _wrong(visit, N_("A login has 1 to 64 letters, digits, '.', '_', ':' or '-'."))
    password = generated()
    async with visit.office.connection() as connection:
        try:
            await store.add(connection, uuid4(), login, "none", None, hashed(password), wall())
        except store.LoginTaken:
            return _wrong(visit, N_("This login is taken. Choose another one."))
    await _keep(visit, "account_made", login)
    return await _page(visit, (login, password))


def changing(what: str) -> Callable[[Visit], Awaitable[Response]]:
    """One of the changes below, to somebody else's account."""

    async def change(visit: Visit) -> Response:
        async with visit.office.connection() as connection:
            row = await store.by_id(connection, _uuid(visit))
        if row is None:
            raise HTTPException(404)
        if row["account"] == visit.signed_in.account:
            return _wrong(visit, N_("Nobody changes their own account: another administrator does."))
        return await _CHANGES[what](visit, row)

    return change


async def _renew(visit: Visit, row: Record) -> Response:
    password = generated()
    async with visit.office.connection() as connection:
        await store.renew(connection, row["login"], hashed(password))
    await _keep(visit, "password_renewed", row["login"])
    return await _page(visit, (row["login"], password))


async def _disable(visit: Visit, row: Record) -> Response:
    async with visit.office.connection() as connection:
        await store.disable(connection, row["login"])
    await _keep(visit, "account_disabled", row["login"])
    return RedirectResponse("/accounts", 303)


async def _grant(visit: Visit, row: Record) -> Response:
    """A role, with its house where it has one. The account's sessions end, so that it begins anew with what it may."""
    name, house = str(visit.form.get("role", "")), str(visit.form.get("house", "")).strip()
    release = visit.office.catalogue()
    section = release and (release.institutions if name == "bank" else release.authorities)
    if name in OF_A_HOUSE and house not in (section or {}):
        return _wrong(visit, N_("This role acts for a bank or an authority: choose it from the list."))
    try:
        role, subject = parse_role(f"{name}:{house}" if name in OF_A_HOUSE else name)
    except ValueError:
        return _wrong(visit, N_("Choose a role from the list."))
    leads = visit.form.get("leads") is not None
    known_as = str(visit.form.get("single_sign_on", "")).strip()[:200] or None
    async with visit.office.connection() as connection:
        try:
            await store.link(connection, row["account"], known_as)
        except store.LoginTaken:
            return _wrong(visit, N_("Somebody else is linked to this subject of the sign-on service already."))
        await store.grant(connection, row["account"], role, subject, leads)
    await _keep(visit, "role_granted", f"{row['login']}: {role}{':' + subject if subject else ''}")
    return RedirectResponse("/accounts", 303)


_CHANGES: dict[str, Callable[[Visit, Record], Awaitable[Response]]] = {
    "password": _renew,
    "disable": _disable,
    "grant": _grant,
}


def _uuid(visit: Visit) -> UUID:
    try:
        return UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None


def _wrong(visit: Visit, message: str) -> Response:
    text = visit.words.language.text
    return visit.page("problem.html", 422, title=text("Please check"), texts=[text(message)])


async def _keep(visit: Visit, what: str, detail: str) -> None:
    async with visit.office.connection() as connection:
        await records.add(connection, records.line(visit.signed_in, what, wall(), detail=detail))


LISTING = Listing(TABLE, "accounts", load)
