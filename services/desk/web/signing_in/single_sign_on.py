"""Signing in by an OpenID Connect provider: code flow with PKCE, state and nonce; Authlib checks the token.

The provider says who somebody is, the desk's own accounts say what they may: a subject without an account gets in
nowhere.
"""

from __future__ import annotations

from typing import Any

import httpx
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.metrics import SIGN_INS
from services.desk.settings import DeskSettings
from services.desk.store import accounts, records
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.signing_in.sign_in import begin, local
from shared.clock import wall
from shared.telemetry import logger

PATH, SALT = "/sign-in/single", "desk.single-sign-on"
SECONDS = 600
_FAILED = (N_("Sign-on failed"), N_("The sign-on service did not confirm who you are. Please begin again."))
_NO_ACCOUNT = (
    N_("No account"),
    N_("You are known to the sign-on service, but have no account here. The security administrator links it."),
)


class SingleSignOn:
    """The provider of the settings. What has to be remembered between there and back lies in a signed cookie."""

    def __init__(
        self, settings: DeskSettings, signer: URLSafeTimedSerializer, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        # Only where a provider is named: a desk with local accounts alone needs none of it in its memory.
        from authlib.integrations.starlette_client import OAuth

        asked: dict[str, Any] = {"scope": "openid", "code_challenge_method": "S256", "timeout": 10}
        self.provider = OAuth().register(
            "single_sign_on",
            client_id=settings.desk_oidc_client,
            client_secret=settings.desk_oidc_secret.get_secret_value(),
            server_metadata_url=f"{settings.desk_oidc_issuer}/.well-known/openid-configuration",
            client_kwargs=asked if transport is None else {**asked, "transport": transport},
        )
        self._serializer = signer
        self._https, self._back = settings.desk_https, settings.desk_public_url
        self.cookie = "__Secure-desk-sso" if settings.desk_https else "desk-sso"

    def back(self, visit: Visit) -> str:
        """Where the provider sends people back to: it must know the same address."""
        return f"{self._back or str(visit.request.base_url).rstrip('/')}{PATH}/back"

    def remember(self, response: Response, state: dict[str, Any]) -> None:
        value: Any = self._serializer.dumps(state)
        response.set_cookie(
            self.cookie, value, max_age=SECONDS, httponly=True, secure=self._https, samesite="lax", path=PATH
        )

    def remembered(self, visit: Visit) -> dict[str, Any]:
        try:
            found = self._serializer.loads(visit.request.cookies.get(self.cookie, ""), max_age=SECONDS)
        except BadData:
            return {}
        return found if isinstance(found, dict) else {}


def _not_confirmed() -> tuple[type[Exception], ...]:
    """What goes wrong when a provider is away, answers nonsense, or its token is not for this sign-in."""
    from authlib.integrations.base_client.errors import OAuthError
    from joserfc.errors import JoseError

    return (httpx.HTTPError, OAuthError, JoseError, KeyError, ValueError, RuntimeError)


def _chosen(visit: Visit) -> SingleSignOn:
    found = visit.office.single_sign_on
    if not isinstance(found, SingleSignOn):
        raise HTTPException(404)
    return found


async def begin_there(visit: Visit) -> Response:
    """To the provider, with a fresh state, nonce and challenge."""
    sign_on = _chosen(visit)
    state: dict[str, Any] = {}
    visit.request.scope["session"] = state
    try:
        response: Response = await sign_on.provider.authorize_redirect(visit.request, sign_on.back(visit))
    except _not_confirmed() as error:
        logger.warning("sign_on_not_reached", error=type(error).__name__)
        return visit.problem(503, *_FAILED)
    state["next"] = local(visit.request.query_params.get("next"))
    sign_on.remember(response, state)
    return response


async def come_back(visit: Visit) -> Response:
    """From the provider: the code for a token, the token's subject for an account."""
    sign_on = _chosen(visit)
    state = sign_on.remembered(visit)
    visit.request.scope["session"] = state
    try:
        token = await sign_on.provider.authorize_access_token(visit.request)
        subject = str(token["userinfo"]["sub"])
    except _not_confirmed() as error:
        logger.warning("sign_on_failed", error=type(error).__name__)
        return await _turned_away(visit, 401, _FAILED)
    async with visit.office.connection() as connection:
        account = await accounts.by_single_sign_on(connection, subject)
    if account is None:
        return await _turned_away(visit, 403, _NO_ACCOUNT)
    response = await begin(visit, account, local(str(state.get("next", "/"))))
    response.delete_cookie(sign_on.cookie, path=PATH)
    return response


async def _turned_away(visit: Visit, status: int, why: tuple[str, str]) -> Response:
    SIGN_INS.labels("wrong").inc()
    async with visit.office.connection() as connection:
        await records.add(connection, records.unknown("", "sign_in_failed", wall()))
    return visit.problem(status, *why)


def made(settings: DeskSettings, signer: URLSafeTimedSerializer) -> SingleSignOn | None:
    """The provider, where the settings name one."""
    return SingleSignOn(settings, signer) if settings.desk_oidc_issuer else None
