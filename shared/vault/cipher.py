"""Sealing and opening under one key. Every blob names its algorithm, so that all of them open side by side.

Two suites (密码套件): `aes` (AES-256-GCM, HMAC-SHA-256) and `sm` (SM4-GCM, HMAC-SM3; GB/T 32907, GB/T 32905). The
setting says which one seals; a blob of the other opens as before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from shared.errors import FreshwaterError, SettingsProblem

KEY_BYTES = 32
AES_GCM, SM4_GCM = "A256GCM", "SM4GCM"
HMAC_SHA256, HMAC_SM3 = b"HS256.", b"HSM3."
SuiteName = Literal["aes", "sm"]
_NONCE_BYTES, _TAG_BYTES = 12, 16


class SealBroken(FreshwaterError):
    """A blob was not sealed under this key for this place, or names an algorithm that is not known here."""


class Aead(Protocol):
    """What seals: authenticated encryption with a place that is not in the blob."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class Sm4Gcm:
    """SM4 in Galois/counter mode. Its key has 128 bits: they are drawn from the 256 by HMAC-SM3."""

    def __init__(self, secret: bytes) -> None:
        self._algorithm = algorithms.SM4(_hmac_sm3(secret, b"SM4-GCM")[:16])

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        sealing = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(associated_data or b"")
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        if len(data) < _TAG_BYTES:
            raise InvalidTag
        opening = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG_BYTES:])).decryptor()
        opening.authenticate_additional_data(associated_data or b"")
        return opening.update(data[:-_TAG_BYTES]) + opening.finalize()


def _hmac_sha256(secret: bytes, value: bytes) -> bytes:
    return hmac.digest(secret, value, "sha256")


def _hmac_sm3(secret: bytes, value: bytes) -> bytes:
    made = HMAC(secret, hashes.SM3())
    made.update(value)
    return made.finalize()


class Suite(NamedTuple):
    """One way of sealing and one of hashing, with the names that they leave in what they make."""

    name: SuiteName
    algorithm: str
    cipher: Callable[[bytes], Aead]
    hash_head: bytes
    hash: Callable[[bytes, bytes], bytes]


AES = Suite("aes", AES_GCM, AESGCM, HMAC_SHA256, _hmac_sha256)
SM = Suite("sm", SM4_GCM, Sm4Gcm, HMAC_SM3, _hmac_sm3)
SUITES: Mapping[str, Suite] = MappingProxyType({suite.name: suite for suite in (AES, SM)})
_BY_ALGORITHM = {suite.algorithm.encode(): suite for suite in SUITES.values()}


class Key:
    """One key of 256 bits; `suite` is the one that it seals and hashes with."""

    def __init__(self, secret: bytes, suite: Suite = AES) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(secret)}")
        self._secret, self.suite = secret, suite
        self._cipher = suite.cipher(secret)
        self._head = f"{suite.algorithm}.".encode()

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """`plain` as a blob that opens only at the same `place` (whose, which field)."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._head + nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, blob: bytes, place: bytes) -> bytes:
        """Raises SealBroken."""
        algorithm, _, sealed = blob.partition(b".")
        suite = _BY_ALGORITHM.get(algorithm)
        if suite is None or len(sealed) < _NONCE_BYTES:
            raise SealBroken("the blob does not name an algorithm that is known here")
        cipher = self._cipher if suite is self.suite else suite.cipher(self._secret)
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except InvalidTag:
            raise SealBroken("the blob was not sealed under this key for this place") from None

    def seal_text(self, plain: str, place: bytes) -> str:
        """The same as text: the algorithm, a dot, base64."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain.encode(), place)
        return f"{self.suite.algorithm}.{base64.b64encode(sealed).decode()}"

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
        return self.suite.hash_head + self.suite.hash(self._secret, value)


class MasterKeys:
    """The keys that wrap all others. The first wraps; every one of them still opens what it once wrapped.

    `suite` is the one of all keys that are made or unwrapped here.
    """

    def __init__(self, secrets: Iterable[bytes], suite: Suite = AES) -> None:
        self.suite = suite
        self._keys = {hashlib.sha256(secret).digest()[:4]: Key(secret, suite) for secret in secrets}
        if not self._keys:
            raise SettingsProblem("the vault has no master key: set FRESHWATER_VAULT_KEY (base64 of 32 bytes)")
        self._first = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str, suite: SuiteName = "aes") -> MasterKeys:
        """Base64 of 32 bytes, or the path of a file that holds it; several separated by commas while they rotate."""
        try:
            parts = Path(text).read_text("ascii") if os.sep in text and Path(text).is_file() else text
            decoded = [base64.b64decode(part, validate=True) for part in parts.replace("\n", ",").split(",") if part]
            return cls(decoded, SUITES[suite])
        except (ValueError, OSError):
            # Nothing of the text is shown: it may be a key with a slip of the pen.
            raise SettingsProblem(
                "FRESHWATER_VAULT_KEY is not a master key: it must be base64 of 32 bytes (for example from"
                " `openssl rand -base64 32`), or the path of a file that holds it"
            ) from None

    def wrap(self, secret: bytes, place: bytes) -> bytes:
        return self._first + self._keys[self._first].seal(secret, place)

    def key(self, secret: bytes, suite: Suite | None = None) -> Key:
        """A key of this vault's suite, or of one that is named."""
        return Key(secret, suite or self.suite)

    def unwrap(self, wrapped: bytes, place: bytes, suite: Suite | None = None) -> Key:
        """Raises SealBroken where no master key of ours wrapped it."""
        return self.key(self._opened(wrapped, place), suite)

    def is_newest(self, wrapped: bytes) -> bool:
        """Whether the first master key wrapped it."""
        return wrapped[:4] == self._first

    def rewrap(self, wrapped: bytes, place: bytes) -> bytes:
        """The same key under the first master key. Raises SealBroken."""
        return self.wrap(self._opened(wrapped, place), place)

    def _opened(self, wrapped: bytes, place: bytes) -> bytes:
        master = self._keys.get(wrapped[:4])
        if master is None:
            raise SealBroken("wrapped by a master key that is not among FRESHWATER_VAULT_KEY")
        return master.open(wrapped[4:], place)


def new_secret() -> bytes:
    return os.urandom(KEY_BYTES)
