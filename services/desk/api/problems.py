"""Answers that say what is wrong (RFC 9457), in both languages and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: ("请求无法读取", "The request cannot be read"),
    401: ("没有有效的密钥", "No valid key"),
    403: ("您的角色不能读取", "Your role may not read this"),
    404: ("没有找到", "Not found"),
    405: ("这里只能读取（GET）；提交请用系统入口", "This can only be read (GET); what you say goes to the gate"),
    503: ("暂时无法读取，请稍后再试", "It cannot be read at the moment; please try again"),
}


class Refused(Exception):
    """This request is not answered; each problem is a code, the parameter, and what is allowed in both languages."""

    def __init__(self, status: int, problems: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(status)
        self.status, self.problems = status, problems


def problem(code: str, parameter: str, zh: str, en: str) -> dict[str, str]:
    """One fault."""
    return {"code": code, "parameter": parameter, "zh": zh, "en": en}


def answer(refused: Refused) -> JSONResponse:
    """The problem details."""
    zh, en = _TITLES[refused.status]
    body: dict[str, Any] = {"type": "about:blank", "title": en, "title_zh": zh, "status": refused.status}
    more = {401: {"WWW-Authenticate": "Bearer"}, 405: {"Allow": "GET"}, 503: {"Retry-After": "5"}}.get(
        refused.status, {}
    )
    headers = {"Cache-Control": "no-store", **more}
    return JSONResponse({**body, "problems": list(refused.problems)}, refused.status, headers, MEDIA_TYPE)
