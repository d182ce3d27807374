"""Invented households as they say themselves: codes with fitting check digits, and nobody's real number."""

from __future__ import annotations

from typing import Any

from stdnum.cn import uscc

COUNTY = "620102"


def credit_code(number: int, county: str = COUNTY, prefix: str = "92") -> str:
    """A code that no register has given out, with its check digit."""
    stem = f"{prefix}{county}MA{number:07d}"
    return stem + str(uscc.calc_check_digit(stem))


def phone(number: int) -> str:
    return f"199{number:08d}"


def personal(number: int, **more: Any) -> dict[str, Any]:
    """What only the vault may know."""
    return {
        "contact_name": f"试验户{number}",
        "shop_name": f"试验面馆{number}号",
        "phone": phone(number),
        "credit_code": credit_code(number),
        "address": f"城关区试验路{number}号",
        **more,
    }


def demand(number: int, **more: Any) -> dict[str, Any]:
    """The body of a demand that passes the gate."""
    return {
        "source_id": f"D-{number}",
        "county": COUNTY,
        "sentence": "想进一批货，周转半年",
        "purpose": "stock",
        "amount_yuan": 80_000,
        "term_months": 12,
        "industry": "H62",
        "facts": {"licence_state": "valid", "operating_months": 30, "employees": 2},
        "consent": {"version": "v1", "evidence": "form 7", "given_at": "2026-11-20T09:00:00+08:00"},
        "personal": personal(number),
        **more,
    }


def event(kind: str, data: dict[str, Any], identifier: str = "1", **more: Any) -> dict[str, Any]:
    """A CloudEvent as a partner sends it to a door."""
    return {
        "specversion": "1.0",
        "id": identifier,
        "source": "/tests",
        "type": f"org.freshwater.door.{kind}.v1",
        "data": data,
        **more,
    }


def secrets_of(body: dict[str, Any]) -> list[str]:
    """Every personal value of a demand: none of them may be seen anywhere outside the vault."""
    return [value for value in body["personal"].values() if isinstance(value, str)]
