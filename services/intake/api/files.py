"""What a file's request says: the kind of paper, and which demand it is for."""

from __future__ import annotations

import re
from uuid import UUID

from fastapi import Request

from services.intake.domain.answers import Paper
from services.intake.domain.problems import Problem, problem

_KIND = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")
_NUMBER = re.compile(r"^[^\x00-\x1f\ud800-\udfff]{1,200}$")


def paper_of(request: Request, content: bytes) -> Paper | Problem:
    """By the query: kind, and demand or demand_source_id."""
    said = request.query_params
    kind, number = said.get("kind", ""), said.get("demand_source_id")
    if not _KIND.match(kind):
        return problem("wrong-form" if kind else "missing", "/kind", _KIND.pattern)
    if number is not None and not _NUMBER.match(number):
        return problem("wrong-form", "/demand_source_id", "≤ 200")
    try:
        demand = UUID(said["demand"]) if said.get("demand") else None
    except ValueError:
        return problem("not-an-id", "/demand")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Paper(content, media_type, kind, demand, number)
