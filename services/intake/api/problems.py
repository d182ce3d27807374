"""Answers that say what is wrong: problem details (RFC 9457) with all problems at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.intake.domain.answers import Refusal
from services.intake.domain.problems import Problem

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: ("请求无法读取", "The request cannot be read"),
    401: ("没有有效的密钥", "No valid key"),
    403: ("不允许", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("这里不支持这种方法", "This method is not supported here"),
    408: ("请求太慢", "The request came too slowly"),
    413: ("内容太大", "Too large"),
    415: ("不支持的内容类型", "Unsupported media type"),
    422: ("内容有问题", "There are problems with the content"),
    429: ("请求太频繁，请稍后再试", "Too many requests: try again later"),
    503: ("暂时无法受理，请稍后用同一编号重试", "Not now: please try again later with the same key"),
}


class ProblemItem(BaseModel):
    """One fault: code, JSON pointer, and what to do in both languages."""

    code: str
    pointer: str
    zh: str
    en: str


class ProblemDetails(BaseModel):
    """What every error answer looks like."""

    type: str = "about:blank"
    title: str
    title_zh: str
    status: int
    problems: list[ProblemItem] = []


def items(problems: Sequence[Problem], without: str = "") -> list[dict[str, str]]:
    """Problems as plain data; `without` is the part of the pointers that the sender did not write."""
    return [
        {"code": one.code, "pointer": one.pointer.removeprefix(without), "zh": one.zh, "en": one.en} for one in problems
    ]


def details(status: int, problems: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    zh, en = TITLES.get(status, ("出错", "Error"))
    return {"type": "about:blank", "title": en, "title_zh": zh, "status": status, "problems": list(problems)}


def failure(
    status: int, problems: Sequence[dict[str, str]] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(details(status, problems), status, dict(headers or {}), media_type=MEDIA_TYPE)


def away(seconds: int = 5) -> JSONResponse:
    """Kafka or the database is away: nothing is half done, the same request may be sent again."""
    return failure(503, headers={"Retry-After": str(seconds)})


def too_often(seconds: float) -> JSONResponse:
    return failure(429, headers={"Retry-After": str(max(1, math.ceil(seconds)))})


def status_of(refusal: Refusal) -> int:
    """400 for what is no event, 403 for what the role may not say, 429 for too often, 422 for what can be corrected."""
    if refusal.unreadable:
        return 400
    if refusal.too_often:
        return 429
    return 403 if refusal.forbidden else 422
