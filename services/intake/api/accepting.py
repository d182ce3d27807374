"""From what is ready to what Kafka has: stored under the sender's key first, then sent, then answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

import msgspec

from services.intake.domain.answers import Answer, Paper, Ready, Refusal
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.metrics import EVENTS
from services.intake.store.requests import Request, Requests, Stored

Send = Callable[[Sequence[tuple[UUID, bytes, str]]], Awaitable[bool]]


class Filing(Protocol):
    """How a file becomes an event (handlers/papers.py)."""

    async def paper(self, paper: Paper, speaker: Speaker) -> Answer: ...


class Checks(Protocol):
    """The one check for all ways in (handlers/gate.py)."""

    async def demand(self, body: bytes, key: str | None, speaker: Speaker) -> Answer: ...

    async def events(self, said: Sequence[tuple[bytes, Speaker]]) -> list[Answer]: ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """Kafka has it; the verdict will stand under the receipt."""

    receipt: UUID
    demand: UUID | None


@dataclass(frozen=True, slots=True)
class Away:
    """Kafka has not said that it has it: the same may be sent again."""


Outcome = Accepted | Refusal | Away


class _Typed(msgspec.Struct):
    type: str


_type_of = msgspec.json.Decoder(_Typed).decode


class Accepting:
    """Takes events to Kafka, each once under its key; the same key again gives the same receipt."""

    def __init__(self, checks: Checks, filing: Filing, requests: Requests, send: Send) -> None:
        self._checks, self._filing, self._requests, self._send = checks, filing, requests, send

    async def demand(self, body: bytes, key: str | None, speaker: Speaker) -> Outcome:
        answer = await self._checks.demand(body, key, speaker)
        return (await self._accept([(answer, speaker)], key))[0]

    async def events(self, said: Sequence[tuple[bytes, Speaker]]) -> list[Outcome]:
        answers = await self._checks.events(said)
        return await self._accept([(answer, speaker) for answer, (_, speaker) in zip(answers, said, strict=True)], None)

    async def paper(self, paper: Paper, speaker: Speaker) -> Outcome:
        answer = await self._filing.paper(paper, speaker)
        return (await self._accept([(answer, speaker)], None))[0]

    async def _accept(self, answers: Sequence[tuple[Answer, Speaker]], key: str | None) -> list[Outcome]:
        ready = [(answer, speaker) for answer, speaker in answers if isinstance(answer, Ready)]
        taken = iter(await self._take(ready, key)) if ready else iter(())
        outcomes = [next(taken) if isinstance(answer, Ready) else answer for answer, _ in answers]
        for outcome in outcomes:
            EVENTS.labels(type(outcome).__name__.lower()).inc()
        return outcomes

    async def _take(self, ready: Sequence[tuple[Ready, Speaker]], key: str | None) -> list[Outcome]:
        requests = [_request(answer, speaker, key) for answer, speaker in ready]
        stored = await self._requests.claim(requests)
        mine = [found.fingerprint == request.fingerprint for found, request in zip(stored, requests, strict=True)]
        unsent = {found.receipt: found for found, same in zip(stored, mine, strict=True) if same and found.value}
        sent = await self._send_all(unsent) if unsent else True
        return [
            _outcome(found, request, same, sent or found.receipt not in unsent)
            for found, request, same in zip(stored, requests, mine, strict=True)
        ]

    async def _send_all(self, unsent: dict[UUID, Stored]) -> bool:
        events = [(receipt, value, _type_of(value).type) for receipt, (_, _, value) in unsent.items() if value]
        if not await self._send(events):
            return False
        await self._requests.sent(list(unsent))
        return True


def _request(answer: Ready, speaker: Speaker, key: str | None) -> Request:
    """Without a key of the sender's own, its number and content are the key: a correction is another request."""
    assert speaker.receipt is not None
    own = f"key\x1f{key}".encode() if key else f"number\x1f{answer.number}\x1f".encode() + answer.fingerprint
    key_hash = blake2b(own, digest_size=16).digest()
    return Request(speaker.receipt, speaker.partner, key_hash, answer.fingerprint, answer.demand, answer.value)


def _outcome(found: Stored, request: Request, same: bool, sent: bool) -> Outcome:
    if not same:
        return Refusal((problem("key-reused", ""),))
    return Accepted(found.receipt, request.demand) if sent else Away()
