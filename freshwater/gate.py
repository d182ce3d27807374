"""A partner's way by HTTP: `POST /v1/events` in batches, repeated until the gate has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec

from shared.clock import wall
from shared.errors import FreshwaterError

BATCH = "application/cloudevents-batch+json"
SKEW_SECONDS = 2.0
MOST_BYTES = 900_000
ATTEMPTS, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 12, 0.2, 10.0
AWAY = frozenset({500, 502, 503, 504})
_encode = msgspec.json.Encoder().encode


class GateAway(FreshwaterError):
    """The gate cannot be reached, or does not let this partner in; the text says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said of one event: taken (202), or all that is wrong with it."""

    status: int
    problems: tuple[str, ...] = ()
    receipt: UUID | None = None

    @property
    def taken(self) -> bool:
        return self.status == 202


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a receipt: sent (not decided yet), accepted, repeated, rejected, refused, passed_on."""

    word: str
    problems: tuple[str, ...] = ()


class Gate:
    """Intake's HTTP as one partner sees it. The same event may be sent again: the gate knows it by its number."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {key}", "content-type": BATCH},
            timeout=httpx.Timeout(30, connect=5),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, events: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Send them in order; one answer each, in the same order. Raises GateAway."""
        values = [_encode(event) for event in events]
        answers: list[Answer] = []
        for batch in _batches(values):
            answers += await self._send(batch)
        return answers

    async def now_ms(self) -> int:
        """What time it is at the gate, whose receipts begin with it; a skew below two seconds is none."""
        here = wall().timestamp()
        with suppress(httpx.HTTPError, KeyError, ValueError):
            there = parsedate_to_datetime((await self._client.get("/health")).headers["date"]).timestamp()
            here = there if abs(there - here) > SKEW_SECONDS else here
        return int(here * 1000)

    async def verdicts(self, receipts: Sequence[UUID]) -> list[Verdict]:
        """What became of these receipts, in their order. Raises GateAway."""
        content = _encode([str(receipt) for receipt in receipts])
        for attempt in range(ATTEMPTS):
            with suppress(httpx.TransportError):
                response = await self._client.post(
                    "/v1/receipts", content=content, headers={"content-type": "application/json"}
                )
                if response.status_code == 200:
                    return [Verdict(item["status"], _problems(item)) for item in response.json()["items"]]
                if response.status_code not in (429, *AWAY):
                    raise GateAway(f"the gate does not tell what became of receipts: {response.status_code}")
            await asyncio.sleep(min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS))
        raise GateAway("the gate does not answer: it was tried for a minute")

    async def _send(self, values: Sequence[bytes]) -> list[Answer]:
        left, answers = list(range(len(values))), [Answer(503)] * len(values)
        for attempt in range(ATTEMPTS):
            for place, answer in zip(left, await self._post([values[place] for place in left]), strict=True):
                answers[place] = answer
            left = [place for place in left if answers[place].status in AWAY]
            if not left:
                return answers
            await asyncio.sleep(min(FIRST_PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS))
        raise GateAway("the gate does not take events: it was tried for a minute and answered 503")

    async def _post(self, values: Sequence[bytes]) -> list[Answer]:
        try:
            response = await self._client.post("/v1/events", content=b"[" + b",".join(values) + b"]")
        except httpx.TransportError:
            return [Answer(503)] * len(values)
        if response.status_code in (401, 403):
            raise GateAway(f"the gate does not know this partner's key ({response.status_code})")
        try:
            items = response.json().get("items")
        except ValueError:
            items = None
        if items is None and response.status_code == 429:
            return [Answer(503)] * len(values)
        if items is None:
            return [Answer(response.status_code, ("the whole batch was refused",))] * len(values)
        return [_answer(item) for item in items]


def _answer(item: Mapping[str, Any]) -> Answer:
    receipt = item.get("receipt")
    return Answer(int(item["status_code"]), _problems(item), UUID(receipt) if receipt else None)


def _problems(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{each.get('pointer', '')} {each.get('zh', '')} / {each.get('en', '')}" for each in item.get("problems", ())
    )


def _batches(values: Sequence[bytes], most_items: int = 500) -> list[list[bytes]]:
    """As many at once as the gate takes, by number and by size."""
    batches: list[list[bytes]] = []
    size = MOST_BYTES
    for value in values:
        if size + len(value) > MOST_BYTES or len(batches[-1]) >= most_items:
            batches.append([])
            size = 0
        batches[-1].append(value)
        size += len(value) + 1
    return batches
