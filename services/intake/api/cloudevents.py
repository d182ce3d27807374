"""CloudEvents over HTTP after the protocol binding: structured, batched or binary, all to structured JSON."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
BINARY = "application/json"
_encode = msgspec.json.Encoder().encode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_raw = msgspec.json.Decoder(msgspec.Raw).decode


class Unreadable(ValueError):
    """The body is not JSON, or the headers name no event."""


class Unsupported(ValueError):
    """The content type is none of the three."""


def events_of(headers: Mapping[str, str], body: bytes) -> tuple[list[bytes], bool]:
    """The events of a request, each as structured JSON, and whether they came as a batch.

    Raises Unsupported, Unreadable.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == BATCH:
            return [bytes(item) for item in _items(body)], True
        if kind == STRUCTURED:
            return [body], False
        if kind == BINARY and "ce-type" in headers:
            return [_binary(headers, body)], False
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Unreadable from None
    raise Unsupported


def _binary(headers: Mapping[str, str], body: bytes) -> bytes:
    """Attributes are in headers that begin with ce-, percent-encoded; the body is the data."""
    attributes: dict[str, object] = {
        name[3:]: unquote(value) for name, value in headers.items() if name.startswith("ce-")
    }
    if attributes.get("simulated") in ("true", "false"):
        attributes["simulated"] = attributes["simulated"] == "true"
    return _encode({**attributes, "datacontenttype": BINARY, "data": _raw(body)})
