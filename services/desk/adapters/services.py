"""HTTP to the services that the desk asks at once: escalation for a letter, matching for a what-if."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx

from services.desk.settings import DeskSettings
from shared.telemetry import logger

SHORT = httpx.Timeout(3.0, connect=1.0)
LONG = httpx.Timeout(60.0, connect=1.0)
"""A what-if matches every recorded demand twice."""
KEPT_SECONDS, MOST_ANSWERS = 300.0, 100
"""So long the same question gets the same answer: a report asks the same for everybody who opens it."""
_AWAY = {"zh": "匹配服务暂时没有应答，请稍后再试。", "en": "Matching does not answer; please try again soon."}


class HttpServices:
    """Implements `web.office.Services`."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient()
        self._answers: dict[str, tuple[float, Mapping[str, Any]]] = {}

    async def close(self) -> None:
        await self._client.aclose()

    async def letter(self, case: UUID) -> str | None:
        key = self._settings.escalation_open311_key
        address = f"{self._settings.escalation_url}/cases/{case}/raise"
        try:
            answer = await self._client.get(address, params={"api_key": key} if key else None, timeout=SHORT)
        except httpx.HTTPError as error:
            logger.warning("escalation_not_reached", error=type(error).__name__)
            return None
        return answer.text if answer.status_code == httpx.codes.OK else None

    async def what_if(self, edit: Mapping[str, Any], county: str | None) -> Mapping[str, Any]:
        key = json.dumps([edit, county], sort_keys=True)
        moment, known = self._answers.get(key, (0.0, {}))
        if known and time.monotonic() - moment < KEPT_SECONDS:
            return known
        answer = await self._what_if(edit, county)
        if "problems" not in answer:
            self._answers[key] = time.monotonic(), answer
            while len(self._answers) > MOST_ANSWERS:
                self._answers.pop(next(iter(self._answers)))
        return answer

    async def _what_if(self, edit: Mapping[str, Any], county: str | None) -> Mapping[str, Any]:
        address, params = f"{self._settings.matching_url}/v1/what-if", {"county": county} if county else None
        try:
            answer = await self._client.post(address, json=edit, params=params, timeout=LONG)
            said: Mapping[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("matching_not_reached", error=type(error).__name__)
            return {"problems": [_AWAY]}
        return said

    async def explain(self, demand: UUID, bank: str | None) -> Mapping[str, Any]:
        address, params = f"{self._settings.matching_url}/v1/explain/{demand}", {"bank": bank} if bank else None
        try:
            answer = await self._client.get(address, params=params, timeout=SHORT)
            said: Mapping[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("matching_not_reached", error=type(error).__name__)
            return {"problems": [_AWAY]}
        return said
