"""The floor of `bench intake`: the same routes in the same server, which read the body and answer, and do nothing."""

from __future__ import annotations

import asyncio
import sys

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from shared.http import serve

RECEIPT = "01a20cea-f41f-845b-99d1-49b07001767e"


def application() -> FastAPI:
    """Answers as if everything had been taken."""
    app = FastAPI(openapi_url=None)

    async def one(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"receipt": RECEIPT, "status": "sent"}, 202, {"Location": f"/v1/receipts/{RECEIPT}"})

    async def many(request: Request) -> JSONResponse:
        items = (await request.json()) if request.headers["content-type"].endswith("batch+json") else [None]
        answer = {"status_code": 202, "receipt": RECEIPT, "status": "sent"}
        return JSONResponse({"items": [answer for _ in items]}, 202)

    app.add_api_route("/v1/demands", one, methods=["POST"])
    app.add_api_route("/v1/events", many, methods=["POST"])
    return app


if __name__ == "__main__":
    asyncio.run(serve(application(), "127.0.0.1", int(sys.argv[1]), 10))
