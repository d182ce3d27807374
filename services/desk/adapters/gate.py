"""HTTP to the gate: desk speaks as the partner that it is, and signs which officer stands behind the act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from services.desk.domain.access import Officer
from services.desk.domain.answers import SENT, Answer
from services.desk.settings import DeskSettings
from services.desk.store.sent import Act
from shared.assertion import ACTOR_HEADER, Actor, Disclosure, sign_actor, sign_disclosure
from shared.contracts.door import ClaimMade, LimitDeclared, ReceiptCame
from shared.contracts.values import Problem
from shared.telemetry import logger

TIMEOUT = httpx.Timeout(3.0, connect=1.0)
TRIES = 2
_UNREACHED = Answer(
    "undelivered",
    None,
    "系统入口暂时无法连接，操作未确认送达，请稍后重试。",
    "The gate could not be reached; it is not known whether the act arrived. Please send it again.",
)


class HttpGate:
    """Implements `web.office.Gate`. A repeat carries the same id, so the gate takes it once."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(base_url=settings.intake_url, timeout=TIMEOUT)

    async def close(self) -> None:
        await self._client.aclose()

    async def claim(self, act: Act, officer: Officer, about: str, details: Mapping[str, Any]) -> Answer:
        said = {
            "source_id": str(act.id),
            "action": act.action,
            about: str(act.about),
            "demand": str(act.demand),
            "person": str(act.account),
            "details": dict(details),
        }
        return await self._say(act, officer, ClaimMade.TYPE, said)

    async def receipt(self, act: Act, officer: Officer, channel: str, outcome: str, reason: str | None) -> Answer:
        said = {"source_id": str(act.id), "number": str(act.about), "channel": channel, "outcome": outcome}
        return await self._say(act, officer, ReceiptCame.TYPE, {**said, "reason": reason} if reason else said)

    async def limit(self, act: Act, officer: Officer, stated: Mapping[str, Any], quota_yuan: int | None) -> Answer:
        quota = {} if quota_yuan is None else {"quota_yuan": quota_yuan}
        return await self._say(act, officer, LimitDeclared.TYPE, {"source_id": str(act.id), **stated, **quota})

    async def tell(self, act: Act, officer: Officer, kind: str, said: Mapping[str, Any]) -> Answer:
        named = {"source_id": str(act.id), "demand": str(act.demand)}
        return await self._say(act, officer, kind, {**named, **said})

    async def _say(self, act: Act, officer: Officer, kind: str, said: Mapping[str, Any]) -> Answer:
        event = {
            "specversion": "1.0",
            "id": str(act.id),
            "source": "/freshwater/desk",
            "type": kind,
            "time": act.sent_at.isoformat(),
            # The gate passes the trace on to the claim: by it the read model knows the claim again.
            "traceparent": f"00-{act.id.hex}-{act.id.hex[:16]}-01",
            "data": said,
        }
        for _ in range(TRIES):
            try:
                answer = await self._client.post("/v1/events", json=event, headers=self._headers(act, officer))
            except httpx.HTTPError as error:
                logger.warning("gate_not_reached", error=type(error).__name__)
                continue
            if answer.status_code < 500:
                return _read(answer)
            logger.warning("gate_failed", status=answer.status_code)
        return _UNREACHED

    def _headers(self, act: Act, officer: Officer) -> dict[str, str]:
        secret = self._settings.actor_secret.get_secret_value()
        actor = Actor(officer.role, str(officer.account), officer.subject)  # type: ignore[arg-type]
        return {
            "Authorization": f"Bearer {self._settings.desk_key.get_secret_value()}",
            "Content-Type": "application/cloudevents+json",
            ACTOR_HEADER: sign_actor(secret, actor),
        }

    def disclosure(self, officer: Officer, demand: UUID, household: UUID, fields: tuple[str, ...]) -> str:
        secret = self._settings.actor_secret.get_secret_value()
        # Who telephones does so for the campaign office: it has no house of its own.
        leave = Disclosure(demand, household, officer.subject or officer.role, str(officer.account), fields, "desk")
        return f"{self._settings.notify_url}/v1/disclosures/{sign_disclosure(secret, leave)}"


class _Details(BaseModel):
    """What the gate's error answers hold of use to a person (RFC 9457, with all problems at once)."""

    title: str = ""
    title_zh: str = ""
    problems: list[Problem] = []


def _read(answer: httpx.Response) -> Answer:
    """202 is sent; else all problems at once, in the gate's own words."""
    if answer.is_success:
        return SENT
    try:
        said = _Details.model_validate_json(answer.content)
    except ValidationError:
        said = _Details()
    zh = "；".join(each.zh for each in said.problems) or said.title_zh or "系统入口拒绝了该操作"
    en = "; ".join(each.en for each in said.problems) or said.title or "The gate refused this act"
    number = "" if said.problems else f" ({answer.status_code})"
    return Answer("refused", "demand.input-refused", zh + number, en + number)
