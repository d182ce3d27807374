"""The AsyncAPI document: its shape by FastStream's models, its references, and that it says what the list says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from freshwater.contracts import FOLDER
from shared.contracts.asyncapi import channel_id, document, message_id
from shared.contracts.registry import TYPES
from shared.contracts.samples import full
from shared.contracts.topics import CLOCK, ROWS, SERVICES, Topic, topics, types_on
from tests.contracts.checking import FORMATS, Checker

DOCUMENT = document()
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def at(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_it_has_the_shape_of_an_asyncapi_3_document() -> None:
    # FastStream wants a path in a server's address, which the specification leaves open.
    read = ApplicationSchema.model_validate({key: value for key, value in DOCUMENT.items() if key != "servers"})

    assert read.asyncapi == "3.0.0"
    assert {"host", "protocol"} <= DOCUMENT["servers"]["kafka"].keys()
    assert len(read.channels) == len(ROWS)


def test_every_reference_leads_somewhere() -> None:
    found = {*references(DOCUMENT)}

    assert len(found) > len(TYPES)
    for reference in found:
        assert at(reference)


def test_ids_are_camel_case() -> None:
    names = [*DOCUMENT["channels"], *DOCUMENT["operations"], *DOCUMENT["components"]["messages"]]

    assert [name for name in names if not CAMEL.fullmatch(name)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_topic_is_a_channel_with_its_messages(row: Topic) -> None:
    channel = DOCUMENT["channels"][channel_id(row)]

    assert channel["address"] == row.name.replace("<", "{").replace(">", "}")
    assert {*channel.get("parameters", {})} == {*re.findall(r"<(\w+)>", row.name)}
    events = {message_id(data) for data in types_on(row)}
    assert {*channel["messages"]} == (events or {"deadLetter" if row.events == "letters" else "retriedRecord"})
    assert channel["bindings"]["kafka"]["topicConfiguration"]["max.message.bytes"] == row.max_message_bytes


def test_operations_are_who_writes_and_who_reads() -> None:
    said = {
        (who, operation["action"], operation["channel"]["$ref"].rpartition("/")[2])
        for operation in DOCUMENT["operations"].values()
        for who in (tag["name"] for tag in operation["tags"])
    }
    listed = {
        (who, action, channel_id(next(row for row in ROWS if row.name == each.row)))
        for each in topics(partners=["partner"])
        for action, parties in (("send", each.writers), ("receive", each.readers))
        for who in parties
    }

    assert said == listed


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "desk"])
def test_each_service_hears_its_own_deadlines_alone(service: str) -> None:
    (clock,) = (row for row in ROWS if row.name == CLOCK)
    for action in ("Send", "Receive"):
        operation = DOCUMENT["operations"][f"{service}{action}{channel_id(clock).capitalize()}"]
        assert [each["$ref"].rpartition("/")[2] for each in operation["messages"]] == [
            f"clock{service.capitalize()}DeadlinePassedV1"
        ]


@pytest.mark.parametrize("kind", TYPES)
def test_each_message_has_a_payload_that_its_example_fits(kind: str) -> None:
    message = DOCUMENT["components"]["messages"][message_id(TYPES[kind])]
    schema = {"$ref": message["payload"]["$ref"], "components": {"schemas": DOCUMENT["components"]["schemas"]}}

    assert message["name"] == kind
    assert list(Checker(schema, format_checker=FORMATS).iter_errors(full(TYPES[kind]))) == []


def test_headers_say_that_it_is_a_cloud_event() -> None:
    headers = DOCUMENT["components"]["messageTraits"]["cloudEvent"]["headers"]

    assert headers["properties"]["content-type"]["const"] == "application/cloudevents+json"
    assert "ce_type" in headers["properties"]


def test_the_committed_document_is_this_one() -> None:
    assert json.loads((FOLDER / "asyncapi.json").read_text("utf-8")) == DOCUMENT
