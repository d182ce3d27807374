"""Which demands this device may see: a signed cookie with the epoch of each, which a newer device ends."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
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


async def let_in(visit: Visit, response: Response, demands: Sequence[UUID]) -> Response:
    """This device sees these demands from now on, and no other does."""
    async with visit.office.connection() as connection:
        epochs = await store.enter(connection, demands)
    content = _serializer(visit).dumps({str(demand): epoch for demand, epoch in epochs.items()})
    secure = visit.office.settings.desk_https
    value = content if isinstance(content, str) else content.decode()
    response.set_cookie(_name(visit), value, httponly=True, secure=secure, samesite="lax", path="/")
    return response


def signed_out(visit: Visit, response: Response) -> Response:
    response.delete_cookie(_name(visit), path="/", secure=visit.office.settings.desk_https, httponly=True)
    return response


def claimed(visit: Visit, request: Request) -> dict[UUID, int]:
    """What the cookie says; the database says whether it still holds."""
    try:
        content = _serializer(visit).loads(request.cookies.get(_name(visit), ""), max_age=int(IDLE.total_seconds()))
        return {UUID(demand): int(epoch) for demand, epoch in content.items()}
    except (BadData, ValueError, AttributeError):
        return {}


async def mine(visit: Visit) -> list[UUID]:
    """The demands that this device may see now."""
    said = claimed(visit, visit.request)
    async with visit.office.connection() as connection:
        return [demand for demand, epoch in said.items() if await store.epoch(connection, demand) == epoch]
