"""Who stands behind a portal's request, and links that open one disclosure: signed texts that live for a short time.

The desk signs; intake and notify verify. Signatures use the wall clock, never the simulated one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from shared.errors import FreshwaterError

ACTOR_HEADER = "Freshwater-Actor"
ACTOR_SECONDS = 120
DISCLOSURE_SECONDS = 600

ActorRole = Literal["bank", "authority", "household", "campaign_office", "county_team", "auditor"]
ACTOR_ROLES: tuple[str, ...] = get_args(ActorRole)


class AssertionRefused(FreshwaterError):
    """A signed text is not to be believed; `reason` is broken, expired or unreadable."""

    def __init__(self, reason: Literal["broken", "expired", "unreadable"]) -> None:
        super().__init__(f"the signed text is {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a portal's request. `person` is an account's id, never a name.

    `institution` is the bank's or the authority's id; `units` its offices; a household names the `demand` it opened
    with its receipt and secret.
    """

    role: ActorRole
    person: str
    institution: str | None = None
    units: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    demand: UUID | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One look at a household's identity: who looks, at which fields, why. `id` is spent by the first who opens it."""

    demand: UUID
    household: UUID
    recipient: str
    person: str
    fields: tuple[str, ...]
    reason: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


def sign_actor(secret: str, actor: Actor) -> str:
    """The value of the header `Freshwater-Actor`."""
    return _sign(secret, "freshwater.actor", actor)


def verify_actor(secret: str, text: str, max_age_seconds: int = ACTOR_SECONDS) -> Actor:
    """Who a header says the actor is. Raises AssertionRefused."""
    found: Actor = _verify(secret, "freshwater.actor", text, max_age_seconds, Actor)
    return found


def sign_disclosure(secret: str, disclosure: Disclosure) -> str:
    """The token at the end of a link to notify's disclosure page."""
    return _sign(secret, "freshwater.disclosure", disclosure)


def verify_disclosure(secret: str, text: str, max_age_seconds: int = DISCLOSURE_SECONDS) -> Disclosure:
    """What a link lets its holder see. Raises AssertionRefused. That `id` is used only once is notify's to keep."""
    found: Disclosure = _verify(secret, "freshwater.disclosure", text, max_age_seconds, Disclosure)
    return found


def _serializer(secret: str, salt: str) -> URLSafeTimedSerializer:
    """Several secrets, separated by commas, are valid while they are rotated; the last one signs."""
    keys = [part for part in secret.split(",") if part]
    if not keys:
        raise ValueError("the secret of actor assertions is empty: set FRESHWATER_ACTOR_SECRET")
    return URLSafeTimedSerializer(keys, salt=salt)


def _sign(secret: str, salt: str, value: Actor | Disclosure) -> str:
    return str(_serializer(secret, salt).dumps(msgspec.to_builtins(value)))


def _verify(secret: str, salt: str, text: str, max_age_seconds: int, kind: type) -> Any:
    try:
        content = _serializer(secret, salt).loads(text, max_age=max_age_seconds)
        return msgspec.convert(content, kind)
    except SignatureExpired:
        raise AssertionRefused("expired") from None
    except BadSignature:
        raise AssertionRefused("broken") from None
    except (msgspec.ValidationError, ValueError, RecursionError):
        raise AssertionRefused("unreadable") from None
