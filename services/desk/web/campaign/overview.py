"""The campaign page (服务月): funnel, who stands where, what is late, what has just happened; and its live figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from starlette.responses import RedirectResponse, Response, StreamingResponse

from services.desk.domain.access import home
from services.desk.metrics import LISTENERS
from services.desk.store import campaign as store
from services.desk.web.figures import Figures, texts
from services.desk.web.rendering import Visit
from services.desk.web.wording.labels import CASE, DOCKING

LATEST = 12
SECONDS_BETWEEN = 1.0
SECONDS_OF_SILENCE = 15
"""After so long a comment is sent, so that nothing between takes the stream for dead."""
SECONDS_OF_A_STREAM = 600
MOST_LISTENERS = 200


def show(figures: Figures) -> Callable[[Visit], Awaitable[Response]]:
    """The page; an officer of a bank or an authority is led to their own inbox."""

    async def campaign(visit: Visit) -> Response:
        officer = visit.officer
        if officer is not None and not officer.oversees:
            return RedirectResponse(home(officer.role), 303)
        current = await figures.current()
        latest = []
        if officer is not None:
            async with visit.office.connection() as connection:
                latest = await store.latest(connection, LATEST)
        return visit.page(
            "campaign.html",
            figures=texts(current, visit.words),
            current=current,
            docking=[state for state in DOCKING if state in current.docking],
            cases=[state for state in CASE if state in current.cases],
            latest=latest,
        )

    return campaign


def live(figures: Figures) -> Callable[[Visit], Awaitable[Response]]:
    """Server-sent events: all figures at first, then what has changed, at most once a second."""

    async def stream(visit: Visit) -> Response:
        if LISTENERS._value.get() >= MOST_LISTENERS:
            return Response(status_code=503, headers={"Retry-After": "60"})
        return StreamingResponse(_changes(figures, visit), media_type="text/event-stream")

    return stream


async def _changes(figures: Figures, visit: Visit) -> AsyncIterator[bytes]:
    shown: dict[str, str] = {}
    quiet = 0
    with LISTENERS.track_inprogress():
        for _ in range(int(SECONDS_OF_A_STREAM / SECONDS_BETWEEN)):
            now = texts(await figures.current(), visit.words)
            changed = {name: text for name, text in now.items() if shown.get(name) != text}
            shown, quiet = now, 0 if changed else quiet + 1
            if changed:
                yield b"data: " + msgspec.json.encode(changed) + b"\n\n"
            elif quiet % SECONDS_OF_SILENCE == 0:
                yield b":\n\n"
            await asyncio.sleep(SECONDS_BETWEEN)
