"""Which claim is legal: who may say it of whose case, and at which stage. One table, checked before anything moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.escalation.domain import consultation, moves, waiting
from services.escalation.domain.case import AUTHORITY_ACTS, HOUSEHOLD_ACTS, OPEN, Basis, Case, Stage
from services.escalation.domain.claims import (
    ALL,
    AnswerDraft,
    AnswerExtension,
    AskExtension,
    AskHelp,
    AskHousehold,
    Claim,
    Decide,
    File,
    Park,
    Plan,
    Refuse,
    Resolve,
    Sign,
    Speaker,
    Supply,
    Transfer,
)
from services.escalation.domain.moves import Answer
from services.escalation.domain.refusals import Refusal

Voice = Callable[[Case, Any, Speaker, Basis], Refusal | None]
UNDER_WAY: frozenset[Stage] = frozenset({"signed", "planned"})
_IN_THE_WAY: Mapping[Stage, str] = {"parked": "already_parked", "waiting": "household_is_asked"}
HOUSEHOLD_ROLES = ("household", "portal", "campaign_office")


def the_authority(case: Case, _: Claim, speaker: Speaker, __: Basis) -> Refusal | None:
    here = case.seat.authority
    return None if speaker.may_speak_for(here) else Refusal("case_not_yours", here)


def the_household(_: Case, __: Claim, speaker: Speaker, ___: Basis) -> Refusal | None:
    """The household itself, who handed its demand in, or the campaign office; the case lies under its own key."""
    speaks = speaker.role in HOUSEHOLD_ROLES or speaker.for_submitter or ALL in speaker.speaks_for
    return None if speaks else Refusal("household_only")


def the_next_level(case: Case, _: Claim, speaker: Speaker, basis: Basis) -> Refusal | None:
    here = basis.directory.authorities.get(case.seat.authority)
    upper = basis.directory.above(here) if here else None
    answers = upper or basis.directory.team(basis.place.region)
    if answers is not None and speaker.may_speak_for(answers.id):
        return None
    return Refusal("next_level_only", answers.id if answers else "")


def the_team(_: Case, __: Claim, speaker: Speaker, basis: Basis) -> Refusal | None:
    team = basis.directory.team(basis.place.region)
    if team is not None and speaker.may_speak_for(team.id):
        return None
    return Refusal("team_only", team.id if team else "")


def a_named_person(case: Case, claim: AnswerDraft, speaker: Speaker, basis: Basis) -> Refusal | None:
    """The team, the next level, or the authority itself; the last may confirm its own draft, never drop it."""
    if case.draft is None:
        return the_authority(case, claim, speaker, basis)
    team = basis.directory.team(basis.place.region)
    above = {case.draft.to, team.id if team else case.draft.to}
    if not any(speaker.may_speak_for(each) for each in above):
        if not speaker.may_speak_for(case.seat.authority):
            return Refusal("case_not_yours", case.seat.authority)
        if not claim.confirmed:
            return Refusal("not_yours_to_drop", ", ".join(sorted(above)))
    return None if speaker.person else Refusal("name_the_person")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may say it, at which stages, and what it then does."""

    voice: Voice
    stages: frozenset[Stage]
    move: Callable[[Case, Any, Basis], Answer]


TABLE: Mapping[type, Rule] = {
    File: Rule(the_household, frozenset({"guided"}), moves.file),
    AskHelp: Rule(the_household, HOUSEHOLD_ACTS, moves.ask_help),
    Sign: Rule(the_authority, frozenset({"opened"}), moves.sign),
    Plan: Rule(the_authority, UNDER_WAY | {"parked"}, moves.plan),
    AskExtension: Rule(the_authority, UNDER_WAY, moves.ask_extension),
    AnswerExtension: Rule(the_next_level, AUTHORITY_ACTS, moves.answer_extension),
    Park: Rule(the_authority, UNDER_WAY, moves.park),
    AskHousehold: Rule(the_authority, UNDER_WAY, waiting.ask_household),
    Supply: Rule(the_household, frozenset({"waiting"}), waiting.supply),
    Resolve: Rule(the_authority, OPEN, moves.resolve),
    Refuse: Rule(the_authority, OPEN, moves.refuse),
    Transfer: Rule(the_authority, AUTHORITY_ACTS, moves.transfer),
    AnswerDraft: Rule(a_named_person, AUTHORITY_ACTS, moves.answer_draft),
    Decide: Rule(the_team, AUTHORITY_ACTS, consultation.decide),
}


def judge(case: Case, claim: Claim, speaker: Speaker, basis: Basis) -> Answer:
    """The step that a claim brings about, or the rule that it breaks. The speaker first: strangers learn nothing."""
    rule = TABLE[type(claim)]
    if stranger := rule.voice(case, claim, speaker, basis):
        return stranger
    # A case whose review date has passed may be parked once more, with a new reason.
    again = isinstance(claim, Park) and case.stage == "parked" and case.overdue
    if case.stage not in rule.stages and not again:
        return Refusal(_wrong_stage(case, claim))
    return rule.move(case, claim, basis)


def _wrong_stage(case: Case, claim: Claim) -> str:
    if not case.is_open:
        return "case_has_ended"
    if isinstance(claim, Supply):
        return "nothing_asked"
    if isinstance(claim, File | AskHelp):
        return "already_filed" if case.stage == "filed" else "already_open"
    if case.stage in HOUSEHOLD_ACTS:
        return "household_acts_first"
    return "already_signed" if isinstance(claim, Sign) else _IN_THE_WAY.get(case.stage, "sign_first")
