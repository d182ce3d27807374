"""An edit of a catalogue: what to change about a release, to see what would follow from it. Nothing is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.catalogue.bodies import read_body
from shared.catalogue.load import CatalogueRefused
from shared.catalogue.problems import Problem, listed, nearest
from shared.catalogue.release import SECTIONS, Body, Key, Release, release_of
from shared.catalogue.rules import broken_rules
from shared.catalogue.stand_ins import speak_of, with_stand_ins
from shared.contracts.entities import ENTITIES
from shared.contracts.entity import Entity
from shared.contracts.values import Code, FactValue

KINDS = {section: kind for kind, section in SECTIONS.items()}
SAID = "edit"


class CriterionEdit(BaseModel):
    """Criteria of products that are to ask something else, or (`drop`) nothing.

    `was` holds only those that ask just this today. `banks` and `products` hold only those of theirs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: Code
    op: str
    was: FactValue | None = None
    becomes: FactValue | None = None
    drop: bool = False
    banks: list[Code] = []
    products: list[Code] = []

    def meant(self, product: Body, criterion: Body) -> bool:
        """Whether it is about this criterion of this product."""
        return (
            (criterion["fact"], criterion["op"]) == (self.fact, self.op)
            and self.was in (None, criterion["value"])
            and (not self.banks or product["bank"] in self.banks)
            and (not self.products or product["id"] in self.products)
        )


class Edit(BaseModel):
    """A whole edit: criteria, entities of each section in part or anew, and ids to leave out, by section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str = ""
    en: str = ""
    criteria: list[CriterionEdit] = []
    change: dict[str, list[dict[str, Any]]] = {}
    remove: Annotated[dict[str, list[Code]], Field(max_length=len(SECTIONS))] = {}


def read_edit(data: Any) -> Edit:
    """An edit from plain data. Raises CatalogueRefused with everything that it cannot be."""
    try:
        return Edit.model_validate(data)
    except ValidationError as error:
        raise CatalogueRefused(
            Problem(SAID, "", tuple(fault["loc"]), fault["msg"]) for fault in error.errors(include_url=False)
        ) from None


def edited(release: Release, edit: Edit) -> Release:
    """The release as it would be. Raises CatalogueRefused where the edit means nothing, or what it makes is broken."""
    bodies: dict[Key, dict[str, Any]] = release.bodies()
    problems = [*_changed(bodies, edit), *_removed(bodies, edit), *_asked_otherwise(bodies, edit)]
    return checked(bodies, release.number, problems)


def checked(bodies: Mapping[Key, Body], number: int, problems: list[Problem] | None = None) -> Release:
    """Bodies as a release that holds to all rules. Raises CatalogueRefused with every fault."""
    unread: list[Problem] = []
    entities: dict[Key, Entity | Body] = {}
    patched: dict[Key, Entity] = {}
    for (kind, identifier), body in bodies.items():
        entity, found = read_body(kind, identifier, body)
        unread += found
        if entity is not None:
            entities[kind, identifier] = entity
        elif (other := with_stand_ins(ENTITIES[kind], body, found)) is not None:
            patched[kind, identifier] = other
    broken = broken_rules(entities, bodies.keys(), patched)
    faults = [*(problems or ()), *unread, *(problem for problem in broken if not speak_of(unread, problem))]
    if faults:
        raise CatalogueRefused(faults)
    return release_of(number, entities)


def _changed(bodies: dict[Key, dict[str, Any]], edit: Edit) -> list[Problem]:
    problems = []
    for section, rows in edit.change.items():
        if section not in KINDS:
            problems.append(_no_section(("change", section), section))
            continue
        for row in rows:
            if not isinstance(row.get("id"), str):
                problems.append(Problem(SAID, "", ("change", section), "an entity without an `id`"))
                continue
            key = (KINDS[section], row["id"])
            bodies[key] = {**bodies.get(key, {}), **row}
    return problems


def _removed(bodies: dict[Key, dict[str, Any]], edit: Edit) -> list[Problem]:
    problems = []
    for section, names in edit.remove.items():
        if section not in KINDS:
            problems.append(_no_section(("remove", section), section))
            continue
        known = [name for kind, name in bodies if kind == KINDS[section]]
        for name in names:
            if bodies.pop((KINDS[section], name), None) is None:
                what = f"there is no {KINDS[section]} {name!r}"
                problems.append(Problem(SAID, "", ("remove", section), what, listed(known), nearest(name, known)))
    return problems


def _asked_otherwise(bodies: dict[Key, dict[str, Any]], edit: Edit) -> list[Problem]:
    problems = []
    for place, change in enumerate(edit.criteria):
        if change.drop == (change.becomes is not None):
            problems.append(Problem(SAID, "", ("criteria", place), "wants either `becomes` or `drop: true`"))
            continue
        touched = 0
        for (kind, _), body in bodies.items():
            if kind == "product":
                after = [_otherwise(change, body, each) for each in body["criteria"]]
                touched += after != body["criteria"]
                body["criteria"] = [each for each in after if each is not None]
        if not touched:
            what = f"no product asks {change.fact} {change.op}{'' if change.was is None else f' {change.was}'}"
            known = {name for kind, name in bodies if kind == "fact"} - {change.fact}
            problems.append(Problem(SAID, "", ("criteria", place), what, nearest=nearest(change.fact, known)))
    return problems


def _otherwise(change: CriterionEdit, product: Body, criterion: dict[str, Any]) -> dict[str, Any] | None:
    if not change.meant(product, criterion):
        return criterion
    return None if change.drop else {**criterion, "value": change.becomes}


def _no_section(path: tuple[str, str], section: str) -> Problem:
    return Problem(SAID, "", path, f"{section!r} is not a section", listed(KINDS), nearest(section, KINDS))
