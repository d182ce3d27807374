"""The committed documents are what the models say, and keep to rules that hold in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from freshwater.contracts import FOLDER, committed, generated
from shared.catalogue import load_directory
from shared.contracts.documents import bundle, entity_schema, name_of, schema_files, text_of
from shared.contracts.entities import ENTITIES
from shared.contracts.registry import TYPES
from tests.contracts.checking import FORMATS

CATALOGUE = FOLDER.parents[1] / "catalogue"


def test_committed_files_are_the_generated_ones() -> None:
    before, after = committed(), generated()
    differing = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))

    assert differing == [], f"{len(differing)} files are not what the models say: run ./run contracts generate"


def test_every_schema_is_a_json_schema() -> None:
    """All at once, their common parts once: the meta-schema takes its time."""
    made = bundle()
    named = {f"{group}/{name}": schema for group in made for name, schema in made[group].items()}

    Draft202012Validator.check_schema({"$defs": named})


def test_every_schema_stands_alone() -> None:
    for path, schema in schema_files().items():
        inside = {reference.removeprefix("#/$defs/") for node in nodes(schema) if (reference := node.get("$ref"))}
        assert inside == {*schema.get("$defs", {})}, path


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from nodes(value)


def test_patterns_mean_the_same_in_every_language() -> None:
    r"""`\d` and `\w` are ASCII in JavaScript and all of Unicode in Rust: full-width digits would pass here alone."""
    patterns = {node["pattern"] for node in nodes(bundle()) if isinstance(node.get("pattern"), str)}

    assert [pattern for pattern in patterns if re.search(r"\\[dDwW]", pattern)] == []
    assert patterns


def test_a_type_s_name_is_told_by_its_schema() -> None:
    names = {name_of(kind) for kind in TYPES}

    assert len(names) == len(TYPES)
    assert name_of("org.freshwater.demand.facts-supplied.v1") == "DemandFactsSuppliedV1"


@pytest.mark.parametrize("kind", TYPES)
def test_type_names_are_reverse_dns_with_a_version(kind: str) -> None:
    assert re.fullmatch(r"org\.freshwater\.[a-z]+\.[a-z]+(-[a-z]+)*\.v[1-9]", kind)


def test_attributes_are_named_as_cloudevents_allows() -> None:
    for envelope in bundle()["envelopes"].values():
        assert [name for name in envelope["properties"] if not re.fullmatch("[a-z0-9]{1,20}", name)] == []


def test_text_is_the_same_document() -> None:
    document = {"a": [1, {"b": "百" * 70}, []], "long": ["x" * 50, "y" * 50, "z" * 50], "empty": {}}

    assert json.loads(text_of(document)) == document
    assert max(map(len, text_of(document).splitlines())) <= 120


def test_the_shipped_catalogue_fits_the_entities_schemas() -> None:
    """As it stands on the wire: every entity of a release, of every kind there is."""
    bodies = load_directory(CATALOGUE).bodies()
    checkers = {kind: Draft202012Validator(entity_schema(kind), format_checker=FORMATS) for kind in ENTITIES}

    assert {kind for kind, _ in bodies} == {*ENTITIES}
    for (kind, identifier), body in bodies.items():
        assert [f"{kind} {identifier}: {each.message}" for each in checkers[kind].iter_errors(body)] == []
