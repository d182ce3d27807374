"""Signing in and out, and the switch of languages."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import ROLES, Officer
from services.desk.metrics import SIGN_INS
from services.desk.store import accounts, records
from services.desk.web.language import CODES, COOKIE, N_
from services.desk.web.rendering import Visit
from services.desk.web.signing_in.passwords import fits, hashed, nobodys
from services.desk.web.signing_in.sessions import fresh
from shared.clock import wall

SHORTEST = 12
A_YEAR = 365 * 24 * 3600
_WRONG = N_("Login or password is wrong. After five tries in a row the account is locked for 15 minutes.")
_LOCKED = N_(
    "This account is locked after too many tries. Wait 15 minutes, or ask the administrator for a new password."
)
_UNFIT = N_(
    "The new password has at least 12 characters, is written the same twice, and is neither the old one nor the login."
)


def local(path: str | None) -> str:
    """A path of ours to go back to; anything that could lead elsewhere becomes the first page."""
    safe = path is not None and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe and path else "/"


async def form(visit: Visit) -> Response:
    """The form; who has signed in already is led on."""
    if visit.officer is not None:
        return RedirectResponse("/", 303)
    return visit.page("sign_in.html", problem=None, login="", next=local(visit.request.query_params.get("next")))


async def sign_in(visit: Visit) -> Response:
    """Check the password and begin a new session, or say what is wrong: never which of the two it was."""
    login = str(visit.form.get("login", ""))[:64]
    password = str(visit.form.get("password", ""))[:200]
    target = local(str(visit.form.get("next", "")))
    async with visit.office.connection() as connection:
        account = await accounts.by_login(connection, login)
    problem = await _problem(visit, account, password)
    if problem or account is None:
        text = visit.words.language.text(problem or _WRONG)
        return visit.page("sign_in.html", 401, problem=text, login=login, next=target)
    return await begin(visit, account, target)


async def begin(visit: Visit, account: Record, target: str) -> Response:
    """A new session for an account whose owner has proved who they are."""
    SIGN_INS.labels("in").inc()
    named = (account["account"], account["login"], account["role"], account["subject"])
    async with visit.office.connection() as connection:
        await records.add(connection, records.line(Officer(*named), "signed_in", wall()))
    response = RedirectResponse(target, 303)
    visit.office.sessions.write(response, fresh(account["account"], account["epoch"]))
    return response


async def _problem(visit: Visit, account: Record | None, password: str) -> str | None:
    if account is None or account["disabled"] or account["role"] not in ROLES or account["password_hash"] is None:
        await fits(nobodys(), password)
        await _failed(visit, "", "sign_in_failed")
        SIGN_INS.labels("wrong").inc()
        return _WRONG
    identifier: UUID = account["account"]
    async with visit.office.connection() as connection:
        allowed = await accounts.may_try(connection, identifier, wall())
    if not allowed:
        SIGN_INS.labels("locked").inc()
        await _failed(visit, account["login"], "account_locked")
        return _LOCKED
    if not await fits(account["password_hash"], password):
        SIGN_INS.labels("wrong").inc()
        await _failed(visit, account["login"], "sign_in_failed")
        return _WRONG
    async with visit.office.connection() as connection:
        await accounts.signed_in(connection, identifier)
    return None


async def _failed(visit: Visit, login: str, what: str) -> None:
    """Of a login that does not exist no name is kept: people type their passwords there."""
    async with visit.office.connection() as connection:
        await records.add(connection, records.unknown(login, what, wall()))


async def password_form(visit: Visit) -> Response:
    """The form to change one's own password."""
    return visit.page("password.html", problem=None)


async def change_password(visit: Visit) -> Response:
    """The old one, and a new one twice; all sessions end."""
    now, new, again = (str(visit.form.get(name, ""))[:200] for name in ("password", "new", "again"))
    officer = visit.signed_in
    async with visit.office.connection() as connection:
        account = await accounts.by_login(connection, officer.login)
        tried = account is not None and await accounts.may_try(connection, officer.account, wall())
    if account is None or not tried or account["password_hash"] is None:
        return visit.page("password.html", 401, problem=visit.words.language.text(_LOCKED))
    if not await fits(account["password_hash"], now):
        return visit.page("password.html", 401, problem=visit.words.language.text(_WRONG))
    if len(new) < SHORTEST or new != again or new in (now, officer.login):
        text = visit.words.language.text(_UNFIT)
        return visit.page("password.html", 422, problem=text)
    async with visit.office.connection() as connection:
        await accounts.renew(connection, officer.login, hashed(new))
        await records.add(connection, records.line(officer, "password_changed", wall()))
    response = RedirectResponse("/sign-in", 303)
    visit.office.sessions.write(response, fresh())
    return response


async def sign_out(visit: Visit) -> Response:
    """All sessions of the account end, also those on other machines."""
    async with visit.office.connection() as connection:
        await accounts.end_sessions(connection, visit.signed_in.account)
        await records.add(connection, records.line(visit.signed_in, "signed_out", wall()))
    response = RedirectResponse("/sign-in", 303)
    visit.office.sessions.write(response, fresh())
    return response


async def language(visit: Visit) -> Response:
    """Remember the language and go back."""
    chosen = visit.request.query_params.get("to")
    response = RedirectResponse(local(visit.request.query_params.get("back")), 303)
    if chosen is not None and chosen in CODES:
        secure = visit.office.settings.desk_https
        response.set_cookie(COOKIE, chosen, max_age=A_YEAR, secure=secure, httponly=True, samesite="lax")
    return response
