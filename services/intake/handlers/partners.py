"""Partners as the gate knows them: by their id at a door, by the hash of their key in HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from services.intake.domain.speaking import Partner
from services.intake.store.requests import Requests


class _Registered(msgspec.Struct):
    """What the gate needs of a registration."""

    partner: str
    role: str
    institution: str | None = None
    units: list[str] = []
    regions: list[str] = []
    disabled: bool = False
    simulated: bool = False
    key_hashes: list[str] = []


_registered = msgspec.json.Decoder(_Registered).decode


def _partner(said: _Registered) -> Partner:
    return Partner(
        said.partner,
        said.role,
        said.institution,
        tuple(said.units),
        said.disabled,
        said.simulated,
        tuple(said.regions),
    )


def partner_of_body(body: bytes) -> Partner:
    """A partner from its registration, as the table keeps it."""
    return _partner(_registered(body))


def keys_of(requests: Requests) -> Callable[[], Awaitable[Mapping[str, Partner]]]:
    """All partners by the hashes of their keys, asked anew each time."""

    async def ask() -> Mapping[str, Partner]:
        rows = [_registered(body) for body in await requests.partner_bodies()]
        return {digest: _partner(row) for row in rows for digest in row.key_hashes}

    return ask
