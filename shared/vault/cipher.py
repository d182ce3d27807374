"""Sealing and opening under one key. Every blob names its algorithm, so that another can be added beside the first."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import FreshwaterError, SettingsProblem

KEY_BYTES = 32
AES_GCM = "A256GCM"
HMAC_SHA256 = b"HS256."
_NONCE_BYTES = 12
_HEAD = f"{AES_GCM}.".encode()


class SealBroken(FreshwaterError):
    """A blob was not sealed under this key for this place, or names an algorithm that is not known here."""


class Key:
    """One key of 256 bits."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(secret)}")
        self._cipher, self._secret = AESGCM(secret), secret

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """`plain` as a blob that opens only at the same `place` (whose, which field)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _HEAD + nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, blob: bytes, place: bytes) -> bytes:
        """Raises SealBroken."""
        start = len(_HEAD) + _NONCE_BYTES
        if not blob.startswith(_HEAD) or len(blob) < start:
            raise SealBroken("the blob does not name an algorithm that is known here")
        try:
            return self._cipher.decrypt(blob[len(_HEAD) : start], blob[start:], place)
        except InvalidTag:
            raise SealBroken("the blob was not sealed under this key for this place") from None

    def seal_text(self, plain: str, place: bytes) -> str:
        """The same as text: the algorithm, a dot, base64."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain.encode(), place)
        return f"{AES_GCM}.{base64.b64encode(sealed).decode()}"

    def open_text(self, text: str, place: bytes) -> str:
        """Raises SealBroken."""
        head, _, body = text.partition(".")
        try:
            return self.open(head.encode() + b"." + base64.b64decode(body, validate=True), place).decode()
        except ValueError:
            # Not ASCII, not base64, not UTF-8: all are ValueErrors.
            raise SealBroken("the blob is not text of ours") from None

    def hash(self, value: bytes) -> bytes:
        """A keyed hash that names its algorithm."""
        return HMAC_SHA256 + hmac.digest(self._secret, value, "sha256")


class MasterKeys:
    """The keys that wrap all others. The first wraps; every one of them still opens what it once wrapped."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._keys = {hashlib.sha256(secret).digest()[:4]: Key(secret) for secret in secrets}
        if not self._keys:
            raise SettingsProblem("the vault has no master key: set FRESHWATER_VAULT_KEY (base64 of 32 bytes)")
        self._first = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """Base64 of 32 bytes, or the path of a file that holds it; several separated by commas while they rotate."""
        try:
            parts = Path(text).read_text("ascii") if os.sep in text and Path(text).is_file() else text
            decoded = [base64.b64decode(part, validate=True) for part in parts.replace("\n", ",").split(",") if part]
            return cls(decoded)
        except (ValueError, OSError):
            # Nothing of the text is shown: it may be a key with a slip of the pen.
            raise SettingsProblem(
                "FRESHWATER_VAULT_KEY is not a master key: it must be base64 of 32 bytes (for example from"
                " `openssl rand -base64 32`), or the path of a file that holds it"
            ) from None

    def wrap(self, secret: bytes, place: bytes) -> bytes:
        return self._first + self._keys[self._first].seal(secret, place)

    def unwrap(self, wrapped: bytes, place: bytes) -> Key:
        """Raises SealBroken where no master key of ours wrapped it."""
        master = self._keys.get(wrapped[:4])
        if master is None:
            raise SealBroken("wrapped by a master key that is not among FRESHWATER_VAULT_KEY")
        return Key(master.open(wrapped[4:], place))


def new_secret() -> bytes:
    return os.urandom(KEY_BYTES)
