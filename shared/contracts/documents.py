"""JSON Schemas made from the models: one self-contained document per type of event and per catalogue entity.

They say what a reader accepts. The same schemas, with their common parts said once, are the bundle that the AsyncAPI
document holds and that a later state is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from shared.contracts.entities import ENTITIES
from shared.contracts.envelope import TYPE_PREFIX, Data
from shared.contracts.registry import CONTEXTS, TYPES, model_of

Schema = dict[str, Any]
Bundle = dict[str, dict[str, Schema]]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WIDTH = 120
_LOCAL = "#/$defs/"


class _Plain(GenerateJsonSchema):
    """Without a title per field that only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def text_of(document: object) -> str:
    """A document as it is committed: what fits on a line stands on one; the same on every machine."""
    return _written(document, "", 0) + "\n"


def _written(node: Any, indent: str, before: int) -> str:
    line = json.dumps(node, ensure_ascii=False)
    if not isinstance(node, dict | list) or len(indent) + before + len(line) < WIDTH:
        return line
    inner = f"{indent}  "
    if isinstance(node, list):
        rows = [inner + _written(value, inner, 1) for value in node]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    keys = {json.dumps(key, ensure_ascii=False): value for key, value in node.items()}
    rows = [f"{inner}{key}: {_written(value, inner, len(key) + 3)}" for key, value in keys.items()]
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"


def name_of(kind: str) -> str:
    """A type's name as one word: org.freshwater.demand.facts-supplied.v1 is DemandFactsSuppliedV1."""
    words = kind.removeprefix(f"{TYPE_PREFIX}.").replace("-", ".").split(".")
    return "".join(word[:1].upper() + word[1:] for word in words)


@cache
def event_schema(data: type[Data]) -> Schema:
    """One event, envelope and payload, with its `type` fixed. Self-contained."""
    schema = _schema_of(model_of(data))
    properties, parts = schema["properties"], schema["$defs"]
    properties["type"] = {"const": data.TYPE, "type": "string"}
    # CloudEvents asks it of everybody who writes; our own reader takes it as said.
    schema["required"] = ["specversion", *(name for name in schema["required"] if name != "specversion")]
    properties["data"] = {key: value for key, value in parts.pop(data.__name__).items() if key != "title"}
    return _headed(data.TYPE, name_of(data.TYPE), data.__doc__, schema)


def entity_schema(kind: str) -> Schema:
    """One entity of the catalogue, as in its YAML file and in a release. Self-contained."""
    model = ENTITIES[kind]
    return _headed(f"{TYPE_PREFIX}.catalogue.{kind}", model.__name__, model.__doc__, _schema_of(model))


def _schema_of(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema(schema_generator=_Plain)
    for node in _nodes(schema):
        if "patternProperties" in node:
            # pydantic refuses a key that does not fit; without this line the schema would let it pass.
            node.setdefault("additionalProperties", False)
    return schema


def _headed(name: str, title: str, description: str | None, schema: Schema) -> Schema:
    head = {"$schema": DIALECT, "$id": f"urn:freshwater:{name}", "title": title}
    if description:
        head["description"] = " ".join(description.split())
    body = {key: value for key, value in schema.items() if key not in ("title", "description", "$defs")}
    parts = schema.get("$defs")
    return {**head, **body, **({"$defs": parts} if parts else {})}


def _nodes(node: Any) -> Iterator[Schema]:
    """Every object of a document that may be a schema."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def schema_files() -> dict[str, Schema]:
    """The schemas by their path below this package: `schemas/<context>/<type>.json`, `schemas/entities/<kind>.json`."""
    events = {
        f"schemas/{context}/{data.TYPE}.json": event_schema(data)
        for context, types in CONTEXTS.items()
        for data in types
    }
    return events | {f"schemas/entities/{kind}.json": entity_schema(kind) for kind in ENTITIES}


def bundle() -> Bundle:
    """All schemas with their common parts said once: `envelopes`, payloads as `events` by type, `entities`, `parts`.

    References are `#/parts/<name>`. Raises ValueError where two different parts have one name.
    """
    made: Bundle = {"envelopes": {}, "events": {}, "entities": {}, "parts": {}}
    for kind, data in TYPES.items():
        schema = _taken_apart(event_schema(data), made["parts"])
        made["events"][kind] = schema["properties"].pop("data")
        schema["properties"]["type"] = {"type": "string"}
        _once(made["envelopes"], envelope_of(data), {key: schema[key] for key in ("type", "properties", "required")})
    for kind in ENTITIES:
        made["entities"][kind] = _taken_apart(entity_schema(kind), made["parts"])
    made["parts"] = dict(sorted(made["parts"].items()))
    return made


def envelope_of(data: type[Data]) -> str:
    """Which envelope a type travels in: "DoorEvent" through a door, "Event" inside."""
    return "DoorEvent" if data in CONTEXTS["door"] else "Event"


def _taken_apart(schema: Schema, parts: dict[str, Schema]) -> Schema:
    moved: Schema = referring(schema, _LOCAL, "#/parts/")
    for name, part in moved.pop("$defs", {}).items():
        _once(parts, name, part)
    return {key: value for key, value in moved.items() if key not in ("$schema", "$id")}


def _once(parts: dict[str, Schema], name: str, part: Schema) -> None:
    if parts.setdefault(name, part) != part:
        raise ValueError(f"two different parts of the wire are called {name}: rename one")


def referring(node: Any, before: str, after: str) -> Any:
    """A copy whose references begin with `after` where they began with `before`."""
    if isinstance(node, list):
        return [referring(value, before, after) for value in node]
    if not isinstance(node, dict):
        return node
    return {
        key: after + value.removeprefix(before)
        if key == "$ref" and isinstance(value, str) and value.startswith(before)
        else referring(value, before, after)
        for key, value in node.items()
    }
