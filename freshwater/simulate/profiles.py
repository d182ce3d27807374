"""What is true of an invented household, and what it says of itself at first: two things, as in life.

Everything follows from (seed, source id), so that a household that is asked months later answers as it would have at
once. The shares are made up for the demonstration; they lie where public reports put them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from typing import Literal

from freshwater.simulate import invented
from freshwater.simulate.chance import between, chance, one_of, pick
from freshwater.simulate.trades import TRADES, Trade

FactValue = bool | int | str | list[str]
Temper = Literal["prompt", "slow", "silent"]

COUNTIES: Mapping[str, float] = {
    "620102": 30, "620103": 20, "620104": 10, "620105": 9, "620111": 4,
    "620121": 7, "620122": 5, "620123": 9, "620171": 6,
}  # fmt: skip
"""The counties of Lanzhou and the New Area, with weights."""
JIAYUGUAN = "620200"
"""A city without counties, where a line has one rung less: some of those who meet obstacles live there."""
FROM_JIAYUGUAN = 0.05
TEMPERS: Mapping[Temper, float] = {"prompt": 70, "slow": 22, "silent": 8}
GAP = 0.05
"""How often a household leaves out one of the facts that every bank asks for."""
FEW = 0.55
"""How often it says one of the others."""
ALWAYS_ASKED = ("licence_state", "operating_months", "overdue_now")
FIRST: Mapping[str, tuple[float, Mapping[str, FactValue]]] = {
    "lapsed": (45, {"licence_state": "expired", "overdue_now": False}),
    "unlicensed": (30, {"licence_state": "none", "overdue_now": False}),
    "overdue": (25, {"licence_state": "expired", "overdue_now": True}),
}
"""No valid licence, which nearly every bank asks for; and with some an overdue loan, which only they can repay."""
OBSTRUCTED: Mapping[str, FactValue] = {
    "premises": "online_only", "guarantee": "none", "collateral": ["none"], "lender_count": 5,
}  # fmt: skip
"""And nothing that opens one of the products that do not ask for it."""
BESIDES: Mapping[str, tuple[float, Mapping[str, FactValue]]] = {
    "nothing": (45, {}),
    "report": (18, {"annual_report_filed": False}),
    "mark": (12, {"abnormal_mark": True}),
    "tax": (13, {"tax_state": "overdue"}),
    "permits": (12, {"food_permit": False, "fire_check": False, "discharge_registration": False}),
}
"""What else stands in the way of some of them: acts of their own, and of other offices."""
LENIENT = "A"
"""The sections whose banks do not ask for a licence."""
PERMITS = ("food_permit", "fire_check", "discharge_registration", "transport_permit", "tobacco_licence")
PERMITTED = 0.85
LEAST_YUAN, MOST_YUAN, STEP_YUAN = 3_000, 3_000_000, 1_000
USUAL_YUAN, SPREAD = 70_000, 0.9
"""Median and spread of the amounts (lognormal), before the trade's size."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`facts` is what is true, `said` the names of those that it states at first."""

    trade: Trade
    county: str
    purpose: str
    amount_yuan: int
    term_months: int
    facts: Mapping[str, FactValue]
    said: frozenset[str]
    temper: Temper
    personal: Mapping[str, str]


def profile(seed: int, source_id: str, obstructed: bool = False) -> Profile:
    """`obstructed`: one without a valid licence, and more with some: no bank takes it before somebody has acted."""
    rng = chance(seed, "household", source_id)
    trade = pick(rng, {each: each.weight for each in TRADES if not (obstructed and each.industry[0] in LENIENT)})
    county = pick(rng, COUNTIES)
    if obstructed and chance(seed, "home", source_id).random() < FROM_JIAYUGUAN:
        county = JIAYUGUAN
    facts = _facts(rng, trade)
    in_the_way: Mapping[str, FactValue] = {}
    if obstructed:
        first, besides = (_drawn(seed, source_id, name, of) for name, of in (("first", FIRST), ("besides", BESIDES)))
        in_the_way = {**OBSTRUCTED, **first, **{name: value for name, value in besides.items() if name in facts}}
        facts |= {**in_the_way, "operating_months": max(int(str(facts["operating_months"])), 12)}
    said = frozenset(name for name in facts if rng.random() < (1 - GAP if name in ALWAYS_ASKED else FEW))
    return Profile(
        trade=trade,
        county=county,
        purpose=one_of(rng, trade.purposes),
        amount_yuan=_amount(rng, trade),
        term_months=pick(rng, {6: 15, 12: 50, 24: 20, 36: 15}),
        facts=facts,
        said=said | in_the_way.keys() | set(ALWAYS_ASKED) if obstructed else said,
        temper="prompt" if obstructed else pick(rng, TEMPERS),
        personal=_personal(rng, trade, county, facts["licence_state"] != "none"),
    )


def _drawn(
    seed: int, source_id: str, what: str, of: Mapping[str, tuple[float, Mapping[str, FactValue]]]
) -> Mapping[str, FactValue]:
    return of[pick(chance(seed, what, source_id), {name: weight for name, (weight, _) in of.items()})][1]


def _amount(rng: Random, trade: Trade) -> int:
    wanted = USUAL_YUAN * trade.size * exp(SPREAD * _bell(rng))
    return max(LEAST_YUAN, min(MOST_YUAN, round(wanted / STEP_YUAN) * STEP_YUAN))


def _bell(rng: Random) -> float:
    """Nearly normal: twelve draws. Not rng.gauss, whose stream may change from one Python to the next."""
    return sum(rng.random() for _ in range(12)) - 6


def _personal(rng: Random, trade: Trade, county: str, licensed: bool) -> dict[str, str]:
    """One contact at least; the credit code where it has one at hand."""
    found = {
        "contact_name": invented.person(rng),
        "shop_name": invented.shop(rng, trade.zh),
        "phone": invented.phone(rng),
    }
    code = invented.credit_code(rng, county)
    return {**found, "credit_code": code} if licensed and rng.random() < 0.8 else found


def _facts(rng: Random, trade: Trade) -> dict[str, FactValue]:
    months = max(1, round(40 * exp(1.1 * _bell(rng))))
    return {
        "operating_months": min(months, 480),
        **_standing(rng, trade),
        **_money(rng, trade, months),
        **_credit(rng),
        **_person(rng, trade),
    }


def _yes(rng: Random, share: float) -> bool:
    return rng.random() < share


def _standing(rng: Random, trade: Trade) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {
        "licence_state": pick(rng, {"valid": 90, "expired": 7, "none": 3}),
        "licence_scope_fits": _yes(rng, 0.96),
        "annual_report_filed": _yes(rng, 0.9),
        "abnormal_mark": _yes(rng, 0.05),
        "open_penalty": _yes(rng, 0.02),
        "data_current": _yes(rng, 0.98),
        "premises": pick(
            rng,
            {"owned": 12, "leased_registered": 45, "leased_unregistered": 25, "stall": 10, "online_only": 4, "none": 4},
        ),
    }
    return facts | {name: _yes(rng, PERMITTED) for name in PERMITS if name in trade.permits}


def _money(rng: Random, trade: Trade, months: int) -> dict[str, FactValue]:
    flow = round(22_000 * trade.size * exp(0.7 * _bell(rng)) / 100) * 100
    return {
        "tax_state": pick(rng, {"regular": 93, "overdue": 5, "abnormal": 2}),
        "tax_grade": pick(rng, {"A": 4, "B": 14, "M": 22, "C": 4, "D": 1, "none": 55}),
        "tax_filing_months": max(0, min(months, round(between(rng, 0, 1) * months))),
        "insurance_arrears": _yes(rng, 0.04),
        "monthly_flow_yuan": flow,
        "flow_months": pick(rng, {0: 10, 3: 20, 6: 30, 12: 40}),
        "settlement_account": _yes(rng, 0.85),
        "debt_ratio": round(between(rng, 0, 75)),
        "lender_count": pick(rng, {0: 45, 1: 35, 2: 14, 3: 6}),
        "employees": pick(rng, {0: 20, 1: 35, 2: 25, 4: 15, 8: 5}),
    }


def _credit(rng: Random) -> dict[str, FactValue]:
    return {
        "overdue_now": _yes(rng, 0.05),
        "overdue_run_24m": pick(rng, {0: 85, 1: 10, 2: 3, 3: 2}),
        "overdue_total_24m": pick(rng, {0: 75, 1: 12, 3: 8, 6: 5}),
        "enquiries_3m": pick(rng, {0: 35, 1: 30, 3: 25, 7: 7, 12: 3}),
        "first_time_borrower": _yes(rng, 0.4),
        "court_listed": _yes(rng, 0.01),
    }


def _person(rng: Random, trade: Trade) -> dict[str, FactValue]:
    groups: Sequence[str] = [
        name
        for name, share in (("woman", 0.35), ("veteran", 0.04), ("graduate", 0.05), ("returning_migrant", 0.08))
        if _yes(rng, share)
    ]
    online = ["online_shop"] if trade.industry == "F5292" else []
    security = pick(rng, {"none": 62, "house": 16, "vehicle": 9, "stock": 7, "equipment": 6})
    return {
        "operator_age": round(between(rng, 20, 63)),
        "special_groups": [*groups, *online] or ["none"],
        "collateral": [security],
        "guarantee": pick(rng, {"none": 75, "person": 17, "guarantee_company": 6, "agricultural_guarantee": 2}),
        "co_borrower": _yes(rng, 0.5),
        "startup_recognised": _yes(rng, 0.05),
        "agricultural_entity": trade.industry.startswith("A") and _yes(rng, 0.4),
    }
