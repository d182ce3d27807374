"""Sessions in a signed cookie. The account's row decides on every request whether it still holds.

Everybody has a session, also before signing in: its id is what the form's token is made from.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from services.desk.domain.access import ROLES, Officer
from services.desk.settings import DeskSettings
from services.desk.store import accounts
from shared.clock import wall
from shared.database import Connection

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
RENEW_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """`opened` in seconds since 1970; an account and its epoch where somebody has signed in."""

    id: str
    opened: int
    account: str | None = None
    epoch: int = 0


class Sessions:
    """Reads and writes the cookie. Times are the wall clock's: nobody's session is simulated."""

    def __init__(self, settings: DeskSettings) -> None:
        self._secret = settings.desk_session_secret.get_secret_value() or secrets.token_urlsafe(32)
        self._serializer = URLSafeTimedSerializer(self._secret, salt="desk.session")
        self._https = settings.desk_https
        # The prefix makes browsers refuse the cookie from anywhere but this very host, by https.
        self._name = "__Host-desk" if settings.desk_https else "desk"

    def read(self, request: Request) -> tuple[Session, datetime | None]:
        """The session and when its cookie was written; a new one and None where there is no good cookie."""
        try:
            content, written = self._serializer.loads(
                request.cookies.get(self._name, ""), max_age=int(IDLE.total_seconds()), return_timestamp=True
            )
            session = Session(**content)
            if wall().timestamp() - session.opened <= LONGEST.total_seconds():
                return session, written
        except (BadData, TypeError):
            pass
        return fresh(), None

    def write(self, response: Response, session: Session) -> None:
        value: Any = self._serializer.dumps(asdict(session))
        response.set_cookie(self._name, value, httponly=True, secure=self._https, samesite="lax", path="/")

    def signer(self, salt: str) -> URLSafeTimedSerializer:
        """Signs another cookie under the same secret."""
        return URLSafeTimedSerializer(self._secret, salt=salt)

    def is_in(self, response: Response) -> bool:
        """Whether a response writes the session's cookie already."""
        return any(each.startswith(f"{self._name}=") for each in response.headers.getlist("set-cookie"))

    def token(self, session: Session) -> str:
        """What a form of this session must bring along."""
        made = hmac.new(self._secret.encode(), b"form" + session.id.encode(), hashlib.sha256).digest()
        # A page may have a hundred forms: half of the hash is more than anybody guesses.
        return made[:16].hex()

    def is_token(self, session: Session, given: object) -> bool:
        return isinstance(given, str) and hmac.compare_digest(self.token(session).encode(), given.encode())


def fresh(account: UUID | None = None, epoch: int = 0) -> Session:
    """A new session with an id of its own: signing in never goes on with the id of before."""
    return Session(secrets.token_urlsafe(18), int(wall().timestamp()), None if account is None else str(account), epoch)


async def officer_of(connection: Connection, session: Session) -> Officer | None:
    """Who has signed in, if the account still stands and its epoch is the session's."""
    if session.account is None:
        return None
    row = await accounts.by_id(connection, UUID(session.account))
    if row is None or row["disabled"] or row["role"] not in ROLES or row["epoch"] != session.epoch:
        return None
    named = (row["account"], row["login"], row["role"], row["subject"])
    return Officer(*named, tuple(row["units"]), row["leads"])
