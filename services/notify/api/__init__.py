"""Notify's HTTP: the disclosure page, and the feed from which partners fetch their notices."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notify.api.disclosures import Page
from services.notify.api.feed import Feed, other

__all__ = ["Feed", "Page", "application"]


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def application(page: Page, feed: Feed) -> Starlette:
    """The ASGI application."""
    return Starlette(
        routes=[
            Route("/health", _health),
            Route("/v1/notices", feed.fetch, methods=["GET"]),
            Route("/v1/feed", feed.fetch, methods=["GET"]),
            Route("/v1/disclosures/{token}", page.show, methods=["GET"]),
            Route("/v1/disclosures/{token}", page.open, methods=["POST"]),
            Route("/v1/{rest:path}", other, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]
    )
