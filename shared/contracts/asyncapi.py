"""The AsyncAPI 3 document of all topics: from `topics.yaml` and the models, as everything else is.

FastStream writes one too, but knows neither the headers nor who else reads and writes a topic.
"""

from __future__ import annotations

import re
from typing import Any

from shared.contracts.documents import Schema, bundle, envelope_of, name_of, referring
from shared.contracts.envelope import CONTENT_TYPE, Data
from shared.contracts.registry import TYPES
from shared.contracts.topics import CLOCK, ROWS, SERVICES, Topic, types_on

VERSION = "0.1.0"
_CLOUDEVENTS = CONTENT_TYPE.decode()
_BINDING = {"bindingVersion": "0.5.0"}
_SCHEMAS = "#/components/schemas/"
_TEXT: Schema = {"type": "string"}

INFO = {
    "title": "Freshwater (金融活水)",
    "version": VERSION,
    "description": (
        "The events of an individual business household service month: demands, their referrals to banks, the"
        " obstacles that authorities remove, and the feedback to everybody. CloudEvents 1.0 in structured JSON on"
        " Kafka. A partner with a Kafka door has two topics of its own, and rights on no other. An event may come"
        " twice: drop it by its id."
    ),
}
SERVERS = {
    "kafka": {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "Apache Kafka. In a deployment: SASL/SCRAM over TLS, one principal per service and per partner.",
        "variables": {"bootstrap": {"default": "localhost:9092", "description": "Where the brokers listen."}},
    }
}
PARAMETERS = {
    "partner": {"description": "The partner's id: 1 to 63 small letters, digits and hyphens. It says who speaks."},
    "service": {"enum": list(SERVICES), "description": "The service whose records these are."},
}
KEYS = {
    "free": "any, and not empty: order is not kept by it",
    "household": "the household's id; the partition is its low 32 bits modulo the count",
    "receipt": "the receipt's id",
    "message": "the message's number as the channel gave it",
    "kind/id": "the entity's kind and id, with a slash between",
    "unit": "the unit's id",
    "partner": "the partner's id",
}
LETTER_HEADERS = {
    "dlq-id": "The letter's id: the same record gives the same letter.",
    "dlq-topic": "Where the record stood when it could not be handled.",
    "dlq-origin": "Where it first failed: topic/partition/offset.",
    "dlq-error": "Why, as a short code.",
    "dlq-detail": "Why, with the field's name and never its value.",
    "dlq-by": "Which service could not handle it.",
    "dlq-attempt": "Which attempt this was, from 1.",
}


def document() -> dict[str, Any]:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:freshwater",
        "info": INFO,
        "defaultContentType": _CLOUDEVENTS,
        "servers": SERVERS,
        "channels": {channel_id(row): _channel(row) for row in ROWS},
        "operations": dict(_operation(row, who, action) for row in ROWS for who, action in _parties(row)),
        "components": {
            "messages": {
                **{message_id(data): _message(data) for data in TYPES.values()},
                "deadLetter": _letter("A record that could not be handled, with its bytes, its place and the reason."),
                "retriedRecord": _letter("A dead letter on its way back, as it came."),
            },
            "messageTraits": {"cloudEvent": _cloud_event()},
            "schemas": _schemas(),
        },
    }


def channel_id(row: Topic) -> str:
    """A row's name in camel case: freshwater.door.<partner>.in.v1 is doorIn."""
    words = re.sub(r"<\w+>", "", row.name.removeprefix("freshwater.").removesuffix(".v1")).split(".")
    first, *rest = [word for word in words if word]
    return first + "".join(word.capitalize() for word in rest)


def message_id(data: type[Data]) -> str:
    name = name_of(data.TYPE)
    return name[0].lower() + name[1:]


def _channel(row: Topic) -> dict[str, Any]:
    address = row.name.replace("<", "{").replace(">", "}")
    names = [message_id(data) for data in types_on(row)] or [_bare_message(row)]
    kafka = {
        "partitions": row.partitions,
        "topicConfiguration": _configuration(row),
        **_BINDING,
    }
    used = {name: PARAMETERS[name] for name in re.findall(r"{(\w+)}", address)}
    return {
        "address": address,
        "description": _about(row),
        **({"parameters": used} if used else {}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": kafka},
    }


def _bare_message(row: Topic) -> str:
    return "deadLetter" if row.events == "letters" else "retriedRecord"


def _about(row: Topic) -> str:
    kept = "only the newest of each key is kept" if row.compacted else f"kept for {row.retention_days} days"
    count = " Partitions are a setting, fixed when the topic is made." if row.keyed else ""
    written, read = ", ".join(map(_named, row.writers)), ", ".join(map(_named, row.readers))
    return f"Written by {written}; read by {read}; {kept}. Key: {KEYS[row.key]}.{count}"


def _named(party: str) -> str:
    return {"partner": "that partner alone", "<service>": "that service", "freshwater": "the command line"}.get(
        party, party
    )


def _configuration(row: Topic) -> dict[str, Any]:
    config = row.config()
    made: dict[str, Any] = {"cleanup.policy": [config["cleanup.policy"]]}
    made |= {name: int(config[name]) for name in ("retention.ms", "max.message.bytes") if name in config}
    return made


def _parties(row: Topic) -> list[tuple[str, str]]:
    """Who sends to a topic and who receives from it; <service> stands for all of them."""
    return [(each, "send") for who in row.writers for each in _each(who)] + [
        (each, "receive") for who in row.readers for each in _each(who)
    ]


def _each(party: str) -> tuple[str, ...]:
    return SERVICES if party == "<service>" else (party,)


def _operation(row: Topic, who: str, action: str) -> tuple[str, dict[str, Any]]:
    channel = channel_id(row)
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": f"{who} {'writes' if action == 'send' else 'reads'} {row.name}",
        "tags": [{"name": who}],
    }
    if row.name == CLOCK:
        # Each sweeper writes its own service's type, and each service skips the others' before anything.
        own = [data for data in types_on(row) if f".{who}-" in data.TYPE]
        operation["messages"] = [{"$ref": f"#/channels/{channel}/messages/{message_id(data)}"} for data in own]
    return f"{who}{action.capitalize()}{channel[0].upper()}{channel[1:]}", operation


def _message(data: type[Data]) -> dict[str, Any]:
    about: dict[str, Any] = {"summary": " ".join(data.__doc__.split())} if data.__doc__ else {}
    if envelope_of(data) == "Event":
        about["correlationId"] = {"location": "$message.payload#/correlationid"}
    return {
        "name": data.TYPE,
        "title": name_of(data.TYPE),
        **about,
        "contentType": _CLOUDEVENTS,
        "payload": {"$ref": f"{_SCHEMAS}{data.TYPE}"},
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
    }


def _cloud_event() -> dict[str, Any]:
    kept = {
        "content-type": {"const": _CLOUDEVENTS, "type": "string", "description": "Structured mode."},
        "ce_type": _TEXT | {"description": "The type again, so that a reader may skip a record unread; ours write it."},
    }
    return {
        "headers": {"type": "object", "properties": kept, "required": ["content-type"]},
        "bindings": {"kafka": {"key": {"type": "string", "minLength": 1}, **_BINDING}},
    }


def _letter(summary: str) -> dict[str, Any]:
    headers = {name: _TEXT | {"description": about} for name, about in LETTER_HEADERS.items()}
    return {
        "summary": summary,
        "headers": {"type": "object", "properties": headers},
        "contentType": "application/octet-stream",
        "payload": {"description": "The record's bytes as they came, or sealed where they may be personal."},
    }


def _schemas() -> dict[str, Schema]:
    """Envelopes and parts by their names; each type is its envelope, with its own name and payload."""
    made = referring(bundle(), "#/parts/", _SCHEMAS)
    schemas: dict[str, Schema] = {**made["envelopes"], **made["parts"]}
    for kind, payload in made["events"].items():
        own = {"type": {"const": kind, "type": "string"}, "data": payload}
        schemas[kind] = {
            "allOf": [
                {"$ref": f"{_SCHEMAS}{envelope_of(TYPES[kind])}"},
                {"type": "object", "properties": own, "required": ["type", "data"]},
            ]
        }
    return schemas
