"""Who may see and do what. A scope narrows every query; an address that is not in the table is open to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["bank", "authority", "campaign_office", "auditor"]
ROLES: tuple[Role, ...] = ("bank", "authority", "campaign_office", "auditor")
_EVERYBODY: frozenset[str] = frozenset({*ROLES, "nobody"})
_SIGNED_IN: frozenset[str] = frozenset(ROLES)
_OVERSIGHT: frozenset[str] = frozenset({"campaign_office", "auditor"})
_OFFICES: frozenset[str] = _OVERSIGHT | {"authority"}

ALLOWED: dict[str, frozenset[str]] = {
    "health": _EVERYBODY,
    "static": _EVERYBODY,
    "language": _EVERYBODY,
    "sign_in": _EVERYBODY,
    "sign_out": _SIGNED_IN,
    "campaign": _SIGNED_IN,
    "live": _OVERSIGHT,
    "demands": _SIGNED_IN,
    "demand": _SIGNED_IN,
    "bank": frozenset({"bank"}),
    "bank_acts": frozenset({"bank"}),
    "authority": frozenset({"authority"}),
    "authority_acts": frozenset({"authority"}),
    "consultation": _OFFICES,
    "consultation_acts": frozenset({"authority"}),
    "letter": _OFFICES,
    "identity": frozenset({"bank", "authority"}),
    "calls": _OVERSIGHT,
    "deliveries": _OVERSIGHT,
    "call_acts": frozenset({"campaign_office"}),
}
"""Address (by the name of its route) -> roles. `nobody` has not signed in."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Who has signed in. `subject` is the institution or authority; oversight roles have none."""

    account: UUID
    login: str
    role: Role
    subject: str | None

    @property
    def oversees(self) -> bool:
        """Sees all demands, and no personal data."""
        return self.role in _OVERSIGHT


def may(role: str, address: str) -> bool:
    """Whether a role may come to an address."""
    return role in ALLOWED.get(address, frozenset())


def parse_role(text: str) -> tuple[Role, str | None]:
    """`bank:<institution>`, `authority:<id>`, `campaign_office`, `auditor`. Raises ValueError with what is allowed."""
    role, _, subject = text.partition(":")
    if role in ("bank", "authority") and subject:
        return ("bank" if role == "bank" else "authority"), subject
    if role in _OVERSIGHT and not subject:
        return ("auditor" if role == "auditor" else "campaign_office"), None
    raise ValueError(f"{text!r} is no role: write bank:<institution>, authority:<id>, campaign_office or auditor")
