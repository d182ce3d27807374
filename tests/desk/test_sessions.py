"""A session ends by itself: after half an hour in which nothing was asked, and after twelve hours in any case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from itsdangerous import TimestampSigner
from starlette.requests import Request
from starlette.responses import Response

from services.desk.settings import DeskSettings
from services.desk.web.signing_in import sessions
from services.desk.web.signing_in.sessions import IDLE, LONGEST, Sessions, fresh
from shared.clock import wall
from tests.desk.stories import Story

ACCOUNT, A_MINUTE = Story(1).demand, timedelta(minutes=1)


def asked_with(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"desk={cookie}".encode())]})


def written(made: Sessions, session: sessions.Session) -> str:
    response = Response()
    made.write(response, session)
    return response.headers["set-cookie"].partition("=")[2].partition(";")[0]


@pytest.mark.parametrize(("quiet", "stays"), [(IDLE - A_MINUTE, True), (IDLE + A_MINUTE, False)])
def test_half_an_hour_of_quiet_ends_it(monkeypatch: pytest.MonkeyPatch, quiet: timedelta, stays: bool) -> None:
    made = Sessions(DeskSettings())
    then = int((wall() - quiet).timestamp())
    with monkeypatch.context() as before:
        before.setattr(TimestampSigner, "get_timestamp", lambda self: then)
        cookie = written(made, fresh(ACCOUNT))
    session, when = made.read(asked_with(cookie))
    assert (session.account == str(ACCOUNT)) == stays
    assert (when is not None) == stays


@pytest.mark.parametrize(("age", "stays"), [(LONGEST - A_MINUTE, True), (LONGEST + A_MINUTE, False)])
def test_twelve_hours_end_it_however_busy(monkeypatch: pytest.MonkeyPatch, age: timedelta, stays: bool) -> None:
    made = Sessions(DeskSettings())
    with monkeypatch.context() as before:
        before.setattr(sessions, "wall", lambda: wall() - age)
        old = fresh(ACCOUNT)
    session, _ = made.read(asked_with(written(made, old)))
    assert (session.account == str(ACCOUNT)) == stays


def test_another_secret_opens_nothing() -> None:
    cookie = written(Sessions(DeskSettings()), fresh(ACCOUNT))
    session, when = Sessions(DeskSettings()).read(asked_with(cookie))
    assert (session.account, when) == (None, None)
