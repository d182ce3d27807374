"""Values in place of those that cannot be read, so that the rules are tried on the rest of an entity all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from shared.catalogue.problems import Path, Problem
from shared.contracts.entity import Entity

MOST_ROUNDS = 8
"""A part that was missing may lack parts of its own."""
TEXTS = ("x", "000000", "0001-01-01")
"""One of them is a code, a region and a date."""
Schema = dict[str, Any]


def with_stand_ins(model: type[Entity], body: Mapping[str, Any], refused: Iterable[Problem]) -> Entity | None:
    """The entity with something that can be read wherever `refused` found fault; None where there is no such thing."""
    schema, copy = model.model_json_schema(), json.loads(json.dumps(body))
    paths: Iterable[Path] = [problem.path for problem in refused]
    for _ in range(MOST_ROUNDS):
        for path in paths:
            _put(copy, path, schema)
        try:
            return model.model_validate_json(json.dumps(copy), strict=True)
        except ValidationError as error:
            paths = [
                real_path(copy, fault["loc"], missing=fault["type"] == "missing")
                for fault in error.errors(include_url=False)
            ]
    return None


def speak_of(refused: Iterable[Problem], problem: Problem) -> bool:
    """Whether a rule's problem is about what could not be read, and so is no fault of its own."""
    of_it = (known.path for known in refused if (known.kind, known.id) == (problem.kind, problem.id))
    return any(_overlap(path, problem.path) or _names(problem, path) for path in of_it)


def _overlap(known: Path, path: Path) -> bool:
    """The same place or one inside the other; of a criterion that cannot be read the value cannot be judged."""
    least = min(len(known), len(path))
    return known[:least] == path[:least] or (path[-1:] == ("value",) and known[:-1] == path[:-1])


def _names(problem: Problem, known: Path) -> bool:
    """Whether it compares a field with one that could not be read."""
    return (
        len(known) == 1
        and re.search(rf"\b{re.escape(str(known[0]))}\b", f"{problem.what} {problem.allowed}") is not None
    )


def _put(copy: Any, path: Path, schema: Schema) -> None:
    """A stand-in at a path; an unknown field goes."""
    here, wanted = copy, resolved(schema, schema)
    for part in path[:-1]:
        if not isinstance(here, dict | list):
            return
        here, wanted = here[part], _part(wanted, part, schema)  # type: ignore[index]
    if not path or not isinstance(here, dict | list):
        return
    last = path[-1]
    if isinstance(here, dict) and last not in wanted.get("properties", {}):
        here.pop(last, None)
    elif isinstance(here, dict) or (isinstance(last, int) and last < len(here)):
        here[last] = _made(_part(wanted, last, schema), schema)  # type: ignore[index]


def _made(wanted: Schema, schema: Schema) -> Any:
    if "const" in wanted or "enum" in wanted:
        return wanted.get("const", wanted.get("enum", [None])[0])
    kind = wanted.get("type")
    if kind == "array":
        return [_made(_part(wanted, 0, schema), schema)] * int(wanted.get("minItems", 0))
    if kind == "string":
        pattern = "^[0-9]{4}-" if wanted.get("format") == "date" else wanted.get("pattern", "")
        return next((text for text in TEXTS if re.search(pattern, text)), TEXTS[0])
    return {"integer": max(int(wanted.get("minimum", 0)), 0), "boolean": False, "object": {}}.get(str(kind))


def _part(wanted: Schema, part: str | int, schema: Schema) -> Schema:
    found = wanted.get("items", {}) if isinstance(part, int) else wanted.get("properties", {}).get(part, {})
    return resolved(found, schema)


def resolved(here: Schema, schema: Schema) -> Schema:
    """Through `X | None` and a reference to the definition itself."""
    branches = [branch for branch in here.get("anyOf", [here]) if branch.get("type") != "null"]
    here = branches[0] if branches else here
    definition: Schema = schema.get("$defs", {}).get(here.get("$ref", "").rpartition("/")[2], here)
    return definition


def real_path(body: Any, location: tuple[str | int, ...], *, missing: bool) -> Path:
    """The part of pydantic's location that exists in the data: the branches of a union are names of types."""
    path: list[str | int] = []
    here: Any = body
    for place, part in enumerate(location):
        if not isinstance(here, dict | list):
            break
        container: Any = here
        try:
            here = container[part]
        except (KeyError, IndexError, TypeError):
            absent = missing and isinstance(container, dict) and place == len(location) - 1
            return (*path, part) if absent else tuple(path)
        path.append(part)
    return tuple(path)
