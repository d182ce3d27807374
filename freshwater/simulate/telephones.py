"""An invented gateway of text messages: takes what notify sends, and shows it as the telephone would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freshwater.servers.ports import free_port
from freshwater.simulate.hearing import HOST, serving
from shared.catalogue import Release

CODE = "code"
"""The parameter that only a message with a code has."""


class Telephones:
    """By number what came there, latest last. `shown` hears of each message to a number that somebody watches."""

    def __init__(self, release: Release) -> None:
        self._texts = {
            approved: each.text for each in release.short_messages.values() for approved in each.approved.values()
        }
        self.port = free_port()
        self.codes: dict[str, str] = {}
        self.watched: set[str] = set()
        self.shown: Callable[[str, str], None] = lambda *_: None
        self._came = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/messages"

    async def code_of(self, number: str) -> str:
        """The latest code that came to a telephone, waited for."""
        async with self._came:
            await self._came.wait_for(lambda: number in self.codes)
        return self.codes[number]

    async def take(self, request: Request) -> Response:
        """One message; its reference is its number."""
        said: dict[str, Any] = await request.json()
        to, parameters = str(said["to"]), dict(said.get("parameters") or {})
        if code := parameters.get(CODE):
            async with self._came:
                self.codes[to] = str(code)
                self._came.notify_all()
        # A number that nobody simulates is somebody's at this demonstration: the code must reach its eyes.
        if to in self.watched or code:
            text = self._texts.get(str(said["template"]), "")
            self.shown(to, text.format_map({name: str(value) for name, value in parameters.items()}))
        return JSONResponse({"number": said["reference"]})


@asynccontextmanager
async def telephones(release: Release) -> AsyncIterator[Telephones]:
    """The gateway, for as long as the block lasts."""
    made = Telephones(release)
    async with serving(Starlette(routes=[Route("/messages", made.take, methods=["POST"])]), made.port):
        yield made
