"""People at the desk's pages: they sign in, read, press buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.applications import Starlette

from services.desk.domain.access import Officer, Role
from services.desk.domain.answers import SENT, Answer
from services.desk.domain.replies import Fault, Reply
from services.desk.handlers import rows_of
from services.desk.store import accounts
from services.desk.store.projection import project
from services.desk.store.sent import Act
from services.desk.web.office import Office
from services.desk.web.signing_in.passwords import hashed
from shared.catalogue import load_directory
from shared.clock import wall
from shared.database import Connection
from tests.desk.stories import ROOT

RELEASE = load_directory(ROOT / "catalogue")
PASSWORD = "correct-horse-battery-staple"
HASH = hashed(PASSWORD)
BASE = "http://desk.test"


class RememberingGate:
    """A gate that remembers what it was sent and answers what it was told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[Act, Officer, str, dict[str, Any]]] = []
        self.told: list[tuple[Act, Officer, str, str, str | None]] = []
        self.says: Answer = SENT
        self.then: Any = None

    async def claim(self, act: Act, officer: Officer, about: str, details: Mapping[str, Any]) -> Answer:
        self.sent.append((act, officer, about, dict(details)))
        if self.then is not None:
            await self.then(act)
        return self.says

    async def receipt(self, act: Act, officer: Officer, channel: str, outcome: str, reason: str | None) -> Answer:
        self.told.append((act, officer, channel, outcome, reason))
        if self.then is not None:
            await self.then(act)
        return self.says

    async def limit(self, act: Act, officer: Officer, stated: Mapping[str, Any], quota_yuan: int | None) -> Answer:
        self.sent.append((act, officer, "unit", {**stated, "quota_yuan": quota_yuan}))
        return self.says

    async def tell(self, act: Act, officer: Officer, kind: str, said: Mapping[str, Any]) -> Answer:
        self.sent.append((act, officer, kind, dict(said)))
        if self.then is not None:
            await self.then(act)
        return self.says

    def disclosure(self, officer: Officer, demand: UUID, household: UUID, fields: tuple[str, ...]) -> str:
        return f"http://notify.test/{demand}/{','.join(fields)}"


class RememberingServices:
    """The other services, as the desk asks them: they remember and answer what they were told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, Any], str | None]] = []
        self.letters: dict[UUID, str] = {}
        self.says: Mapping[str, Any] = {}

    async def letter(self, case: UUID) -> str | None:
        return self.letters.get(case)

    async def what_if(self, edit: Mapping[str, Any], county: str | None) -> Mapping[str, Any]:
        self.asked.append((dict(edit), county))
        return self.says

    async def explain(self, demand: UUID, bank: str | None) -> Mapping[str, Any]:
        self.asked.append(({"demand": demand}, bank))
        return self.says


class RememberingWay:
    """The gate as households meet it: remembers what they said and answers what it was told to."""

    def __init__(self) -> None:
        self.handed_in: list[tuple[dict[str, Any], UUID | None]] = []
        self.said: list[tuple[str, dict[str, Any], UUID]] = []
        self.papers: list[tuple[bytes, str, str, UUID]] = []
        self.phones: list[str] = []
        self.says, self.decides = Reply(202, (), {"receipt": str(UUID(int=7))}), Reply(200)
        self.opens: list[UUID] = []
        self.shops: dict[UUID, list[UUID]] = {}

    async def submit(self, body: Mapping[str, Any], demand: UUID | None) -> Reply:
        self.handed_in.append((dict(body), demand))
        return self.says

    async def say(self, what: str, data: Mapping[str, Any], demand: UUID, act: UUID) -> Reply:
        self.said.append((what, dict(data), demand))
        return self.says

    async def paper(self, content: bytes, media_type: str, kind: str, demand: UUID) -> Reply:
        self.papers.append((content, media_type, kind, demand))
        return self.says

    async def ask_code(self, phone: str) -> Reply:
        self.phones.append(phone)
        return Reply(202, (), {"id": str(UUID(int=9))})

    async def show_code(self, identifier: str, phone: str, code: str) -> Reply:
        shops = self.shops or {UUID(int=1): self.opens}
        if code != "123456" or not any(shops.values()):
            return Reply(422, (Fault("验证码不对", "The code is wrong"),))
        told = [{"household": str(each), "demands": list(map(str, found))} for each, found in shops.items()]
        return Reply(200, (), {"shops": told})

    async def verdict(self, receipt: str) -> Reply | None:
        return self.decides


@dataclass
class Visitor:
    """One browser: its cookies, and the form's token of the last page."""

    client: httpx.AsyncClient
    account: UUID | None = None
    login: str = ""
    token: str = field(default="", repr=False)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        answer = await self.client.get(path, headers=headers)
        self._read(answer)
        return answer

    async def post(self, path: str, token: str | None = None, **fields: str | list[str]) -> httpx.Response:
        answer = await self.client.post(path, data={"token": self.token if token is None else token, **fields})
        self._read(answer)
        return answer

    async def sign_in(self, login: str, password: str = PASSWORD, next: str = "/") -> httpx.Response:
        await self.get("/sign-in")
        return await self.post("/sign-in", login=login, password=password, next=next)

    async def press(self, path: str, **fields: str) -> httpx.Response:
        """Send a form and follow to the page that answers it."""
        answer = await self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])

    def _read(self, answer: httpx.Response) -> None:
        found = re.search(r'name="token" value="([0-9a-f]+)"', answer.text)
        self.token = found[1] if found else self.token


@dataclass
class Doorstep:
    """All that a test of the pages needs."""

    pages: Starlette
    office: Office
    gate: RememberingGate
    services: RememberingServices
    connection: Connection

    @asynccontextmanager
    async def visitor(self, language: str = "en") -> Any:
        transport = httpx.ASGITransport(self.pages, raise_app_exceptions=True)
        cookies = {"language": language}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies) as client:
            yield Visitor(client)

    @asynccontextmanager
    async def officer(
        self,
        role: Role,
        subject: str | None = None,
        language: str = "en",
        units: Sequence[str] = (),
        leads: bool = False,
    ) -> Any:
        """Somebody of that role who has signed in."""
        login = f"{role}-{uuid4().hex[:8]}"
        account = uuid4()
        await accounts.add(self.connection, account, login, role, subject, HASH, wall(), units, leads)
        async with self.visitor(language) as visitor:
            visitor.account, visitor.login = account, login
            answer = await visitor.sign_in(login)
            assert answer.status_code == 303, answer.text
            await visitor.get("/password")
            yield visitor

    async def happen(self, events: Iterable[Any]) -> None:
        """Let events reach the read model."""
        await project(self.connection, [row for event in events for row in rows_of(event)])
