"""Units and people (网点、科室与人员): who works where, rules, stand-ins, and on time by unit.

Who hands out work changes it for the whole house; everybody may name who stands in for themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.store import inbox, records
from services.desk.store import people as store
from services.desk.web.administration.people_tables import unit_of
from services.desk.web.inbox.inboxes import units_of
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, shown
from services.desk.web.wording.words import CHINA
from shared.clock import wall
from shared.database import Connection

UNITS = Table(
    "units",
    N_("On time by unit"),
    (
        Column(N_("Unit"), unit_of, link=lambda row: f"/{row['house_kind']}?unit={row['unit'] or 'all'}"),
        Column(N_("Open"), lambda row, _: row["open"], "number"),
        Column(N_("Overdue"), lambda row, _: row["overdue"], "number"),
        Column(N_("Too late"), lambda row, _: row["missed"], "number"),
        Column(N_("In time"), lambda row, _: row["moved"], "number"),
        Column(N_("Share in time"), lambda row, _: share_in_time(row), "rate"),
    ),
    empty=N_("Nothing has come to this house yet."),
)


def share_in_time(row: Mapping[str, Any]) -> int | None:
    """In basis points; what is overdue now counts against it."""
    whole = row["moved"] + row["missed"] + row["overdue"]
    return round(10_000 * row["moved"] / whole) if whole else None


async def load(visit: Visit, limit: int) -> list[dict[str, Any]]:
    """The units that have had something, with the house that they are of."""
    officer = visit.signed_in
    async with visit.office.connection() as connection:
        rows = await store.units(connection, officer, visit.office.clock.now())
    return [{**row, "house": officer.subject, "house_kind": officer.house} for row in rows][:limit]


def _today(visit: Visit) -> date:
    return visit.office.clock.now().astimezone(CHINA).date()


async def show(visit: Visit) -> Response:
    """Everything about the house's own people on one page."""
    officer, release = visit.signed_in, visit.office.catalogue()
    async with visit.office.connection() as connection:
        people = await store.people(connection, officer)
        rules = await store.rules(connection, officer)
        stand_ins = await store.stand_ins(connection, officer, _today(visit))
    codes: list[Any] = []
    if release is not None and officer.house == "bank":
        codes = [each for each in release.products.values() if each.bank == officer.subject]
    elif release is not None:
        codes = list(release.obstacles.values())
    return visit.page(
        "people.html",
        table=shown(UNITS, await load(visit, 500), visit.words),
        people=[person for person in people if not person["disabled"]],
        rules=rules,
        stand_ins=stand_ins,
        units=units_of(release, officer),
        counties=sorted({region for unit in units_of(release, officer) for region in unit.regions}),
        codes=codes,
        section="institutions" if officer.house == "bank" else "authorities",
        code_section="products" if officer.house == "bank" else "obstacles",
        today=_today(visit),
    )


async def change(visit: Visit) -> Response:
    """One of the changes below; the address says which."""
    made = _CHANGES.get(visit.request.path_params["what"])
    if made is None:
        raise HTTPException(404)
    async with visit.office.connection() as connection:
        people = {row["account"] for row in await store.people(connection, visit.signed_in) if not row["disabled"]}
        problem = await made(visit, connection, people)
        if problem is None:
            line = records.line(visit.signed_in, "people_changed", wall(), detail=visit.request.path_params["what"])
            await records.add(connection, line)
    if problem is not None:
        text = visit.words.language.text
        return visit.page("problem.html", 422, title=text("Please check"), texts=[text(problem)])
    return RedirectResponse("/people", 303)


async def assign(visit: Visit) -> Response:
    """Give open referrals or cases to somebody of the house: those that the form names, or the address."""
    officer, account = visit.signed_in, _uuid(visit.form.get("account"))
    named = visit.request.path_params.get("id")
    asked = [named] if named else [str(each) for each in visit.form.getlist("about")]
    about = [each for each in map(_uuid, asked) if each is not None]
    async with visit.office.connection() as connection:
        people = {each["account"] for each in await store.people(connection, officer) if not each["disabled"]}
        found = [await inbox.one(connection, officer, each) for each in about]
        rows = [row for row in found if row is not None]
        if len(rows) < len(asked):
            raise HTTPException(404)
        # Anybody may take what is the house's; only who hands out work gives it to others.
        if account not in people or account is None or not (officer.leads or account == officer.account):
            raise HTTPException(404)
        async with connection.transaction():
            for each in about:
                await store.assign(connection, officer, each, account, wall())
            lines = [records.line(officer, "assigned", wall(), row["demand"], str(account)) for row in rows]
            await records.add(connection, *lines)
    query = visit.request.url.query
    return RedirectResponse(f"/{officer.house}" + (f"?{query}" if query else ""), 303)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


_NOT_YOURS = N_("Only who hands out work in this house may change that.")
_WHOM = N_("Choose somebody of this house.")


async def _work_in(visit: Visit, connection: Connection, people: set[UUID]) -> str | None:
    account = _uuid(visit.form.get("account"))
    known = {unit.id for unit in units_of(visit.office.catalogue(), visit.signed_in)}
    chosen = [str(unit) for unit in visit.form.getlist("unit") if unit in known]
    if not visit.signed_in.leads:
        return _NOT_YOURS
    if account is None or account not in people:
        return _WHOM
    await store.work_in(connection, visit.signed_in, account, chosen)
    return None


async def _rule(visit: Visit, connection: Connection, people: set[UUID]) -> str | None:
    account = _uuid(visit.form.get("account"))
    unit, county, code = (str(visit.form.get(name, ""))[:64] or None for name in ("unit", "county", "code"))
    if not visit.signed_in.leads:
        return _NOT_YOURS
    if account is None or account not in people:
        return _WHOM
    await store.add_rule(connection, visit.signed_in, (unit, county, code), account, wall())
    return None


async def _no_rule(visit: Visit, connection: Connection, people: set[UUID]) -> str | None:
    rule = _uuid(visit.form.get("rule"))
    if not visit.signed_in.leads:
        return _NOT_YOURS
    if rule is not None:
        await store.drop_rule(connection, visit.signed_in, rule)
    return None


async def _stand_in(visit: Visit, connection: Connection, people: set[UUID]) -> str | None:
    away, instead = _uuid(visit.form.get("away")), _uuid(visit.form.get("instead"))
    if away is None or instead is None or away == instead or not {away, instead} <= people:
        return N_("Choose two people of this house: who is away, and who stands in.")
    if not visit.signed_in.leads and away != visit.signed_in.account:
        return _NOT_YOURS
    try:
        first, last = (date.fromisoformat(str(visit.form.get(name, ""))) for name in ("from", "to"))
    except ValueError:
        return N_("A first and a last day are needed.")
    if last < first:
        return N_("The last day lies before the first.")
    await store.add_stand_in(connection, visit.signed_in, (away, instead), (first, last), wall())
    return None


async def _back(visit: Visit, connection: Connection, people: set[UUID]) -> str | None:
    stand_in = _uuid(visit.form.get("stand_in"))
    found = {row["stand_in"]: row for row in await store.stand_ins(connection, visit.signed_in, _today(visit))}
    row = found.get(stand_in) if stand_in else None
    if row is not None and (visit.signed_in.leads or row["away"] == visit.signed_in.account):
        await store.drop_stand_in(connection, visit.signed_in, row["stand_in"])
        return None
    return _NOT_YOURS


_CHANGES: dict[str, Callable[[Visit, Connection, set[UUID]], Awaitable[str | None]]] = {
    "units": _work_in,
    "rule": _rule,
    "no-rule": _no_rule,
    "stand-in": _stand_in,
    "back": _back,
}
LISTING = Listing(UNITS, "people", load)
