"""Those who are told: webhook receivers that check signatures as partners do, and a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

import uvicorn
from aiosmtpd.controller import Controller
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Answer = Callable[["Receiver", str], Awaitable[Response]]


async def takes(receiver: Receiver, identifier: str) -> Response:
    return Response(status_code=204)


@dataclass
class Receiver:
    """One partner's webhook: its secret, how it answers, and the (id, event) pairs whose signature was right."""

    secret: str
    answer: Answer = takes
    got: list[tuple[str, Any]] = field(default_factory=list)
    forged: int = 0

    @property
    def ids(self) -> list[str]:
        return [identifier for identifier, _ in self.got]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the tests."""
        yield


class Receivers:
    """All webhooks of a test on one port, and a gateway of text messages that never says whether it took one.

    `texts` are the requests that it got; `before_silence` is called with each.
    """

    def __init__(self) -> None:
        self.by_name: dict[str, Receiver] = {}
        self.texts: list[bytes] = []
        self.before_silence: Callable[[], None] = lambda: None
        self.port = free_port()

    def add(self, name: str, secret: str, answer: Answer = takes) -> Receiver:
        self.by_name[name] = Receiver(secret, answer)
        return self.by_name[name]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    async def _post(self, request: Request) -> Response:
        receiver, body = self.by_name[request.path_params["name"]], await request.body()
        try:
            event = Webhook(receiver.secret).verify(body, dict(request.headers))
        except Exception:
            receiver.forged += 1
            return Response(status_code=401)
        receiver.got.append((request.headers["webhook-id"], event))
        return await receiver.answer(receiver, request.headers["webhook-id"])

    async def _text(self, request: Request) -> Response:
        self.texts.append(await request.body())
        self.before_silence()
        while not await request.is_disconnected():  # noqa: ASYNC110 - Starlette tells when it is asked
            await asyncio.sleep(0.05)
        return Response(status_code=504)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Receivers]:
        gateway = Route("/gateway", self._text, methods=["POST"])
        app = Starlette(routes=[gateway, Route("/{name}", self._post, methods=["POST"])])
        config = uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="critical", lifespan="off")
        server = _Server(config)
        serving = asyncio.create_task(server.serve())
        await until_started(server)
        try:
            yield self
        finally:
            server.should_exit = server.force_exit = True
            await serving


class Mailboxes:
    """A mail server. `before_answer` is called with the text in hand, before the server says that it has it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Message]] = []
        self.before_answer: Callable[[], None] = lambda: None
        self.refuses: dict[str, str] = {}
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def to(self, address: str) -> list[Message]:
        return [message for recipient, message in self.got if recipient == address]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        for recipient in envelope.rcpt_tos:
            self.got.append((recipient, message_from_bytes(envelope.content)))
        self.before_answer()
        return "250 OK"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()


async def until_started(server: uvicorn.Server) -> None:
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag
        await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
