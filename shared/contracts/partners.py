"""Events of `freshwater.partners.v1` (compacted): who may speak, and where to speak to them. Written by intake."""

from __future__ import annotations

from typing import ClassVar, Literal

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Region, Text

Role = Literal["publisher", "bank", "authority", "portal", "auditor"]


class PartnerRegistered(Data):
    """A partner as it is now. Keys are hashes; the webhook secret is sealed for notify alone.

    `encryption_key`: its public key (a JWK); what identifies a household is put on its door encrypted to it.
    """

    TYPE: ClassVar[str] = "org.freshwater.partner.registered.v1"
    partner: Code
    name_zh: Text
    name_en: Text
    role: Role
    institution: Code | None = None
    regions: list[Region] = []
    units: list[Code] = []
    door: bool = False
    webhook: Text | None = None
    email: Text | None = None
    key_hashes: list[Text] = []
    sealed_secret: Text | None = None
    encryption_key: Text | None = None
    disabled: bool = False
    simulated: bool = False
    version: int = 1


EVENTS = (PartnerRegistered,)
