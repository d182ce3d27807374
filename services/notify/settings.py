"""Notify's settings: the common ones, and the ways out."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from shared.errors import SettingsProblem
from shared.settings import Settings


class NotifySettings(Settings):
    """Environment: FRESHWATER_*, this service's own with FRESHWATER_NOTIFY_*."""

    vault: str = Field(default="postgres://127.0.0.1:5432/freshwater_vault", description="DSN of the vault's database")
    vault_key: str = Field(default="", description="base64 of the vault's master key, or a file that holds it")
    actor_secret: str = Field(default="", description="signs links to an identity; several, separated by commas")
    notify_port: int = Field(default=8104, ge=1, le=65_535, description="HTTP port of the disclosure page")
    notify_public_url: str = Field(default="", description="how the disclosure page is reached from outside")
    notify_link_hours: float = Field(default=72, gt=0, description="how long a link in a message opens an identity")
    notify_language: str = Field(default="zh-CN", description="language of messages to partners")
    notify_unheard_seconds: float = Field(default=120, gt=0, description="how long an event waits for its demand")

    notify_smtp_host: str | None = Field(default=None, description="SMTP server; none: mail is not a way out")
    notify_smtp_port: int = Field(default=587, ge=1, le=65_535)
    notify_smtp_user: str | None = None
    notify_smtp_password: str | None = None
    notify_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    notify_smtp_sender: str = "service-month@freshwater.example"
    notify_smtp_seconds: float = Field(default=15, gt=0, le=40, description="longest wait for a connection to it")

    notify_gateway_url: str | None = Field(
        default=None, description="HTTP gateway of SMS and WeChat; none: neither is a way out"
    )
    notify_gateway_key: str = Field(default="", description="bearer token of that gateway")
    notify_gateway_seconds: float = Field(default=10, gt=0, le=40, description="longest that the gateway may take")
    notify_most_messages_a_day: int = Field(
        default=3, ge=1, le=100, description="to one household over all its demands; more wait for the next morning"
    )

    notify_webhook_http: bool = Field(default=False, description="allow webhooks without TLS, for one's own machine")
    notify_webhook_private: bool = Field(default=False, description="allow webhooks to private and loopback addresses")
    notify_webhook_seconds: float = Field(default=10, gt=0, le=40, description="longest that a webhook may take")

    notify_attempts: int = Field(default=12, ge=1, le=100, description="attempts before a delivery is given up")
    notify_first_pause_seconds: float = Field(default=2, gt=0)
    notify_longest_pause_seconds: float = Field(default=600, gt=0)
    notify_lane_width: int = Field(default=8, ge=1, le=100, description="attempts at once to one recipient")
    notify_most_at_once: int = Field(default=256, ge=1, le=5_000)
    notify_lease_seconds: float = Field(default=60, gt=0, description="after this an attempt without an end is left")

    @field_validator("notify_smtp_host", "notify_smtp_user", "notify_smtp_password", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        """A variable that is there and empty, as a file of settings has it, says nothing."""
        return value or None

    def check(self, longest_topic_days: int, dead_letter_days: int) -> None:
        """Refuse settings that contradict one another. All problems at once."""
        problems = []
        if not [part for part in self.actor_secret.split(",") if part]:
            problems.append("actor_secret is empty: links to an identity can not be signed")
        longest = max(self.notify_webhook_seconds, self.notify_gateway_seconds, 3 * self.notify_smtp_seconds)
        if self.notify_lease_seconds <= longest:
            problems.append(f"notify_lease_seconds must be longer than any attempt may take, which is {longest:g}")
        try:
            super().check(longest_topic_days, dead_letter_days)
        except SettingsProblem as problem:
            problems.append(str(problem))
        if problems:
            raise SettingsProblem("; ".join(problems))

    @property
    def public_url(self) -> str:
        """Where links lead: as set, or this process itself."""
        return (self.notify_public_url or f"http://{self.host}:{self.notify_port}").rstrip("/")
