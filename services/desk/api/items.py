"""Rows of the read model as partners read them: a card until the bank has accepted, no other bank, no identity."""

from __future__ import annotations

from typing import Any

import msgspec
from asyncpg import Record

from services.desk.domain.card import KNOWN_TO, masked, told, veiled
from services.desk.store.partners import Known

_CASE = ("obstacle", "matter", "authority", "unit", "level", "state", "due_at", "promised_on", "transfers", "raised")
_WHOLE = ("county", "industry", "purpose", "amount_yuan", "term_months")
_raw = msgspec.Raw


def referral(row: Record) -> dict[str, Any]:
    """One referral with its demand: the whole of it once this bank has accepted."""
    known = row["state"] in KNOWN_TO
    return {"referral": _body(row), "demand": _demand(row, row["demand_state"], known, None if known else row["body"])}


def case(row: Record) -> dict[str, Any]:
    """One case with its demand as a card."""
    return {"case": _case(row), "demand": _demand(row, row["demand_state"], False)}


def demand(known: Known, now: Any) -> dict[str, Any]:
    """One demand. Who handed it in hears of its stage and date and no bank; a bank or authority of its own part."""
    row = known.row
    whole = known.own or any(each["state"] in KNOWN_TO for each in known.referrals)
    made = next((each["body"] for each in known.referrals), None)
    found = _demand(row, row["state"], whole, made)
    if known.own:
        found |= {"source_id": row["source_id"], "stage": row["docking"], "round": row["round"]}
        found |= {"due_at": row["due_at"], "overdue": row["due_at"] is not None and row["due_at"] < now}
        found |= {"open_cases": row["open_cases"] or 0, "disbursed_yuan": row["disbursed_yuan"] or 0}
    if known.referrals:
        found["referrals"] = [_body(each) for each in known.referrals]
    if known.cases:
        found["cases"] = [_case(each) for each in known.cases]
    return found


def _case(row: Record) -> dict[str, Any]:
    return {"id": row["case"], **{name: row[name] for name in _CASE}}


def _body(row: Record) -> Any:
    return _raw(row["body"] if row["state"] in KNOWN_TO else veiled(row["body"]))


def _demand(row: Record, state: str | None, whole: bool, made: bytes | str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": row["demand"],
        "state": state,
        "received_at": row["received_at"],
        "simulated": row["simulated"],
    }
    if whole:
        return {
            **found,
            **{name: row[name] for name in ("county", "industry", "purpose", "amount_yuan", "term_months")},
        }
    card = masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])
    return {**found, "card": told(card, made)}
