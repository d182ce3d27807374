"""Intake's settings: the common ones, the vault, the secret of assertions, and the bounds of its HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, SecretStr

from shared.settings import Settings
from shared.vault import MasterKeys, SuiteName


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one request may bring, how long it may take, and how often a partner may come."""

    body_bytes: int
    file_bytes: int
    items: int
    body_seconds: float
    per_second: float
    burst: float


class IntakeSettings(Settings):
    """Environment: FRESHWATER_*, this service's own with FRESHWATER_INTAKE_*."""

    vault: str = Field(default="postgres://127.0.0.1:5432/freshwater_vault", description="DSN of the vault's database")
    vault_key: SecretStr = Field(default=SecretStr(""), description="base64 of 32 bytes, or a file that holds it")
    vault_suite: SuiteName = Field(default="aes", description="what seals: aes (AES-256-GCM) or sm (SM4-GCM, SM3)")
    actor_secret: SecretStr = Field(default=SecretStr(""), description="what portals sign their actors with")
    intake_port: int = Field(default=8101, ge=0, le=65_535)
    intake_claim_wait_seconds: float = Field(default=60, gt=0, description="real time a claim waits for its referral")
    intake_purge_seconds: float = Field(default=600, gt=0, le=3_600, description="how often native doors are emptied")
    intake_body_bytes: int = Field(default=1_048_576, ge=1_024, description="largest body of a request")
    intake_file_bytes: int = Field(default=5_242_880, ge=1_024, description="largest evidence file")
    intake_batch_items: int = Field(default=500, ge=1, le=5_000, description="events in one batch by HTTP")
    intake_body_seconds: float = Field(default=20, gt=0, le=300, description="how long a request's body may take")
    intake_partner_per_second: float = Field(default=2_000, gt=0, description="events of one partner by HTTP")
    intake_partner_burst: float = Field(default=20_000, ge=1, description="of those at once")
    intake_phone_per_hour: int = Field(default=30, ge=1, description="demands by HTTP under one telephone")
    intake_send_seconds: float = Field(default=3.0, gt=0, le=30, description="how long a request waits for Kafka")
    intake_keys_seconds: float = Field(default=2.0, ge=0, le=60, description="how long API keys are remembered")

    @property
    def masters(self) -> MasterKeys:
        """The master keys of the vault. Raises SettingsProblem."""
        return MasterKeys.parse(self.vault_key.get_secret_value(), self.vault_suite)

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            body_bytes=self.intake_body_bytes,
            file_bytes=self.intake_file_bytes,
            items=self.intake_batch_items,
            body_seconds=self.intake_body_seconds,
            per_second=self.intake_partner_per_second,
            burst=self.intake_partner_burst,
        )
