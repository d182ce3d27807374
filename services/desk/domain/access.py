"""Who may see and do what. A scope narrows every query; an address that is not in the table is open to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

Role = Literal[
    "bank",
    "authority",
    "campaign_office",
    "county_team",
    "auditor",
    "system_administrator",
    "security_administrator",
    "audit_administrator",
]
ROLES: tuple[Role, ...] = get_args(Role)
OF_A_HOUSE: frozenset[str] = frozenset({"bank", "authority", "county_team"})
"""They act for one institution or authority, which is their account's subject."""
ADMINISTRATORS: frozenset[str] = frozenset({"system_administrator", "security_administrator", "audit_administrator"})
"""三员: who makes accounts, who says what they may do, who watches both. None of them sees a demand."""
ALONE: tuple[Role, ...] = tuple(role for role in ROLES if role not in OF_A_HOUSE)
_SIGNED_IN: frozenset[str] = frozenset(ROLES)
_EVERYBODY: frozenset[str] = _SIGNED_IN | {"nobody"}
_OVERSIGHT: frozenset[str] = frozenset({"campaign_office", "auditor"})
_WORKING: frozenset[str] = _OVERSIGHT | OF_A_HOUSE
_AUTHORITY: frozenset[str] = frozenset({"authority", "county_team"})
_HOUSES: frozenset[str] = frozenset({"bank"}) | _AUTHORITY
_OFFICES: frozenset[str] = _OVERSIGHT | _AUTHORITY

ALLOWED: dict[str, frozenset[str]] = {
    "health": _EVERYBODY,
    "static": _EVERYBODY,
    "language": _EVERYBODY,
    "apply": _EVERYBODY,
    "track": _EVERYBODY,
    "mine": _EVERYBODY,
    "mine_file": _EVERYBODY,
    "mine_acts": _EVERYBODY,
    "sign_in": _EVERYBODY,
    "single_sign_on": _EVERYBODY,
    "sign_out": _SIGNED_IN,
    "password": _SIGNED_IN,
    "export": _SIGNED_IN,
    "campaign": _SIGNED_IN,
    "live": _OVERSIGHT,
    "demands": _WORKING,
    "demand": _WORKING,
    "why": _OVERSIGHT,
    "bank": frozenset({"bank"}),
    "bank_acts": frozenset({"bank"}),
    "authority": _AUTHORITY,
    "authority_acts": _AUTHORITY,
    "consultation": _OFFICES,
    "consultation_acts": _AUTHORITY,
    "letter": _OFFICES,
    "obstacle_report": _OFFICES,
    "what_if": _OVERSIGHT,
    "identity": _HOUSES,
    "papers": _HOUSES,
    "papers_acts": _HOUSES,
    "calls": _OVERSIGHT,
    "deliveries": _OVERSIGHT,
    "shelf": _EVERYBODY,
    "product": _EVERYBODY,
    "product_code": _EVERYBODY,
    "handbook": _EVERYBODY,
    # By a partner's key, which their own room looks at (api/).
    "partner_referrals": _EVERYBODY,
    "partner_cases": _EVERYBODY,
    "partner_demand": _EVERYBODY,
    "partner_other": _EVERYBODY,
    "call_acts": frozenset({"campaign_office"}),
    "questions": _AUTHORITY,
    "questions_acts": _AUTHORITY,
    "people": _HOUSES,
    "people_change": _HOUSES,
    "assign": _HOUSES,
    "worklist": _HOUSES,
    "worklist_read": _HOUSES,
    "limit": frozenset({"bank"}),
    "campaign_funnel": _OVERSIGHT,
    "campaign_clocks": _OVERSIGHT | {"bank"},
    "campaign_league": _OVERSIGHT | {"bank"},
    "campaign_obstacles": _OVERSIGHT,
    "campaign_money": _OVERSIGHT,
    "campaign_chart": _OVERSIGHT,
    "campaign_commitments": _OVERSIGHT | {"bank"},
    "campaign_activities": _OVERSIGHT | {"bank"},
    "campaign_visits": _OVERSIGHT | {"bank"},
    "campaign_plan": frozenset({"campaign_office"}),
    "campaign_reported": _OVERSIGHT | {"bank"},
    "campaign_report": frozenset({"campaign_office", "bank"}),
    "campaign_bulletin": _OVERSIGHT,
    "records": frozenset({"audit_administrator", "auditor"}),
    "accounts": ADMINISTRATORS,
    "accounts_make": frozenset({"system_administrator"}),
    "accounts_renew": frozenset({"system_administrator"}),
    "accounts_disable": frozenset({"system_administrator"}),
    "accounts_grant": frozenset({"security_administrator"}),
}
"""Address (by the name of its route) -> roles. `nobody` has not signed in."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Who has signed in. `subject` is the institution or authority, which oversight and administrators have not.

    `units`: the branches, 科室 or 所 that the officer works in; none means all of the house. `leads`: hands out work.
    """

    account: UUID
    login: str
    role: Role
    subject: str | None
    units: tuple[str, ...] = ()
    leads: bool = False

    @property
    def oversees(self) -> bool:
        """Sees all demands, and no personal data."""
        return self.role in _OVERSIGHT

    @property
    def house(self) -> Literal["bank", "authority", "office"]:
        """Which kind of desk the officer sits at: a county team is an authority like any other."""
        if self.role == "bank":
            return "bank"
        return "authority" if self.role in _AUTHORITY else "office"


def may(role: str, address: str) -> bool:
    """Whether a role may come to an address."""
    return role in ALLOWED.get(address, frozenset())


def home(role: str) -> str:
    """The first page of a role."""
    if role in _AUTHORITY:
        return "/authority"
    homes = {"bank": "/bank", "audit_administrator": "/records"}
    return homes.get(role, "/accounts" if role in ADMINISTRATORS else "/")


def parse_role(text: str) -> tuple[Role, str | None]:
    """`bank:<institution>`, `authority:<id>`, `county_team:<id>`, or a role alone. Raises ValueError with what is
    allowed."""
    name, _, subject = text.partition(":")
    role = next((each for each in ROLES if each == name), None)
    if role is not None and bool(subject) == (role in OF_A_HOUSE):
        return role, subject or None
    alone = ", ".join(ALONE)
    raise ValueError(
        f"{text!r} is no role: write bank:<institution>, authority:<id>, county_team:<authority id>, or one of {alone}"
    )
