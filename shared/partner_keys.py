"""Keys to which something is encrypted for one partner: a public key as a JWK, and JWE (RFC 7516) made with it."""

from __future__ import annotations

import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

ALGORITHM, CONTENT = "ECDH-ES", "A256GCM"
_CURVES: dict[tuple[str, str], Any] = {("OKP", "X25519"): OKPKey, ("EC", "P-256"): ECKey}


class PartnerKey:
    """A partner's public key (JWK, X25519 or P-256). Raises ValueError with what is wrong and what is allowed."""

    def __init__(self, text: str) -> None:
        try:
            said = json.loads(text)
            kind = _CURVES[said["kty"], said["crv"]]
        except (ValueError, TypeError, KeyError):
            raise ValueError("an encryption key is a JWK of kty OKP and crv X25519, or of EC and P-256") from None
        if "d" in said:
            raise ValueError("this is the private half of the key: hand in the public half, without its member d")
        try:
            self._key = kind.import_key({name: said[name] for name in ("kty", "crv", "x", "y") if name in said})
            self._named = {"kid": said["kid"]} if isinstance(said.get("kid"), str) else {}
            self.encrypt("try")
        except (JoseError, ValueError, TypeError) as error:
            raise ValueError(f"the encryption key is no point of its curve ({type(error).__name__})") from None

    def encrypt(self, text: str) -> str:
        """A compact JWE that only the partner opens; never the same twice."""
        header = {"alg": ALGORITHM, "enc": CONTENT, **self._named}
        return jwe.encrypt_compact(header, text.encode(), self._key)
