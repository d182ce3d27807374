"""The bodies of requests in the OpenAPI document: routes read them as bytes, so FastAPI cannot see them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from services.intake.api.problems import MEDIA_TYPE, ProblemDetails
from shared.assertion import ACTOR_HEADER
from shared.contracts.door import EVENTS, DemandSubmitted, GateDemand
from shared.contracts.envelope import DoorEvent

LONGEST_KEY = 200
SENT = {data.TYPE.rsplit(".", 2)[-2]: data for data in EVENTS if data is not GateDemand}
"""What a partner may send, by the last part of its type."""

_REFS = "#/components/schemas/{model}"
_EVENTS: list[Any] = [DoorEvent[data] for data in SENT.values()]  # type: ignore[valid-type]
_MODELS: list[Any] = [DemandSubmitted, ProblemDetails, *_EVENTS]
_models, _definitions = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REFS)
DEMAND = _models[DemandSubmitted, "validation"]
EVENT = {"anyOf": [_models[model, "validation"] for model in _EVENTS]}
SCHEMAS: dict[str, Any] = _definitions.get("$defs", {})
RECEIPTS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_KINDS_OF_FILES = ("image/jpeg", "image/png", "application/pdf")
_QUERY = {
    "kind": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]*$"},
    "demand": {"type": "string", "format": "uuid"},
    "demand_source_id": {"type": "string", "minLength": 1, "maxLength": 200},
}
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS_OF_FILES},
    },
    "parameters": [
        {"name": name, "in": "query", "required": name == "kind", "schema": schema} for name, schema in _QUERY.items()
    ],
}
RECEIPT: dict[str, Any] = {
    "parameters": [
        {"name": "receipt", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
    ]
}
IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key", "in": "header", "required": False,
            "description": "The same key again gets the same receipt; without a source_id it is the source id.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        }
    ]
}  # fmt: skip
OPEN: dict[str, Any] = {"security": []}
"""A route that asks for no key."""

_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": _REFS.format(model="ProblemDetails")}}}}
_SECONDS = {"schema": {"type": "integer"}}
_SECURITY = {
    "partnerKey": {"type": "http", "scheme": "bearer", "description": "freshwater partner add"},
    "actor": {
        "type": "apiKey", "in": "header", "name": ACTOR_HEADER,
        "description": "Who acts at a portal: a short-lived signed assertion.",
    },
}  # fmt: skip


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem details under these statuses; who is to come again is told when."""
    wait = {"headers": {"Retry-After": _SECONDS}}
    return {status: {**_PROBLEM, **(wait if status in (429, 503) else {})} for status in statuses}


def taken(schema: dict[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """202, and where its receipt is."""
    body = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {202: {"headers": {"Location": {"schema": {"type": "string"}}}, **body}}


def body_of(kind: str, schema: dict[str, Any], batch: str | None = None) -> dict[str, Any]:
    """A required body of one content type, and a list of the same of another."""
    content: dict[str, Any] = {kind: {"schema": schema}}
    if batch:
        content[batch] = {"schema": {"type": "array", "items": schema}}
    return {"requestBody": {"required": True, "content": content}}


def described(app: FastAPI) -> None:
    """Put the schemas of bodies and problems, and who may ask, beside what FastAPI has found itself."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes)
            parts = made.setdefault("components", {})
            parts.setdefault("schemas", {}).update(SCHEMAS)
            parts["securitySchemes"] = _SECURITY
            made["security"] = [{"partnerKey": []}, {"partnerKey": [], "actor": []}]
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
