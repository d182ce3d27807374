"""A webhook receiver in a process of its own: takes what comes and answers 204. `python -m bench.receiving PORT`."""

from __future__ import annotations

import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import Response


async def application(scope: dict[str, object], receive: object, send: object) -> None:
    """Read it whole, as a partner would."""
    request = Request(scope, receive)  # type: ignore[arg-type]
    await request.body()
    await Response(status_code=204)(scope, receive, send)  # type: ignore[arg-type]


if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", lifespan="off")
