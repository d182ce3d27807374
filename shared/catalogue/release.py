"""A release: every entity of the catalogue under its number, typed and immutable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from shared.contracts.entities import (
    Authority,
    Campaign,
    ConsentText,
    DeclineCode,
    FactDeclaration,
    Institution,
    Obstacle,
    Policy,
    Product,
)
from shared.contracts.entity import Entity
from shared.contracts.messages import Feedback, ShortMessage, Template
from shared.contracts.values import FactValue

Body = Mapping[str, Any]
Key = tuple[str, str]
SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "campaign": "campaigns",
        "institution": "institutions",
        "product": "products",
        "policy": "policies",
        "authority": "authorities",
        "obstacle": "obstacles",
        "decline-code": "decline_codes",
        "fact": "facts",
        "consent": "consents",
        "feedback": "feedback",
        "template": "templates",
        "short-message": "short_messages",
    }
)
"""From a kind on the wire to its section in the YAML files, which is also its field in a Release."""


@dataclass(frozen=True, slots=True)
class Release:
    """All entities of one release by kind and id."""

    number: int
    sha256: str
    campaigns: Mapping[str, Campaign]
    institutions: Mapping[str, Institution]
    products: Mapping[str, Product]
    policies: Mapping[str, Policy]
    authorities: Mapping[str, Authority]
    obstacles: Mapping[str, Obstacle]
    decline_codes: Mapping[str, DeclineCode]
    facts: Mapping[str, FactDeclaration]
    consents: Mapping[str, ConsentText]
    feedback: Mapping[str, Feedback]
    templates: Mapping[str, Template]
    short_messages: Mapping[str, ShortMessage]

    @property
    def campaign(self) -> Campaign:
        """The campaign (服务月): a catalogue has exactly one, `catalogue check` sees to it."""
        return next(iter(self.campaigns.values()))

    def obstacle_of(self, fact: str, value: FactValue | None) -> str | None:
        """The obstacle that a fact's present value is, or None where nothing can be removed."""
        declared = self.facts.get(fact)
        if declared is None:
            return None
        own = (choice.obstacle for choice in declared.values if choice.id == value and choice.obstacle)
        return next(own, declared.obstacle)

    def entities(self) -> Iterable[tuple[Key, Entity | Body]]:
        """Every entity with its (kind, id), kind by kind."""
        for kind, section in SECTIONS.items():
            for identifier, entity in getattr(self, section).items():
                yield (kind, identifier), entity

    def bodies(self) -> dict[Key, dict[str, Any]]:
        """Every entity's whole body as it stands on the wire."""
        return {key: body_of(entity) for key, entity in self.entities()}


def body_of(entity: Entity | Body) -> dict[str, Any]:
    """The whole body of an entity, defaults included: a later default must not change an older release."""
    return entity.model_dump(mode="json") if isinstance(entity, Entity) else dict(entity)


def canonical(body: Body) -> bytes:
    """One text for one body, whatever the order of its keys."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(bodies: Mapping[Key, Body]) -> str:
    """SHA-256 over all bodies in the order of their keys: what a release's marker must agree with."""
    return digest_of_texts({key: canonical(body) for key, body in bodies.items()})


def digest_of_texts(texts: Mapping[Key, bytes]) -> str:
    """The same over canonical texts."""
    digest = sha256()
    for key in sorted(texts):
        digest.update("/".join(key).encode() + b"\x00" + texts[key] + b"\x00")
    return digest.hexdigest()


def release_of(number: int, entities: Mapping[Key, Entity | Body], digest: str | None = None) -> Release:
    """Put entities into a Release; the digest is computed unless it is already known to agree."""
    sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS.values()}
    for (kind, identifier), entity in sorted(entities.items(), key=lambda item: item[0]):
        sections[SECTIONS[kind]][identifier] = entity
    known = digest or digest_of({key: body_of(entity) for key, entity in entities.items()})
    return Release(number=number, sha256=known, **{name: MappingProxyType(rows) for name, rows in sections.items()})
