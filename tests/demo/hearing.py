"""Notices as notify tells them, for the simulated partners to hear."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec

from freshwater.simulate.notices import Heard
from shared.contracts.told import Told

NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
NAMES = UUID(int=7)


def demand(number: int) -> UUID:
    return uuid5(NAMES, f"demand {number}")


def told(about: str, audience: str, number: int, at: datetime = NOW, **more: Any) -> Heard:
    """One notice about a numbered demand, through the contract and back, as a partner reads it."""
    notice = Told(
        notice=uuid5(NAMES, f"{about} {audience} {number} {at}"),
        about=f"org.freshwater.{about}.v1",
        audience=audience,  # type: ignore[arg-type]
        demand=demand(number),
        text="…",
        **more,
    )
    event = {"id": "1", "type": Told.TYPE, "time": at.isoformat(), "simulated": True}
    return msgspec.json.decode(msgspec.json.encode({**event, "data": notice.model_dump(mode="json")}), type=Heard)


def referral(number: int, bank: str = "beichen", product: str = "beichen-quick", **more: Any) -> dict[str, Any]:
    identifier = uuid5(NAMES, f"referral {number} {bank}")
    return {
        "id": identifier,
        "bank": bank,
        "unit": f"{bank}-620102",
        "product": product,
        "round": 1,
        "state": "open",
    } | more


def case(number: int, obstacle: str = "LIC_EXPIRED", authority: str = "market_regulation-620102", **more: Any) -> Any:
    fixed = {"id": uuid5(NAMES, f"case {number}"), "obstacle": obstacle, "authority": authority, "matter": UUID(int=1)}
    return {**fixed, "level": "county", "state": "opened"} | more
