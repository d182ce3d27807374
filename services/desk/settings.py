"""What the desk takes from its environment beside the common settings."""

from __future__ import annotations

from pydantic import Field, SecretStr

from shared.settings import Settings


class DeskSettings(Settings):
    """Addresses of the pages, the gate and the disclosure page, and the secrets between them."""

    desk_port: int = Field(default=8080, ge=1, le=65_535)
    desk_https: bool = Field(default=False, description="pages are reached by https: cookies are sent by it alone")
    desk_session_secret: SecretStr = Field(
        default=SecretStr(""), description="signs the session cookies; empty: drawn at start, a restart signs all out"
    )
    desk_public_url: str = Field(default="", description="how browsers reach the desk, https://…; empty: as they ask")
    desk_oidc_issuer: str = Field(default="", description="an OpenID Connect provider; empty: local accounts alone")
    desk_oidc_client: str = Field(default="", description="the desk's client id at the provider")
    desk_oidc_secret: SecretStr = Field(default=SecretStr(""), description="the desk's secret at the provider")
    desk_key: SecretStr = Field(default=SecretStr(""), description="the desk's API key at the gate")
    desk_partner: str = Field(default="desk", description="the desk's name as a partner of the gate")
    desk_open_campaign: bool = Field(default=False, description="the campaign page is shown without signing in")
    actor_secret: SecretStr = Field(default=SecretStr(""), description="shared with the gate: signs who the officer is")
    intake_url: str = Field(default="http://127.0.0.1:8101", description="where the gate's HTTP listens")
    notify_url: str = Field(default="http://127.0.0.1:8104", description="where notify's disclosure page is reached")
    escalation_url: str = Field(default="http://127.0.0.1:8103", description="where escalation's HTTP listens: letters")
    escalation_open311_key: str | None = Field(default=None, description="the api_key that escalation asks for")
    matching_url: str = Field(default="http://127.0.0.1:8102", description="where matching's HTTP listens: what-if")
    desk_count_seconds: float = Field(default=15.0, gt=0, description="how often the gauges are counted anew")
