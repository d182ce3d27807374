"""Who may say what (角色): one table over roles, and whose demand it may be about."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from services.intake.domain.demand import Demand
from services.intake.domain.problems import Problem, listed, problem

ALL = "all"
GATE_DEMAND, DEMAND_SUBMITTED = "gate-demand", "demand-submitted"
CLAIM = "claim-made"


@dataclass(frozen=True, slots=True)
class Partner:
    """A registered partner, as the gate needs it."""

    id: str
    role: str
    institution: str | None = None
    units: tuple[str, ...] = ()
    disabled: bool = False
    simulated: bool = False
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks now. `role` is the actor's where a portal names one; `demand` the only one a household speaks of."""

    partner: str
    role: str
    actor: str
    speaks_for: tuple[str, ...] = ()
    demand: UUID | None = None
    receipt: UUID | None = None
    simulated: bool = False
    regions: tuple[str, ...] = ()


_WILL = frozenset({"publisher", "portal", "household", "campaign_office"})
_ANYBODY = frozenset({"publisher", "portal", "household", "bank", "authority", "campaign_office"})
RIGHTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        DEMAND_SUBMITTED: _ANYBODY,
        GATE_DEMAND: _ANYBODY,
        "facts-supplied": _ANYBODY,
        "demand-adjusted": _WILL,
        "demand-withdrawn": _WILL,
        "demand-revived": _WILL,
        "consent-given": _WILL,
        "consent-revoked": _WILL,
        "erase-asked": _WILL,
        "evidence-attached": _ANYBODY,
        "evidence-read": frozenset({"bank", "authority", "campaign_office"}),
        "contact-code-asked": _WILL,
        "contact-confirmed": _WILL,
        "operator-changed": _WILL | {"authority"},
        "households-linked": _WILL | {"authority"},
        "visit-logged": frozenset({"publisher", "portal", "bank", "authority", "campaign_office"}),
        "limit-declared": frozenset({"bank", "campaign_office"}),
        "receipt-came": frozenset({"publisher", "portal", "campaign_office"}),
        CLAIM: _ANYBODY,
    }
)
"""By the last part of the type: the roles that may say it. An auditor only reads."""

_CLAIMS: tuple[tuple[str, frozenset[str]], ...] = (
    ("bank-", frozenset({"bank", "campaign_office"})),
    ("policy-", frozenset({"bank", "authority", "campaign_office"})),
    ("household-", _WILL),
    ("authority-", frozenset({"authority", "campaign_office"})),
    ("consultation-", frozenset({"authority", "campaign_office"})),
)


def may_say(role: str, what: str, at: str) -> Problem | None:
    """Whether a role may say this kind of thing; a problem at `at` where it may not."""
    allowed = RIGHTS.get(what, frozenset())
    return None if role in allowed else problem("role-may-not", at, listed(allowed))


def may_claim(role: str, action: str, at: str) -> Problem | None:
    """Whether a role may make this claim."""
    allowed = next((roles for prefix, roles in _CLAIMS if action.startswith(prefix)), frozenset[str]())
    return None if role in allowed else problem("role-may-not", at, listed(allowed))


def role_of_claim(speaker: Speaker, action: str) -> str:
    """The role that a claim carries. Who handed a demand in passes on the household's word."""
    if action.startswith("consultation-"):
        return "campaign_office"
    return "household" if speaker.role == "publisher" else speaker.role


def through_door(partner: Partner) -> Speaker:
    """Who speaks through a door of its own."""
    return Speaker(
        partner.id,
        partner.role,
        f"{partner.role}:{partner.id}",
        names_of(partner),
        simulated=partner.simulated,
        regions=partner.regions,
    )


def may_bring(speaker: Speaker, county: str, at: str) -> Problem | None:
    """Whether demands of a county may come from here: a partner with regions brings those of its regions alone."""
    if not speaker.regions or any(county.startswith(_stem(region)) for region in speaker.regions):
        return None
    return problem("region-not-yours", at, listed(speaker.regions))


def _stem(region: str) -> str:
    """620000 is all of a province, 620100 all of a city."""
    return re.sub(r"^(\d{2})(?:0000)$|^(\d{4})00$", r"\1\2", region)


def through_portal(
    partner: Partner, role: str, person: str, institution: str | None, units: tuple[str, ...], demand: UUID | None
) -> Speaker:
    """Somebody whom a portal names. A county team is an authority like any other; the office speaks for all."""
    names = (ALL,) if role == "campaign_office" else (*((institution,) if institution else ()), *units)
    return Speaker(
        partner.id,
        "authority" if role == "county_team" else role,
        f"{role}:{partner.id}:{person}",
        names if role in ("bank", "authority", "county_team", "campaign_office") else (),
        demand if role == "household" else None,
        simulated=partner.simulated,
    )


def names_of(partner: Partner) -> tuple[str, ...]:
    """In whose name a bank or an authority may speak: its institution and the units that are named with it."""
    own = (partner.institution,) if partner.institution else ()
    return (*own, *partner.units) if partner.role in ("bank", "authority") else ()


def may_touch(speaker: Speaker, demand: Demand, parties: Collection[str]) -> bool:
    """Whether a speaker may speak of a demand at all; where not, it hears that there is none.

    `parties` are the banks and authorities that have the demand before them. A household that proved which demand is
    its own, and whoever handed it in, are believed; a portal without a named actor stands for whom it serves.
    """
    if speaker.role == "household":
        return speaker.demand == demand.id
    if speaker.role in ("campaign_office", "portal"):
        return True
    if speaker.partner in demand.partners:
        return True
    return speaker.role in ("bank", "authority") and any(name in parties for name in speaker.speaks_for)
