"""HTTP to the gate for households: what they type goes on unstored and unlogged, under desk's key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from services.desk.domain.replies import Fault, Reply
from services.desk.settings import DeskSettings
from shared.assertion import ACTOR_HEADER, Actor, sign_actor
from shared.contracts.values import Problem
from shared.telemetry import logger

TIMEOUT = httpx.Timeout(6.0, connect=1.0)
TRIES = 2
WAIT_SECONDS = 2.0
DOOR = "org.freshwater.door."
STRUCTURED = "application/cloudevents+json"
_UNDECIDED = frozenset({"sent", "unsent", "unknown"})


class _Details(BaseModel):
    problems: list[Problem] = []


class HouseholdGate:
    """Implements `web.household.way.Way`. The same number again is the same act."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(base_url=settings.intake_url, timeout=TIMEOUT)

    async def close(self) -> None:
        await self._client.aclose()

    async def submit(self, body: Mapping[str, Any], demand: UUID | None) -> Reply:
        """A demand; `demand` is its id where the household itself hands it in, None where somebody assists."""
        return await self._post("/v1/demands", demand, json=dict(body))

    async def say(self, what: str, data: Mapping[str, Any], demand: UUID, act: UUID) -> Reply:
        """One event about its demand, under the act's own number."""
        event = {
            "specversion": "1.0",
            "id": str(act),
            "source": "/freshwater/desk",
            "type": f"{DOOR}{what}.v1",
            # By the trace the read model knows a claim again (adapters/gate.py).
            "traceparent": f"00-{act.hex}-{act.hex[:16]}-01",
            "data": {"source_id": str(act), **data},
        }
        return await self._post("/v1/events", demand, kind=STRUCTURED, json=event)

    async def paper(self, content: bytes, media_type: str, kind: str, demand: UUID) -> Reply:
        """A photo or paper, passed on as it came."""
        path = f"/v1/files?kind={kind}&demand={demand}"
        return await self._post(path, demand, kind=media_type, content=content)

    async def ask_code(self, phone: str) -> Reply:
        return await self._post("/v1/contact-codes", None, json={"phone": phone})

    async def show_code(self, identifier: str, phone: str, code: str) -> Reply:
        return await self._post(f"/v1/contact-codes/{identifier}", None, json={"phone": phone, "code": code})

    async def verdict(self, receipt: str) -> Reply | None:
        """What was decided, waited for as long as a page may take; None where it has not come yet."""
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            try:
                answer = await self._client.get(f"/v1/receipts/{receipt}", headers=self._headers(None))
            except httpx.HTTPError:
                return None
            if answer.status_code == 200 and answer.json()["status"] not in _UNDECIDED:
                said = answer.json()
                word = said["status"]
                return Reply(422 if word in ("rejected", "refused") else 200, _problems(answer), said)
            await asyncio.sleep(0.1)
        return None

    async def _post(self, path: str, demand: UUID | None, kind: str = "application/json", **body: Any) -> Reply:
        for _ in range(TRIES):
            try:
                answer = await self._client.post(path, headers={**self._headers(demand), "Content-Type": kind}, **body)
            except httpx.HTTPError as error:
                logger.warning("gate_not_reached", error=type(error).__name__)
                continue
            if answer.status_code < 500:
                return Reply(answer.status_code, _problems(answer), answer.json() if answer.is_success else None)
            logger.warning("gate_failed", status=answer.status_code)
        return Reply(503)

    def _headers(self, demand: UUID | None) -> dict[str, str]:
        key = {"Authorization": f"Bearer {self._settings.desk_key.get_secret_value()}"}
        if demand is None:
            return key
        actor = Actor("household", str(demand), demand=demand)
        return {**key, ACTOR_HEADER: sign_actor(self._settings.actor_secret.get_secret_value(), actor)}


def _problems(answer: httpx.Response) -> tuple[Fault, ...]:
    try:
        found = _Details.model_validate_json(answer.content)
    except ValidationError:
        return ()
    return tuple(Fault(each.zh, each.en) for each in found.problems)
