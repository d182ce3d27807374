"""What the routes answer: receipts and verdicts, one by one or each of a batch."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from services.intake.api.accepting import Accepted, Away, Outcome
from services.intake.api.problems import ProblemItem, away, details, failure, items, status_of
from services.intake.store.requests import Status

RETRY_TOO_OFTEN = "600"


class Receipt(BaseModel):
    """What a sender has in hand: `status` is sent until the gate has decided."""

    receipt: UUID
    status: str
    demand: UUID | None = None
    problems: list[ProblemItem] = []


class Myself(BaseModel):
    """A partner as the gate knows it. `now` may run faster than a clock on the wall: a month can pass in minutes."""

    partner: str
    role: str
    speaks_for: list[str]
    may_send: list[str]
    now: datetime
    release: int


class Item(BaseModel):
    """What became of one event of a batch: a receipt under 202, else its problem details."""

    status_code: int
    status: int | str
    receipt: UUID | None = None
    demand: UUID | None = None
    title: str | None = None
    title_zh: str | None = None
    problems: list[ProblemItem] = []


class Items(BaseModel):
    """An answer for each event of a batch, in its order."""

    items: list[Item]


class Health(BaseModel):
    """Requests can be taken, under this release of the catalogue."""

    status: str
    release: int


class Receipts(BaseModel):
    """Many of them; `status` is unknown for what is no receipt of this sender."""

    items: list[Receipt]


ONE_OR_MANY = {"anyOf": [{"$ref": f"#/components/schemas/{model.__name__}"} for model in (Receipt, Items)]}
"""How events are answered: one, or each of a batch."""


def _accepted(outcome: Accepted) -> dict[str, Any]:
    demand = {"demand": str(outcome.demand)} if outcome.demand else {}
    return {"receipt": str(outcome.receipt), "status": "sent", **demand}


def answered(outcome: Outcome, without: str = "") -> JSONResponse:
    """The same 202 whether or not the household has asked before."""
    if isinstance(outcome, Accepted):
        return JSONResponse(_accepted(outcome), 202, {"Location": f"/v1/receipts/{outcome.receipt}"})
    if isinstance(outcome, Away):
        return away()
    headers = {"Retry-After": RETRY_TOO_OFTEN} if outcome.too_often else None
    return failure(status_of(outcome), items(outcome.problems, without), headers)


def answered_each(outcomes: list[Outcome]) -> JSONResponse:
    """An answer for each event of a batch, in its order; 207 where they differ."""
    found = [_item(outcome) for outcome in outcomes]
    statuses = {each["status_code"] for each in found}
    status = statuses.pop() if len(statuses) == 1 else 207 if statuses else 202
    return JSONResponse({"items": found}, status, {"Retry-After": "5"} if status == 503 else None)


def _item(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        return {"status_code": 202, **_accepted(outcome)}
    status = 503 if isinstance(outcome, Away) else status_of(outcome)
    said = [] if isinstance(outcome, Away) else items(outcome.problems)
    return {"status_code": status, **details(status, said)}


def verdict_of(receipt: UUID, status: Status) -> dict[str, Any]:
    """What stands under a receipt."""
    word = status.verdict or ("sent" if status.sent else "unsent")
    problems = msgspec.json.decode(status.problems) if status.problems else []
    demand = {"demand": str(status.demand)} if status.demand else {}
    return {"receipt": str(receipt), "status": word, **demand, "problems": problems}
