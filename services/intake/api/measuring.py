"""Counts and times every request, by its route and never by its path."""

from __future__ import annotations

import time
from typing import Any

from services.intake.metrics import REQUEST_SECONDS, REQUESTS

ROUTES = ("/v1/demands", "/v1/events", "/v1/receipts", "/v1/partner", "/health")


class Measured:
    """An ASGI application around another."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        started, status = time.monotonic(), 500
        route = next((each for each in ROUTES if scope["path"].startswith(each)), "other")

        async def counted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.application(scope, receive, counted)
        finally:
            REQUESTS.labels(route, str(status)).inc()
            REQUEST_SECONDS.labels(route).observe(time.monotonic() - started)
