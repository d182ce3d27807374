"""Events of `freshwater.catalogue.v1` (compacted): entities of a release, then the marker that ends it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from shared.contracts.envelope import Data
from shared.contracts.values import Code

CatalogueKind = Literal[
    "campaign",
    "institution",
    "product",
    "policy",
    "authority",
    "obstacle",
    "decline-code",
    "fact",
    "consent",
    "feedback",
    "template",
    "short-message",
]


class EntityPublished(Data):
    """One entity as of one release; a `body` of None means that the release no longer holds it."""

    TYPE: ClassVar[str] = "org.freshwater.catalogue.entity-published.v1"
    kind: CatalogueKind
    id: Code
    release: int
    body: dict[str, Any] | None = None


class ReleaseEnded(Data):
    """The marker: all of this release has been written, and readers switch to it now."""

    TYPE: ClassVar[str] = "org.freshwater.catalogue.release-ended.v1"
    release: int
    entities: int
    sha256: str


EVENTS = (EntityPublished, ReleaseEnded)
