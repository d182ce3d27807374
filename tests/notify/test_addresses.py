"""What is asked for at no address of notify's is answered as a program reads its answers."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest

from services.notify.api import application


class Nothing:
    """Stands where nothing is asked."""

    def __getattr__(self, name: str) -> Any:
        async def never(request: Any) -> Any:
            raise AssertionError(f"{name} was asked")

        return never


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/fed", 404), ("POST", "/v1/feed", 405), ("DELETE", "/v1/notices", 405)]
)
async def test_a_wrong_address_or_method_is_a_problem(method: str, path: str, status: int) -> None:
    pages = application(cast(Any, Nothing()), cast(Any, Nothing()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://notify.test") as http:
        answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["title_zh"]
