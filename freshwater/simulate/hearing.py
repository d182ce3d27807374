"""The invented platform's webhook: a small HTTP server on this machine that takes what is signed for it.

Signatures are Standard Webhooks'. A copy that comes again (the same webhook-id) is answered like the first and not
taken twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from freshwater.simulate.notices import Heard, heard

HOST = "127.0.0.1"
HANGS_SECONDS = 60.0
How = Literal["takes", "refuses", "hangs"]


class Hook:
    """`secret` may be set later: the address is needed to register the partner, and the secret comes of that.

    `how` it answers may be broken for a while: it `takes`, `refuses` with 503, or `hangs`. What it then did, and the
    copies that came, are counted; `doubled` are facts that were told again under another id.
    """

    def __init__(self, partner: str, port: int) -> None:
        self.partner, self.port = partner, port
        self.secret: str | None = None
        self.hear: Callable[[str, Heard], None] = lambda *_: None
        self.how: How = "takes"
        self.known: set[str] = set()
        self.refused = self.hung = self.repeated = self.doubled = 0
        self._facts: set[tuple[object, ...]] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/hook"

    async def take(self, request: Request) -> Response:
        """204 for what was taken or known, 401 where the signature is not ours, 503 before there is a secret."""
        if self.secret is None:
            return Response(status_code=503)
        body = await request.body()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        identifier = request.headers["webhook-id"]
        if self.how != "takes":
            return await self._broken()
        found = heard(body)
        self.repeated += identifier in self.known
        if found is not None and identifier not in self.known:
            self.known.add(identifier)
            self._count(found)
            self.hear(self.partner, found)
        return Response(status_code=204)

    async def _broken(self) -> Response:
        if self.how == "refuses":
            self.refused += 1
            return Response(status_code=503)
        self.hung += 1
        await asyncio.sleep(HANGS_SECONDS)
        return Response(status_code=504)

    def _count(self, found: Heard) -> None:
        said = found.data
        fact = (said.about, said.demand, said.concerns, said.source_id, found.time)
        self.doubled += fact in self._facts
        self._facts.add(fact)


class Quiet(uvicorn.Server):
    """One more server in a process that has its own signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the demonstration."""
        yield


@asynccontextmanager
async def serving(application: Any, port: int) -> AsyncIterator[None]:
    """A small server on this machine, for as long as the block lasts."""
    server = Quiet(
        uvicorn.Config(application, host=HOST, port=port, log_level="warning", access_log=False, lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def listening(hook: Hook) -> AsyncIterator[Hook]:
    """The platform's webhook, for as long as the block lasts."""
    async with serving(Starlette(routes=[Route("/hook", hook.take, methods=["POST"])]), hook.port):
        yield hook
