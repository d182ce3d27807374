"""What banks, households and offices say in the tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.contracts import cases, values
from tests.matching.room import DEMAND, HOUSEHOLD, SUBMITTER, Room

PLAN = values.Plan(amount_yuan=150_000, term_months=12, rate_bp=345)


def by(bank: str, referral: UUID, **more: Any) -> dict[str, Any]:
    return {
        "demand": DEMAND, "partner": bank, "role": "bank", "speaks_for": [bank], "referral": referral, **more,
    }  # fmt: skip


def of_household(referral: UUID, **more: Any) -> dict[str, Any]:
    return {"demand": DEMAND, "partner": "platform", "role": "portal", "referral": referral, **more}


def a_case(obstacle: str, **more: Any) -> dict[str, Any]:
    about = cases.CaseSummary(demand=DEMAND, household=HOUSEHOLD, submitter=SUBMITTER, county="620102")
    return {
        "summary": about, "case": UUID(int=9), "obstacle": obstacle, "authority": "market-620102", **more,
    }  # fmt: skip


def at_one_bank(room: Room) -> tuple[str, UUID]:
    """Only one bank is left to ask."""
    room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "xinxiu"])
    (referral,) = room.demand().live
    return referral.bank, referral.id
