"""Single sign-on against a small provider of our own: who it vouches for gets in, where an account is linked."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.desk.settings import DeskSettings
from services.desk.store import accounts
from services.desk.web.signing_in.single_sign_on import SALT, SingleSignOn
from shared.clock import wall
from tests.desk.visitors import BASE, Doorstep, Visitor

ISSUER = "http://sign-on.test"
KEY, OTHER = (RSAKey.generate_key(2048, {"kid": "one", "alg": "RS256", "use": "sig"}, auto_kid=False) for _ in range(2))


@dataclass
class Provider:
    """Just enough of OpenID Connect. `spoils` changes the claims of a token, `key` signs it."""

    subject: str = "u-4711"
    key: RSAKey = field(default_factory=lambda: KEY)
    spoils: Callable[[dict[str, Any]], None] = lambda claims: None
    asked: dict[str, str] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/keys", self.keys),
                Route("/token", self.token, methods=["POST"]),
            ]
        )

    async def configuration(self, request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(self, request: Request) -> JSONResponse:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request: Request) -> JSONResponse:
        form = await request.form()
        if form.get("code") != self.asked.get("code") or not form.get("code_verifier"):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": self.subject, "aud": "desk", "iat": now, "exp": now + 60}
        claims["nonce"] = self.asked["nonce"]
        self.spoils(claims)
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})

    def consents(self, address: str) -> str:
        """What the person does at the provider's page: they agree, and are sent back with a code."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == "desk"
        self.asked = {**query, "code": secrets.token_hex(8)}
        return f"{query['redirect_uri']}?code={self.asked['code']}&state={query['state']}".removeprefix(BASE)


@pytest.fixture
async def provider(doorstep: Doorstep) -> Provider:
    made = Provider()
    settings = DeskSettings(desk_oidc_issuer=ISSUER, desk_oidc_client="desk", desk_oidc_secret=SecretStr("s"))
    transport = httpx.ASGITransport(made.application())
    doorstep.office.single_sign_on = SingleSignOn(settings, doorstep.office.sessions.signer(SALT), transport)
    account = uuid4()
    await accounts.add(doorstep.connection, account, "li", "auditor", None, None, wall())
    await accounts.link(doorstep.connection, account, "u-4711")
    return made


async def there_and_back(visitor: Visitor, provider: Provider) -> httpx.Response:
    there = await visitor.get("/sign-in/single?next=/demands")
    assert there.headers["location"].startswith(f"{ISSUER}/authorize?")
    return await visitor.get(provider.consents(there.headers["location"]))


async def test_whom_the_provider_vouches_for_comes_in(doorstep: Doorstep, provider: Provider) -> None:
    async with doorstep.visitor() as visitor:
        assert "/sign-in/single?next=" in (await visitor.get("/sign-in")).text
        back = await there_and_back(visitor, provider)
        assert (back.status_code, back.headers["location"]) == (303, "/demands")
        assert (await visitor.get("/demands")).status_code == 200
        # No password was ever set, so none opens the account.
        await visitor.press("/sign-out")
        assert (await visitor.sign_in("li", "")).status_code == 401


async def test_a_stranger_and_a_disabled_account_stay_outside(doorstep: Doorstep, provider: Provider) -> None:
    async with doorstep.visitor() as visitor:
        provider.subject = "u-9999"
        assert "no account here" in (await there_and_back(visitor, provider)).text
        provider.subject = "u-4711"
        await accounts.disable(doorstep.connection, "li")
        assert (await there_and_back(visitor, provider)).status_code == 403
        assert (await visitor.get("/demands")).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "http://elsewhere.test"},
        {"exp": 1},
        {"nonce": "of another sign-in"},
    ],
    ids=["audience", "issuer", "expired", "nonce"],
)
async def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    doorstep: Doorstep, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.spoils = lambda whole: whole.update(claims)
    async with doorstep.visitor() as visitor:
        assert (await there_and_back(visitor, provider)).status_code == 401
        assert (await visitor.get("/demands")).status_code == 303


async def test_a_foreign_key_a_used_code_and_somebody_elses_answer_open_nothing(
    doorstep: Doorstep, provider: Provider
) -> None:
    provider.key = OTHER
    async with doorstep.visitor() as visitor:
        assert (await there_and_back(visitor, provider)).status_code == 401
    provider.key = KEY
    async with doorstep.visitor() as visitor, doorstep.visitor() as another:
        there = await visitor.get("/sign-in/single")
        address = provider.consents(there.headers["location"])
        # The state belongs to the browser that began: sent a link, another one signs in to nothing.
        assert (await another.get(address)).status_code == 401
        assert (await visitor.get(address.replace("code=", "code=x"))).status_code == 401
        assert (await visitor.get("/sign-in/single/back?error=access_denied&state=x")).status_code == 401


async def test_without_a_provider_there_is_no_such_address(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as visitor:
        assert (await visitor.get("/sign-in/single")).status_code == 404
        assert "/sign-in/single" not in (await visitor.get("/sign-in")).text
