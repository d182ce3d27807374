"""POST /v1/contact-codes and /v1/contact-codes/{id}: a code to a telephone, and what it opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

import msgspec
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.background import BackgroundTask

from services.intake.api.problems import failure, items, status_of, too_often
from services.intake.domain.answers import Refusal
from services.intake.domain.codes import Known, TooOften
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker

ASKING = {"type": "object", "required": ["phone"], "properties": {"phone": {"type": "string", "maxLength": 20}}}
SHOWING = {
    "type": "object",
    "required": ["phone", "code"],
    "properties": {"phone": {"type": "string", "maxLength": 20}, "code": {"type": "string", "maxLength": 6}},
}
IDENTIFIED = {
    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}]
}


class Onward(Protocol):
    """A code under its id, and how it goes on its way."""

    @property
    def id(self) -> UUID: ...

    @property
    def tell(self) -> Callable[[], Awaitable[None]]: ...


class Phones(Protocol):
    """What makes codes and looks at them (handlers/phones.py)."""

    async def ask(self, phone: str, speaker: Speaker) -> Onward | Refusal | TooOften: ...

    async def show(self, identifier: UUID, phone: str, code: str, speaker: Speaker) -> Known | Refusal: ...


class Asking(msgspec.Struct):
    """A telephone."""

    phone: str


class Showing(msgspec.Struct):
    """A telephone, and the code that it was sent."""

    phone: str
    code: str


_asking, _showing = msgspec.json.Decoder(Asking).decode, msgspec.json.Decoder(Showing).decode


class CodeSent(BaseModel):
    """Under which a code is on its way, if anybody is known by the telephone."""

    id: UUID


class OpenedShop(BaseModel):
    """A household that gave the telephone as its own, and what it has asked for."""

    household: UUID
    demands: list[UUID]


class Opened(BaseModel):
    """Whose telephone it is: one shop or several, the newest first. A portal shows one at a time."""

    shops: list[OpenedShop]


async def asked(phones: Phones, body: bytes, speaker: Speaker) -> Response:
    """The same 202 whether or not anybody is known by the telephone, and after the same work: the code itself is made
    and sent when the answer is out."""
    try:
        phone = _asking(body).phone
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return failure(400, items([problem("not-json", "")]))
    found = await phones.ask(phone, speaker)
    match found:
        case Refusal():
            return failure(status_of(found), items(found.problems))
        case TooOften():
            return too_often(found.seconds)
        case _:
            return JSONResponse({"id": str(found.id)}, 202, background=BackgroundTask(found.tell))


async def shown(phones: Phones, identifier: str, body: bytes, speaker: Speaker) -> Response:
    """What the right code opens; 422 for every other."""
    try:
        said, known_by = _showing(body), UUID(identifier)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return failure(400, items([problem("not-json", "")]))
    found = await phones.show(known_by, said.phone, said.code, speaker)
    if isinstance(found, Refusal):
        return failure(status_of(found), items(found.problems))
    shops = [
        {"household": str(shop.household), "demands": [str(each) for each in shop.demands]} for shop in found.shops
    ]
    return JSONResponse({"shops": shops})
