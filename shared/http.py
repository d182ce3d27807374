"""A service's HTTP: uvicorn inside the service's own process, which does not wait for clients that only hold on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the process, which drains before it lets HTTP go."""
        yield


def _impatient(seconds: float) -> type[H11Protocol]:
    """uvicorn waits for ever for the end of a request's head: who sends it a byte at a time would hold a connection."""

    class Impatient(H11Protocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget()
            super().connection_lost(exc)

        def _watch(self) -> None:
            if self.conn.their_state is not h11.IDLE:
                self._forget()
            elif self._late is None:
                self._late = asyncio.get_running_loop().call_later(seconds, self._cut)

        def _cut(self) -> None:
            self._late = None
            if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE:
                self.transport.close()

        def _forget(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

    return Impatient


async def serve(application: Any, host: str, port: int, head_seconds: float) -> None:
    """Until it is cancelled. `head_seconds`: how long the head of a request may take."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=_impatient(head_seconds),
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
    await _Server(config).serve()
