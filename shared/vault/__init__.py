"""The vault (数据保险库): who a household is, and the keys of what is sealed about it.

Intake holds a `Vault` (finds, seals, erases), notify an `Opener`. Everywhere else there are opaque ids and ciphertext.
"""

from __future__ import annotations

from shared.vault.cipher import MasterKeys, SealBroken, SuiteName
from shared.vault.files import File, FileFacts
from shared.vault.identities import IdentityKind, Wanted
from shared.vault.keys import DataKeys, Erased, migrate_vault
from shared.vault.opener import Opener
from shared.vault.rotation import Rotated, rewrap
from shared.vault.vault import Vault

__all__ = [
    "DataKeys",
    "Erased",
    "File",
    "FileFacts",
    "IdentityKind",
    "MasterKeys",
    "Opener",
    "Rotated",
    "SealBroken",
    "SuiteName",
    "Vault",
    "Wanted",
    "migrate_vault",
    "rewrap",
]
