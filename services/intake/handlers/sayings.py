"""The same thing said twice: recognised by who said it under which number, as demands are by theirs."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.ground import ground_of
from services.intake.handlers.reading import Input
from services.intake.handlers.telling import refused, repeated
from services.intake.store import Saying
from shared.contracts.ids import demand_id
from shared.decision import Decision, Taken, World


def saying_id(event: Input) -> UUID:
    """By the sender's own number, or else by the CloudEvents id, which with the source is the event's name."""
    return demand_id(event.partner, f"\x1f{event.what}\x1f{event.source_id or event.id}")


def fingerprint_of(event: Input) -> bytes:
    data = event.data.__pydantic_serializer__.to_json(event.data, exclude={"speech", "personal", "other_credit_code"})
    return blake2b(data, digest_size=16).digest()


def said_before(taken: Taken, world: World, speaker: Speaker) -> Decision | None:
    """The answer where this number has been used before."""
    known = ground_of(world).sayings.get(saying_id(taken.event))
    if known is None:
        return None
    if known == fingerprint_of(taken.event):
        return repeated(speaker)
    return refused(taken, [problem("contradicts-earlier", "/data")], speaker)


def saying(event: Input) -> Saying:
    return Saying(saying_id(event), fingerprint_of(event))
