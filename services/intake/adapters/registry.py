"""The registry of partners: who may speak and by which keys. Written to the table, published, then marked."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.store.partners import Registered, mark_published, registered, write
from shared.contracts.ids import timed_id
from shared.contracts.partners import PartnerRegistered
from shared.contracts.topics import PARTNERS
from shared.database import Connection
from shared.decision import Emit
from shared.errors import FreshwaterError
from shared.rendering import Cause, Output, render

KEYS_AT_ONCE = 2
"""The new one and the one before: during a rotation both are valid."""
Publish = Callable[[Sequence[Output]], Awaitable[None]]
SealSecret = Callable[[str, str], str]


class PartnerProblem(FreshwaterError):
    """The registry cannot do what was asked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A partner after a change. `key` and `secret` are shown this once and kept nowhere."""

    partner: PartnerRegistered
    key: str | None = None
    secret: str | None = None


def hash_of(key: str) -> str:
    """Keys have 256 random bits: a plain hash of one can not be turned back."""
    return hashlib.sha256(key.encode()).hexdigest()


class Registry:
    """Each change is one version of one partner: stored, published under an id of its own, marked."""

    def __init__(self, connection: Connection, publish: Publish, seal: SealSecret, now: Callable[[], datetime]) -> None:
        self._connection, self._publish, self._seal, self._now = connection, publish, seal, now

    async def add(self, partner: PartnerRegistered) -> Shown:
        """Register a new partner with a first key, and a secret if it has a webhook. Raises PartnerProblem."""
        if await registered(self._connection, partner.partner):
            raise PartnerProblem(
                f"{partner.partner} is registered already: `partner list` shows it, `partner rotate-key` gives it a key"
            )
        return await self.put(partner, key=True)

    async def put(self, partner: PartnerRegistered, key: bool) -> Shown:
        """Register or change a partner. `key`: it gets a new one. A webhook that is new gets a secret."""
        before = next((_read(row) for row in await registered(self._connection, partner.partner)), None)
        hashes = before.key_hashes if before else []
        sealed = before.sealed_secret if before else None
        new_key = f"fw_{secrets.token_urlsafe(32)}" if key else None
        secret = None
        if partner.webhook and sealed is None:
            secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
            sealed = self._seal(partner.partner, secret)
        if new_key:
            hashes = [hash_of(new_key), *hashes][:KEYS_AT_ONCE]
        version = before.version + 1 if before else 1
        made = partner.model_copy(update={"key_hashes": hashes, "sealed_secret": sealed, "version": version})
        await self._change(made)
        return Shown(made, new_key, secret)

    async def enrol(self, partner: PartnerRegistered, key: str) -> Shown:
        """Register a partner under a key that was drawn elsewhere. Where both are so already, nothing changes."""
        before = next((_read(row) for row in await registered(self._connection, partner.partner)), None)
        if before is not None and hash_of(key) in before.key_hashes:
            return Shown(before)
        shown = await self.put(partner, key=False)
        hashes = [hash_of(key), *shown.partner.key_hashes][:KEYS_AT_ONCE]
        return Shown(await self._next(shown.partner, key_hashes=hashes))

    async def rotate_key(self, name: str, *, drop_old: bool = False) -> Shown:
        """A new key; the one before stays valid until the next rotation, unless it is dropped."""
        partner = await self._known(name)
        key = f"fw_{secrets.token_urlsafe(32)}"
        kept = [] if drop_old else partner.key_hashes[: KEYS_AT_ONCE - 1]
        return Shown(await self._next(partner, key_hashes=[hash_of(key), *kept]), key)

    async def disable(self, name: str, disabled: bool = True) -> Shown:
        """From now on whatever it says is refused, by HTTP and by its door."""
        return Shown(await self._next(await self._known(name), disabled=disabled))

    async def all(self) -> list[PartnerRegistered]:
        return [_read(row) for row in await registered(self._connection)]

    async def republish(self) -> int:
        """Publish what the table has and the topic has not: a crash may lie between the two."""
        late = [row for row in await registered(self._connection) if row.published < row.version]
        for row in late:
            await self._tell(row)
        return len(late)

    async def _known(self, name: str) -> PartnerRegistered:
        rows = await registered(self._connection, name)
        if not rows:
            names = ", ".join(row.partner for row in await registered(self._connection)) or "none yet"
            raise PartnerProblem(f"there is no partner {name!r}; registered: {names}")
        return _read(rows[0])

    async def _next(self, partner: PartnerRegistered, **changes: Any) -> PartnerRegistered:
        changed = partner.model_copy(update={**changes, "version": partner.version + 1})
        await self._change(changed)
        return changed

    async def _change(self, partner: PartnerRegistered) -> None:
        body, now = partner.model_dump_json().encode(), self._now()
        await write(self._connection, partner.partner, partner.version, now, body)
        await self._tell(Registered(partner.partner, partner.version, now, body, partner.version - 1))

    async def _tell(self, row: Registered) -> None:
        """The id is made from the row: told again after a crash, it is the same event."""
        cause_id = timed_id(int(row.changed_at.timestamp() * 1000), f"partner/{row.partner}/{row.version}")
        partner = _read(row)
        emit = Emit(
            PARTNERS, partner, cause_id, row.partner, row.version, simulated=partner.simulated, key_text=row.partner
        )
        await self._publish([render("intake", emit, 0, Cause(cause_id, row.partner, None), row.changed_at)])
        await mark_published(self._connection, row.partner, row.version)


def _read(row: Registered) -> PartnerRegistered:
    return PartnerRegistered.model_validate_json(row.body)
