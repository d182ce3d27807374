"""Claims as they go on to the contexts that answer them: which there are, what is wrong with one, what it says."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import ValidationError

from services.intake.domain.problems import Problem, listed, problem
from services.intake.domain.speaking import Speaker, may_claim, role_of_claim
from services.intake.handlers.faults import faults_of, problems_of
from services.intake.handlers.reading import what_of
from shared.contracts import actions, door

CLAIMS: Mapping[str, type[actions.Claim]] = {what_of(claim): claim for claim in actions.EVENTS}
_NOBODY = UUID(int=0)


def check_claim(said: door.ClaimMade, speaker: Speaker) -> list[Problem]:
    """All that can be told without memory: the action, the role, the reference, the details."""
    claim = CLAIMS.get(said.action)
    if claim is None:
        return [problem("action-unknown", "/data/action", listed(CLAIMS, 30))]
    role = may_claim(speaker.role, said.action, "/data/action")
    problems = [role] if role else []
    if issubclass(claim, actions.ReferralClaim) and said.referral is None:
        problems.append(problem("reference-missing", "/data/referral", "referral"))
    if issubclass(claim, actions.CaseClaim) and said.case is None:
        problems.append(problem("reference-missing", "/data/case", "case"))
    built = build_claim(said, speaker, _NOBODY)
    return problems if isinstance(built, actions.Claim) else [*problems, *built]


def build_claim(said: door.ClaimMade, speaker: Speaker, demand: UUID) -> actions.Claim | list[Problem]:
    """The claim as it goes on. Who speaks, and about what, is ours to say: no detail can."""
    fixed = {
        "demand": demand,
        "partner": speaker.partner,
        "role": role_of_claim(speaker, said.action),
        "speaks_for": list(speaker.speaks_for),
        "unit": said.unit,
        "person": _person(speaker) or said.person,
        "referral": said.referral or _NOBODY,
        "case": said.case or _NOBODY,
    }
    try:
        return CLAIMS[said.action].model_validate({**said.details, **fixed})
    except ValidationError as error:
        own = [fault for fault in faults_of(error) if fault["loc"][0] not in fixed]
        return problems_of(own, said.details, "/data/details") or [problem("role-may-not", "/data/action")]


def _person(speaker: Speaker) -> str | None:
    """Who of the partner's people it was: the third part of the actor."""
    parts = speaker.actor.split(":", 2)
    return parts[2] if len(parts) == 3 else None


def reference_of_claim(said: door.ClaimMade) -> UUID | None:
    """The referral or case that a claim is about, by what its action asks for."""
    claim = CLAIMS.get(said.action)
    if claim is None:
        return None
    if issubclass(claim, actions.ReferralClaim):
        return said.referral
    return said.case if issubclass(claim, actions.CaseClaim) else None
