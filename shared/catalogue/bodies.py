"""One entity from its plain data, or everything that its model refuses, in words for the one who wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.catalogue.problems import Path, Problem, listed, nearest
from shared.catalogue.release import Body
from shared.catalogue.stand_ins import real_path, resolved
from shared.contracts.entities import ENTITIES
from shared.contracts.entity import Entity

_NAMES: dict[frozenset[str], set[str]] = {}


def read_body(
    kind: str, identifier: str, body: Mapping[str, Any], models: Mapping[str, type[Entity]] = ENTITIES
) -> tuple[Entity | Body | None, list[Problem]]:
    """The entity as its model, and what is wrong with it.

    Where it is wrong only in ways that can be guessed (a misspelt word, a field too many) the entity is as it was
    probably meant: so the rules between entities are tried on it too, and all faults come at once.
    """
    model = models.get(kind)
    if model is None:
        return body, []
    try:
        return _validated(model, body), []
    except ValidationError as error:
        problems = _refusals(kind, identifier, model, body, error)
    try:
        return _validated(model, _as_meant(body, problems)), problems
    except ValidationError:
        return None, problems


def _validated(model: type[Entity], body: Mapping[str, Any]) -> Entity:
    # Strict, and by way of JSON: "12" is no number and 1 is no flag, but a date may be written as text.
    entity = model.model_validate_json(json.dumps(body), strict=True)
    _share_names(entity)
    return entity


def _share_names(model: BaseModel) -> None:
    """One set for all models of which the same fields were given.

    pydantic keeps such a set for each instance, of a thousand authorities and their units more than half their memory.
    An entity is frozen: nobody adds to it.
    """
    given = model.__pydantic_fields_set__
    object.__setattr__(model, "__pydantic_fields_set__", _NAMES.setdefault(frozenset(given), given))
    for value in model.__dict__.values():
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, BaseModel):
                _share_names(part)


def _as_meant(body: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """A copy with misspelt words put right and unknown fields, or fields with a default, left out."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for problem in problems:
        here: Any = copy
        for part in problem.path[:-1]:
            here = here[part]
        last = problem.path[-1] if problem.path else None
        if problem.nearest and "not known" in problem.what:
            here[last] = problem.nearest
        elif isinstance(here, dict):
            here.pop(last, None)
    return copy


def _refusals(
    kind: str, identifier: str, model: type[Entity], body: Mapping[str, Any], error: ValidationError
) -> list[Problem]:
    found: dict[Path, Problem] = {}
    for fault in error.errors(include_url=False):
        path, value = real_path(body, fault["loc"], missing=fault["type"] == "missing"), fault["input"]
        if fault["type"] == "extra_forbidden":
            known = _fields_at(model, path)
            problem = Problem(kind, identifier, path, "is not a field", listed(known, 30), nearest(path[-1], known))
        elif fault["type"] == "literal_error":
            known = fault["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            problem = Problem(
                kind, identifier, path, f"{value!r} is not known", listed(known, 20), nearest(value, known)
            )
        elif fault["type"] == "missing":
            problem = Problem(kind, identifier, path, "is missing")
        elif path in found:
            # The next of several things that it might have been.
            found[path] = replace(found[path], what=f"{fault['msg']}; or: {found[path].what}")
            continue
        else:
            problem = Problem(kind, identifier, path, f"{fault['msg']} (it is {_shown(value)})")
        found.setdefault(path, problem)
    return list(found.values())


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields_at(model: type[Entity], path: Path) -> list[str]:
    """The fields that may stand beside the last part of a path."""
    schema = model.model_json_schema()
    here = resolved(schema, schema)
    for part in path[:-1]:
        step = here.get("items", {}) if isinstance(part, int) else here.get("properties", {}).get(part, {})
        here = resolved(step, schema)
    return list(here.get("properties", {}))
