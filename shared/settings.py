"""What every service takes from its environment (`FRESHWATER_*`) or from files in `/run/secrets`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock
from shared.errors import SettingsProblem
from shared.ordinal import ordinal_of_host

SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """Common settings. Durations carry their unit in the name."""

    model_config = SettingsConfigDict(
        env_prefix="FRESHWATER_", extra="ignore", secrets_dir=SECRETS if SECRETS.is_dir() else None
    )

    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers, host:port, separated by commas")
    kafka_security_protocol: str = "PLAINTEXT"
    kafka_user: str | None = None
    kafka_password: str | None = None
    kafka_ca_file: str | None = None
    postgres: str = Field(default="postgres://127.0.0.1:5432/freshwater", description="DSN of this service's database")
    postgres_password: SecretStr = Field(
        default=SecretStr(""), description="for DSNs that name a user and no password: so that it can come as a file"
    )
    topic_prefix: str = Field(default="", description="put before every topic and group; for tests")
    keyed_partitions: int = Field(default=6, ge=1, le=1000, description="partitions of keyed topics, fixed at birth")
    member: int | None = Field(
        default=0,
        description="ordinal of this process in its group; none: dynamic; hostname: what the host's name ends in",
    )
    session_timeout_ms: int = Field(default=10_000, ge=1_000, le=300_000)
    publish_timeout_seconds: float = Field(default=8.0, gt=0)
    batch_records: int = Field(default=1_000, ge=1, le=5_000)
    light_batch_records: int = Field(default=50, ge=0, description="below this a batch waits, so that events gather")
    light_batch_wait_ms: int = Field(default=10, ge=0, le=1_000)
    sweep_interval_ms: int = Field(default=100, ge=5, le=60_000)
    canary_seconds: float = Field(
        default=60.0, ge=0, description="how often a deadline of nobody's proves that deadlines work; 0 for never"
    )
    dead_letter_limit: int = Field(default=100, ge=1, description="dead letters among the last thousand records")
    journal_days: int = Field(default=460, ge=1, description="how long the journal remembers")
    clock_factor: float = Field(default=1.0, gt=0, le=1_000_000)
    clock_start: AwareDatetime | None = None
    clock_epoch: AwareDatetime | None = None
    clock_file: Path | None = Field(default=None, description="a timeline, which then is the clock; for simulations")
    host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, description="Prometheus port; none serves no metrics")
    http_head_seconds: float = Field(default=10, gt=0, le=300, description="how long a request's head may take")
    log_level: str = "info"
    otlp_endpoint: str | None = Field(
        default=None, description="where traces go by OTLP over HTTP; needs the extra otel"
    )

    @field_validator("otlp_endpoint", mode="before")
    @classmethod
    def _nowhere(cls, value: Any) -> Any:
        """A variable that is there and empty, as a file of settings has it, says nothing."""
        return value or None

    @field_validator("member", mode="before")
    @classmethod
    def _dynamic(cls, value: Any) -> Any:
        if value == "hostname":
            return ordinal_of_host()
        return None if value in ("", "none") else value

    @model_validator(mode="after")
    def _signed_in(self) -> Self:
        password = self.postgres_password.get_secret_value()
        for name in {"postgres", "vault"} & type(self).model_fields.keys() if password else ():
            setattr(self, name, with_password(getattr(self, name), password))
        return self

    @property
    def bootstrap(self) -> list[str]:
        """A list, not a string: FastStream hands a comma string to aiokafka as one address, which never connects."""
        return [address.strip() for address in self.kafka.split(",") if address.strip()]

    def clock(self) -> Clock:
        return Clock(self.clock_factor, self.clock_start, self.clock_epoch, self.clock_file)

    def check(self, longest_topic_days: int, dead_letter_days: int) -> None:
        """Refuse settings under which a replay could be decided anew. All problems at once."""
        problems = []
        if self.journal_days < longest_topic_days + dead_letter_days:
            problems.append(
                f"journal_days is {self.journal_days}; it must be at least the {longest_topic_days} days of topics"
                f" plus the age of dead letters ({dead_letter_days} days)"
            )
        if self.publish_timeout_seconds * 1000 >= self.session_timeout_ms:
            problems.append("publish_timeout_seconds must be shorter than session_timeout_ms")
        if self.clock_start and not self.clock_epoch:
            problems.append("clock_start needs clock_epoch: the real moment at which the simulated time starts")
        if problems:
            raise SettingsProblem("; ".join(problems))


def with_password(dsn: str, password: str) -> str:
    """The DSN with a password, where it names a user and has none."""
    parts = urlsplit(dsn)
    if not parts.username or parts.password is not None:
        return dsn
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def aware(text: str) -> datetime:
    """An ISO 8601 time with its offset, as the command line takes it."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise SettingsProblem(f"{text!r} has no offset; write for example 2026-11-24T09:00:00+08:00")
    return moment
