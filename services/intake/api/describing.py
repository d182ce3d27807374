"""The bodies of requests in the OpenAPI document: routes read them as bytes, so FastAPI cannot see them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from shared.contracts.door import DemandSubmitted
from shared.contracts.envelope import DoorEvent

_REFS = "#/components/schemas/{model}"
_models, _definitions = models_json_schema(
    [(DemandSubmitted, "validation"), (DoorEvent[DemandSubmitted], "validation")], ref_template=_REFS
)
DEMAND = _models[DemandSubmitted, "validation"]
EVENT = _models[DoorEvent[DemandSubmitted], "validation"]
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
SCHEMAS: dict[str, Any] = _definitions.get("$defs", {})


def body_of(kind: str, schema: dict[str, Any], batch: str | None = None) -> dict[str, Any]:
    """A required body of one content type, and a list of the same of another."""
    content: dict[str, Any] = {kind: {"schema": schema}}
    if batch:
        content[batch] = {"schema": {"type": "array", "items": schema}}
    return {"requestBody": {"required": True, "content": content}}


def described(app: FastAPI) -> None:
    """Put the schemas of the bodies beside those that FastAPI has found itself."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes)
            made.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
