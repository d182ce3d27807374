"""Who shows a telephone's code sees what was asked for under it; nobody learns whether there is anything to see."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from secrets import compare_digest, token_hex
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.answers import Refusal
from services.intake.domain.codes import Known, Sent, TooOften, may_be_tried, wait_seconds
from services.intake.domain.identity import normal
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.gate import event_of, speech_of
from services.intake.store.contact_codes import ContactCodes
from shared.contracts.door import ContactCodeAsked
from shared.contracts.ids import timed_id
from shared.telemetry import logger
from shared.vault import Vault

Send = Callable[[Sequence[tuple[UUID, bytes, str]]], Awaitable[bool]]
PORTAL = "portal"
_PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")


class Asked(NamedTuple):
    """A code that is on its way, if there is anybody; `tell` sends it, once the answer is out."""

    id: UUID
    tell: Callable[[], Awaitable[None]]


class Phones:
    """Only for a portal: it shows what it hears to nobody but who typed the code."""

    def __init__(self, vault: Vault, codes: ContactCodes, send: Send, now: Callable[[], datetime]) -> None:
        self._vault, self._codes, self._send, self._now = vault, codes, send, now

    async def ask(self, phone: str, speaker: Speaker) -> Asked | Refusal | TooOften:
        """What is done before the answer is the same whether or not anybody is known; `tell` comes after it."""
        if fault := _fault(phone, speaker):
            return fault
        known_as, now = self._known_as(phone), self._now()
        if seconds := wait_seconds(await self._codes.made(known_as, now), now):
            return TooOften(seconds)
        households = await self._vault.reached_by(normal("phone", phone))
        sent = Sent(timed_id(int(now.timestamp() * 1000), token_hex(16)), known_as, now, 0, used=False)
        await self._codes.ask(sent)
        return Asked(sent.id, partial(self._tell, sent, households, phone, speaker))

    async def show(self, identifier: UUID, phone: str, code: str, speaker: Speaker) -> Known | Refusal:
        """Whom the right code lets in, once. A wrong one, an old one and nobody's are answered alike."""
        if fault := _fault(phone, speaker):
            return fault
        sent = await self._codes.tried(identifier)
        right = compare_digest(self._vault.code(identifier).encode(), code.encode("utf-8", "replace"))
        if sent is None or not may_be_tried(sent, self._known_as(phone), self._now()) or not right:
            return Refusal((problem("code-wrong", "/code"),))
        shops = await self._codes.shops(await self._vault.reached_by(normal("phone", phone)))
        if not shops or not await self._codes.use(identifier):
            return Refusal((problem("code-wrong", "/code"),))
        return Known(tuple(shops))

    def _known_as(self, phone: str) -> str:
        return self._vault.fingerprint({"phone": normal("phone", phone)})

    async def _tell(self, sent: Sent, households: Sequence[UUID], phone: str, speaker: Speaker) -> None:
        """Sealed for notify under one of them, for the telephone is the same; whose key is still there. Whoever waits
        in vain asks again."""
        sealer = await self._vault.sealer(households)
        household = next((each for each in households if sealer.has(each)), None)
        if household is None:
            return
        sealed = sealer.seal(household, {"phone": phone, "code": self._vault.code(sent.id)})
        data = ContactCodeAsked(speech=speech_of(speaker), household=household, sealed=sealed)
        body = data.__pydantic_serializer__.to_json(data, exclude_none=True)
        value = event_of(f"code-{sent.id}", ContactCodeAsked.TYPE, body, None, speaker.simulated)
        if not await self._send([(sent.id, value, ContactCodeAsked.TYPE)]):
            logger.warning("code_not_sent", code=str(sent.id))


def _fault(phone: str, speaker: Speaker) -> Refusal | None:
    if speaker.role != PORTAL:
        return Refusal((problem("role-may-not", "", PORTAL),), forbidden=True)
    return None if _PHONE.match(phone) else Refusal((problem("wrong-form", "/phone"),))
