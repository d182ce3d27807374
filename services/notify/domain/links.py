"""Links that open one disclosure: its id and a signature. When it ends, and that it is used once, the table keeps."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from uuid import UUID

PURPOSE = b"freshwater.notify.disclosure"
_SIGNATURE_BYTES = 20


@dataclass(frozen=True, slots=True)
class Links:
    """Signs and verifies. Several secrets, separated by commas, are valid while they rotate; the last one signs."""

    base: str
    secret: str

    def to(self, disclosure: UUID) -> str:
        """The same disclosure gives the same link: no clock and no chance stand in it."""
        key = [part for part in self.secret.split(",") if part][-1]
        return f"{self.base}/v1/disclosures/{_text(disclosure.bytes + _signature(key, disclosure))}"

    def disclosure(self, token: str) -> UUID | None:
        """Which disclosure a link is for; None where it was not signed here."""
        try:
            found = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            identifier = UUID(bytes=found[:16])
        except (Error, ValueError):
            return None
        keys = [part for part in self.secret.split(",") if part]
        if any(hmac.compare_digest(found[16:], _signature(key, identifier)) for key in keys):
            return identifier
        return None


def _signature(key: str, disclosure: UUID) -> bytes:
    return hmac.digest(key.encode(), PURPOSE + disclosure.bytes, "sha256")[:_SIGNATURE_BYTES]


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
