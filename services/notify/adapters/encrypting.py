"""Opens what identifies a household and encrypts it to partners; clear text lives no longer than the call."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.notify.adapters.contact import Opens
from shared.database import LOST
from shared.partner_keys import PartnerKey
from shared.telemetry import logger
from shared.vault import Erased, SealBroken


class Encrypting:
    """Keys are read once each; what cannot be opened now is left out: the link, which asks again, goes all the same."""

    def __init__(self, opener: Opens) -> None:
        self._opener = opener
        self._keys: dict[str, PartnerKey] = {}

    async def to(
        self, household: UUID, sealed: Mapping[str, str], keys: Mapping[str, str]
    ) -> dict[str, dict[str, str]]:
        """By partner: each field encrypted to its key. Empty where the household is erased or the vault away."""
        try:
            clear = await self._opener.open(household, sealed)
        except (Erased, SealBroken, *LOST) as error:
            logger.warning("identity_not_encrypted", error=type(error).__name__)
            return {}
        read = {partner: self._key(partner, text) for partner, text in keys.items()}
        return {
            partner: {name: key.encrypt(value) for name, value in clear.items()} for partner, key in read.items() if key
        }

    def _key(self, partner: str, text: str) -> PartnerKey | None:
        """None where the registry holds what is no key: intake refuses such a one, a file of old may have it."""
        if text not in self._keys:
            try:
                self._keys[text] = PartnerKey(text)
            except ValueError:
                logger.warning("encryption_key_unreadable", partner=partner)
                return None
        return self._keys[text]
