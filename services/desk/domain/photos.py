"""Photos and papers of a demand (照片材料): that each has come, who may open it, who did, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

ATTACHED, READ, OPENED = "demand.evidence-attached", "demand.evidence-read", "feedback.disclosure-opened"
TYPES = (ATTACHED, READ, OPENED)
ALL, ONE = "files", "file:"
"""What a look says it has shown: all papers, or those of the kind that follows."""


class Line(NamedTuple):
    """A line of the timeline."""

    at: datetime
    type: str
    actor: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Photo:
    """`opened`: who looked at it, when, the first first. `outcome` is `used`, `unusable`, or none as yet."""

    file: str
    kind: str
    sent_at: datetime
    opened: Sequence[tuple[str, datetime]] = field(default=())
    outcome: str | None = None
    reason: str | None = None
    read_by: str | None = None
    read_at: datetime | None = None


def photos(lines: Iterable[Line]) -> list[Photo]:
    """The latest first, whatever the order of the lines."""
    found: dict[str, Photo] = {}
    # A line of the same moment was told in the order of its type: a paper comes before it is looked at.
    for line in sorted(lines, key=lambda each: (each.at, TYPES.index(each.type))):
        if line.type == ATTACHED:
            file = str(line.said["file"])
            found[file] = Photo(file, str(line.said["kind"]), line.at)
        elif line.type == READ:
            file = str(line.said["file"])
            if file in found:
                found[file] = _read(found[file], line)
        else:
            shown = line.said.get("fields", ())
            for file, each in found.items():
                if ALL in shown or f"{ONE}{each.kind}" in shown:
                    found[file] = replace(each, opened=(*each.opened, (str(line.said["recipient"]), line.at)))
    return sorted(found.values(), key=lambda each: (each.sent_at, each.file), reverse=True)


def _read(photo: Photo, line: Line) -> Photo:
    """A later word replaces the one before: what one bank could not use, another may have."""
    reason = line.said.get("reason")
    return replace(
        photo, outcome=str(line.said["outcome"]), reason=reason and str(reason), read_by=line.actor, read_at=line.at
    )


def readable(kind: str, fields: Iterable[str]) -> bool:
    """Whether who is shown these fields of an identity is shown papers of this kind."""
    return any(each in (ALL, f"{ONE}{kind}") for each in fields)
