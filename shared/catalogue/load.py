"""Read a directory of YAML into a release; whatever is wrong comes back all at once, with file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from shared.catalogue.bodies import read_body
from shared.catalogue.lines import MODELS, AuthorityLine, Region, offices
from shared.catalogue.lines import SECTIONS as LINE_SECTIONS
from shared.catalogue.problems import Path, Problem, listed, nearest
from shared.catalogue.release import SECTIONS, Body, Key, Release, release_of
from shared.catalogue.rules import broken_rules
from shared.catalogue.stand_ins import speak_of, with_stand_ins
from shared.catalogue.template_files import FOLDER as TEMPLATES
from shared.catalogue.template_files import read_template
from shared.catalogue.yaml_text import Document, read_yaml
from shared.contracts.entities import ENTITIES
from shared.contracts.entity import Entity
from shared.errors import FreshwaterError

KINDS = {section: kind for kind, section in SECTIONS.items()} | LINE_SECTIONS
NOT_ENTITIES = ("workdays",)
"""Folders beside the entities that hold other data."""


class CatalogueRefused(FreshwaterError):
    """The catalogue cannot be used; `problems` are all of its faults, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, str(problem))))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and where each entity stands: its file, its document, its path in it.

    `patched`: entities with something in place of what cannot be read; `unread`: what cannot be.
    """

    entities: dict[Key, Entity | Body] = field(default_factory=dict)
    places: dict[Key, tuple[str, Document, Path]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    patched: dict[Key, Entity] = field(default_factory=dict)
    unread: list[Problem] = field(default_factory=list)

    def located(self, problem: Problem) -> Problem:
        place = self.places.get((problem.kind, problem.id))
        if place is None:
            return problem
        file, document, start = place
        return replace(problem, file=file, line=document.line((*start, *problem.path)))


def load_directory(path: str | FilePath, number: int = 0) -> Release:
    """Read every `*.yaml` below `path`, and the messages under `templates/`, as one catalogue.

    A file is a mapping from sections (`products`, `facts`, …) to lists of entities; one section may be spread over
    several files. Raises CatalogueRefused with all problems at once.
    """
    root = FilePath(path)
    reading = _Reading()
    files = sorted(file for file in root.rglob("*.yaml") if file.relative_to(root).parts[0] not in NOT_ENTITIES)
    if not files:
        reading.problems.append(Problem("", "", (), "holds no *.yaml file", file=str(root), line=1))
    for file in files:
        _read_file(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix(), reading)
    for file in sorted((root / TEMPLATES).rglob("*.txt")):
        _read_template(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix(), reading)
    _open_offices(reading)
    if files:
        broken = broken_rules(reading.entities, reading.places.keys(), reading.patched)
        told = [problem for problem in broken if not speak_of(reading.unread, problem)]
        reading.problems += [reading.located(problem) for problem in told]
    if reading.problems:
        raise CatalogueRefused(reading.problems)
    return release_of(number, reading.entities)


def _read_file(text: str, name: str, reading: _Reading) -> None:
    document = read_yaml(text)
    for path, line, what in document.faults:
        reading.problems.append(Problem("", "", path, what, file=name, line=line))
    if document.data is None:
        return
    if not isinstance(document.data, dict):
        what = "is not a mapping from sections to lists"
        reading.problems.append(Problem("", "", (), what, allowed=listed(KINDS), file=name, line=1))
        return
    for section, rows in document.data.items():
        kind = KINDS.get(section)
        if kind is None or not isinstance(rows, list):
            what = f"{section!r} is not a section" if kind is None else f"{section!r} is not a list of entities"
            reading.problems.append(
                Problem("", "", (), what, listed(KINDS), nearest(section, KINDS), name, document.line((section,)))
            )
            continue
        for place, row in enumerate(rows):
            _read_entity(kind, row, (section, place), name, document, reading)


def _read_template(text: str, name: str, reading: _Reading) -> None:
    row, document = read_template(text, name)
    for path, line, what in document.faults:
        reading.problems.append(Problem("template", "", path, what, file=name, line=line))
    if row:
        _read_entity(KINDS[TEMPLATES], row, (), name, document, reading)


def _read_entity(kind: str, row: Any, start: Path, name: str, document: Document, reading: _Reading) -> None:
    identifier = row.get("id") if isinstance(row, dict) else None
    if not isinstance(identifier, str):
        what = "has no text `id` (quote it where it is a number)"
        reading.problems.append(Problem(kind, "", (), what, file=name, line=document.line(start)))
        return
    key = (kind, identifier)
    if key in reading.places:
        other_file, other_document, other_start = reading.places[key]
        what = f"stands twice, first in {other_file}:{other_document.line(other_start)}"
        reading.problems.append(Problem(kind, identifier, (), what, file=name, line=document.line(start)))
        return
    reading.places[key] = (name, document, start)
    models = {**ENTITIES, **MODELS}
    entity, problems = read_body(kind, identifier, row, models)
    reading.problems += [reading.located(problem) for problem in problems]
    reading.unread += problems
    if entity is not None:
        reading.entities[key] = entity
    elif kind not in MODELS and (patched := with_stand_ins(models[kind], row, problems)) is not None:
        reading.patched[key] = patched


def _open_offices(reading: _Reading) -> None:
    """Lines and regions become authorities; one that is written out by itself goes before its line's."""
    parts = {key: reading.entities.pop(key) for key in list(reading.entities) if key[0] in MODELS}
    regions = {entity.id: entity for entity in parts.values() if isinstance(entity, Region)}
    for line in [entity for entity in parts.values() if isinstance(entity, AuthorityLine)]:
        for body in offices(line, regions):
            key = ("authority", body["id"])
            if key in reading.places:
                continue
            reading.places[key] = reading.places["authority-line", line.id]
            entity, problems = read_body("authority", body["id"], body)
            reading.problems += [reading.located(problem) for problem in problems]
            if entity is not None:
                reading.entities[key] = entity
