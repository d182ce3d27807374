"""Which demands this device may see: a signed cookie with the epoch of each, which a newer device ends.

A telephone may be that of several shops. Whoever has shown its code is let in to one of them at a time; of the others
the cookie keeps the epoch that they had then, so that a newer device, which moves it, ends that way too.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from services.desk.settings import DeskSettings
from services.desk.store import household as store
from services.desk.web.rendering import Visit
from shared.contracts.ids import demand_id

IDLE = timedelta(hours=2)
Shops = Mapping[UUID, Sequence[UUID]]
"""Demands by household: those that one telephone reaches."""
MOST_DEMANDS = 60
"""Of all shops of a telephone together: what a cookie can hold. The others are reached by receipt and secret."""
_SALT = "desk.household"
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
"""RFC 4648's alphabet to one without letters that look like others."""


def demand_of(settings: DeskSettings, receipt: str) -> UUID:
    """The id that the gate gives the demand of a receipt: known before it is sent."""
    return demand_id(settings.desk_partner, receipt)


def secret_of(settings: DeskSettings, receipt: str) -> str:
    """Ten letters that go with a receipt; made from it, so that they are kept nowhere."""
    key = settings.actor_secret.get_secret_value().encode()
    made = base64.b32encode(hmac.new(key, b"receipt\x1f" + receipt.encode(), sha256).digest())[:10].decode()
    made = made.translate(_LETTERS)
    return f"{made[:5]}-{made[5:]}"


def is_secret(settings: DeskSettings, receipt: str, given: str) -> bool:
    """People write O for 0, and leave the hyphen out."""
    plain = given.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    plain = "".join(each for each in plain if each.isalnum())
    return hmac.compare_digest(secret_of(settings, receipt).replace("-", "").encode(), plain.encode())


def _serializer(visit: Visit) -> URLSafeTimedSerializer:
    return visit.office.sessions.signer(_SALT)


def _name(visit: Visit) -> str:
    return "__Host-household" if visit.office.settings.desk_https else "household"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the cookie says, with the epoch of each: `inside`, the demands that this device is in; `shops`, those of
    the telephone whose code it has shown, by household."""

    inside: Mapping[UUID, int] = field(default_factory=dict)
    shops: Mapping[UUID, Mapping[UUID, int]] = field(default_factory=dict)


async def let_in(visit: Visit, response: Response, demands: Sequence[UUID], shops: Shops | None = None) -> Response:
    """This device sees these demands from now on, and no other does; it may go over to `shops` without another code."""
    async with visit.office.connection() as connection:
        entered = await store.enter(connection, demands) if demands else {}
        others = await store.epochs(connection, [each for found in (shops or {}).values() for each in found])
    epochs = {**others, **entered}
    known = {household: {each: epochs[each] for each in found} for household, found in (shops or {}).items()}
    return _keep(visit, response, Claimed(entered, known))


def few(shops: Shops) -> dict[UUID, list[UUID]]:
    """As many as a cookie holds, the first ones."""
    found: dict[UUID, list[UUID]] = {}
    for household, demands in shops.items():
        room = MOST_DEMANDS - sum(map(len, found.values()))
        if room <= 0:
            break
        found[household] = list(demands)[:room]
    return found


async def go_over(visit: Visit, response: Response, household: UUID) -> Response | None:
    """To another shop of the telephone; None where a newer device has been in there since its code was shown."""
    said = claimed(visit, visit.request)
    wanted = dict(said.shops.get(household, {}))
    async with visit.office.connection() as connection:
        if not wanted or await store.epochs(connection, list(wanted)) != wanted:
            return None
        entered = await store.enter(connection, list(wanted))
    return _keep(visit, response, Claimed(entered, {**said.shops, household: entered}))


def _keep(visit: Visit, response: Response, said: Claimed) -> Response:
    content = [_written(said.inside), {household.hex: _written(each) for household, each in said.shops.items()}]
    made = _serializer(visit).dumps(content)
    secure = visit.office.settings.desk_https
    value = made if isinstance(made, str) else made.decode()
    response.set_cookie(_name(visit), value, httponly=True, secure=secure, samesite="lax", path="/")
    return response


def _written(epochs: Mapping[UUID, int]) -> dict[str, int]:
    return {demand.hex: epoch for demand, epoch in epochs.items()}


def _read(said: Mapping[str, int]) -> dict[UUID, int]:
    return {UUID(demand): int(epoch) for demand, epoch in said.items()}


def signed_out(visit: Visit, response: Response) -> Response:
    response.delete_cookie(_name(visit), path="/", secure=visit.office.settings.desk_https, httponly=True)
    return response


def claimed(visit: Visit, request: Request) -> Claimed:
    """What the cookie says; the database says whether it still holds."""
    try:
        age = int(IDLE.total_seconds())
        inside, shops = _serializer(visit).loads(request.cookies.get(_name(visit), ""), max_age=age)
        return Claimed(_read(inside), {UUID(household): _read(each) for household, each in shops.items()})
    except (BadData, ValueError, TypeError, AttributeError):
        return Claimed()


async def mine(visit: Visit) -> list[UUID]:
    """The demands that this device may see now."""
    said = claimed(visit, visit.request).inside
    async with visit.office.connection() as connection:
        return [demand for demand, epoch in said.items() if await store.epoch(connection, demand) == epoch]
