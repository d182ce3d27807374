"""Who speaks by HTTP: a partner by its key, and the person whom a portal names by a signed assertion."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from secrets import token_hex

from fastapi import Request

from services.intake.domain.speaking import Partner, Speaker, through_door, through_portal
from shared.assertion import ACTOR_HEADER, AssertionRefused, verify_actor
from shared.clock import wall
from shared.contracts.ids import timed_id

Keys = Callable[[], Awaitable[Mapping[str, Partner]]]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody whom we believe; `status` is the answer's."""

    status: int


class Speakers:
    """Finds the partner of a key; what the registry says is remembered for `seconds`."""

    def __init__(self, keys: Keys, secret: str, seconds: float) -> None:
        self._keys, self._secret, self._seconds = keys, secret, seconds
        self._known: Mapping[str, Partner] = {}
        self._until = 0.0

    async def of(self, request: Request) -> Speaker | Unknown:
        """Who makes this request. Raises one of shared.database.LOST."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return Unknown(401)
        partner = await self._partner(sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest())
        if partner is None or partner.disabled:
            return Unknown(401)
        assertion = request.headers.get(ACTOR_HEADER)
        if assertion is None:
            return through_door(partner)
        return self._acting(partner, assertion)

    def _acting(self, partner: Partner, assertion: str) -> Speaker | Unknown:
        """Only a portal may say who acts, and only for as long as the assertion lives."""
        if partner.role != "portal" or not self._secret:
            return Unknown(403)
        try:
            actor = verify_actor(self._secret, assertion)
        except AssertionRefused:
            return Unknown(403)
        return through_portal(partner, actor.role, actor.person, actor.institution, actor.units, actor.demand)

    async def _partner(self, key_hash: str) -> Partner | None:
        """A key that was just made is looked for at once; a known one is believed for a short while."""
        now = time.monotonic()
        if now >= self._until or key_hash not in self._known:
            self._known, self._until = await self._keys(), now + self._seconds
        return self._known.get(key_hash)


def with_receipt(speaker: Speaker) -> Speaker:
    """Under a receipt of its own, which begins with the time."""
    return replace(speaker, receipt=timed_id(int(wall().timestamp() * 1000), token_hex(16)))
