"""What proves that an obstacle is gone: an authority's evidence, a register's fact, a household's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.escalation.domain.case import HOUSEHOLD_ACTS, Basis, Case, Fact, Step, ended, step
from services.escalation.domain.claims import Resolve
from services.escalation.domain.clocks import day_of
from services.escalation.domain.directory import Obstacle
from services.escalation.domain.refusals import Refusal


def proved(case: Case, claim: Resolve, basis: Basis) -> dict[str, Fact] | Refusal:
    """The facts that an authority's claim clears, or why it does not: the fact still says no, or the wrong evidence.

    The obstacle's own fact is taken as cleared where the claim leaves it out. An authority that speaks is a partner at
    least: its word is never merely the household's.
    """
    obstacle = basis.directory.obstacles.get(case.obstacle)
    said = {
        name: replace(fact, assurance="partner") if fact.assurance == "self" else fact
        for name, fact in claim.facts.items()
    }
    if obstacle is None:
        return said or Refusal("facts_needed")
    today = day_of(basis.now)
    if any(fact.as_of > today for fact in said.values()):
        return Refusal("fact_of_tomorrow", today.isoformat())
    fact = said.get(obstacle.fact) or Fact(obstacle.cleared_value, case.seat.authority, today)
    if isinstance(obstacle.cleared_value, bool) and fact.value is not obstacle.cleared_value:
        return Refusal("fact_not_cleared", obstacle.fact)
    return _of_right_kind(obstacle, claim, fact) or {**said, obstacle.fact: fact}


def _of_right_kind(obstacle: Obstacle, claim: Resolve, fact: Fact) -> Refusal | None:
    """Unsaid, a register's fact is meant, or else a paper."""
    kind = claim.kind or ("register" if fact.assurance == "register" else "document")
    if not obstacle.evidence_kinds or kind in obstacle.evidence_kinds:
        return None
    return Refusal("evidence_of_wrong_kind", ", ".join(obstacle.evidence_kinds))


def told_by_facts(case: Case, facts: Mapping[str, Fact], basis: Basis) -> Step:
    """A fact came in by another way: a register's closes any case, and whoever has filed may prove it by its word.

    Before it has filed, a household's word alone closes nothing: the product that asked for more would ask again.
    """
    obstacle = basis.directory.obstacles.get(case.obstacle)
    fact = facts.get(obstacle.fact) if obstacle else None
    if obstacle is None or fact is None or not case.is_open or not _clears(obstacle, fact):
        return Step(case)
    enough = ("register",) if case.stage not in HOUSEHOLD_ACTS else ("register", "partner")
    if fact.assurance not in enough and case.stage != "filed":
        return Step(case)
    evidence = f"{fact.source} ({fact.assurance}, {fact.as_of.isoformat()})"
    return step("cleared", ended(case, "cleared", basis), facts={obstacle.fact: fact}, evidence=evidence)


def _clears(obstacle: Obstacle, fact: Fact) -> bool:
    wanted = obstacle.cleared_value
    if isinstance(wanted, list):
        return isinstance(fact.value, list) and set(wanted) <= set(fact.value)
    # True is 1 to Python, and a flag is no number here.
    return type(fact.value) is type(wanted) and fact.value == wanted
