"""What must hold between the entities of a catalogue: references, windows, and criteria that fit their facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from shared.catalogue.problems import Problem, listed
from shared.catalogue.release import Body, Key
from shared.catalogue.rules_authorities import broken_authority, broken_lines
from shared.catalogue.rules_facts import broken_fact, broken_obstacle
from shared.catalogue.rules_feedback import broken_feedback, broken_templates
from shared.catalogue.rules_lending import (
    broken_consent,
    broken_institution,
    broken_policy,
    broken_product,
    twice_named_units,
)
from shared.catalogue.rules_messages import broken_short_messages
from shared.catalogue.whole import Whole
from shared.contracts.entities import (
    Authority,
    Campaign,
    ConsentText,
    DeclineCode,
    FactDeclaration,
    Institution,
    Obstacle,
    Policy,
    Product,
)
from shared.contracts.entity import Entity
from shared.contracts.messages import Feedback

NOTHING: Mapping[Key, Entity] = {}


def broken_rules(
    entities: Mapping[Key, Entity | Body], declared: Set[Key], patched: Mapping[Key, Entity] = NOTHING
) -> Iterator[Problem]:
    """Everything wrong between entities that are each well-formed.

    `declared` also holds the keys of entities that are not well-formed: pointing at one of them is no second fault.
    `patched` are those with something in place of what cannot be read: no other is judged by them.
    """
    whole = Whole(entities, declared)
    for (kind, identifier), entity in [*entities.items(), *patched.items()]:
        if identifier != getattr(entity, "id", identifier):
            yield Problem(kind, identifier, ("id",), "is not the key it stands under")
        yield from _broken_entity(kind, identifier, entity, whole)
    yield from twice_named_units(whole)
    yield from broken_lines(whole)
    yield from broken_templates(whole)
    yield from broken_short_messages(whole)
    yield from _missing_wholes(whole)


def _broken_entity(kind: str, identifier: str, entity: Entity | Body, whole: Whole) -> Iterator[Problem]:
    match entity:
        case FactDeclaration():
            yield from broken_fact(entity, whole)
        case Obstacle():
            yield from broken_obstacle(entity, whole)
        case Product():
            yield from broken_product(entity, whole)
        case Policy():
            yield from broken_policy(entity, whole)
        case Institution():
            yield from broken_institution(entity)
        case ConsentText():
            yield from broken_consent(entity, whole)
        case Authority():
            yield from broken_authority(entity, whole)
        case DeclineCode():
            yield from _broken_decline_code(entity, whole)
        case Feedback():
            yield from broken_feedback(entity, whole)
        case Campaign():
            yield from _broken_campaign(entity, whole)


def _broken_campaign(campaign: Campaign, whole: Whole) -> Iterator[Problem]:
    if campaign.ends_on < campaign.starts_on:
        what = "ends before it begins"
        yield Problem("campaign", campaign.id, ("ends_on",), what, f"{campaign.starts_on} or later")
    kinds = {authority.kind for authority in whole.authorities.values()}
    for place, name in enumerate(campaign.consultation_kinds):
        if name not in kinds:
            what = f"no authority is of kind {name!r}"
            yield Problem("campaign", campaign.id, ("consultation_kinds", place), what, listed(kinds, 30))
    if campaign.payments_desk is not None:
        yield from whole.dangling("campaign", campaign.id, ("payments_desk",), "institution", campaign.payments_desk)


def _broken_decline_code(code: DeclineCode, whole: Whole) -> Iterator[Problem]:
    """Every code leads somewhere, and only there: an obstacle, a fact, or nothing; or to the facts it may name."""
    wanted = {"obstacle": "obstacle", "adjust": "fact", "supply": "fact"}.get(code.leads_to)
    for field, kind in (("obstacle", "obstacle"), ("fact", "fact")):
        target = getattr(code, field)
        if target is None and field == wanted:
            yield Problem("decline-code", code.id, (), f"leads to {code.leads_to} but names no {field}")
        elif target is not None and field != wanted:
            yield Problem("decline-code", code.id, (field,), f"has no meaning where a code leads to {code.leads_to}")
        elif target is not None:
            yield from whole.dangling("decline-code", code.id, (field,), kind, target)
    yield from _broken_directions(code, whole)
    fact = whole.facts.get(code.fact or "")
    if code.leads_to == "adjust" and fact and fact.failure != "adjust":
        yield Problem("decline-code", code.id, ("fact",), f"{fact.id} is not a fact that a household can adjust")


def _broken_directions(code: DeclineCode, whole: Whole) -> Iterator[Problem]:
    """Directions are listed where one is needed; where the code leads to its direction, each is a fact."""
    if code.directions and not code.needs_direction:
        yield Problem("decline-code", code.id, ("directions",), "has no meaning where no direction is needed")
    if code.leads_to == "direction":
        if not (code.directions and code.needs_direction):
            yield Problem("decline-code", code.id, (), "leads to its direction but needs or lists none")
        for place, name in enumerate(code.directions):
            yield from whole.dangling("decline-code", code.id, ("directions", place), "fact", name)


def _missing_wholes(whole: Whole) -> Iterator[Problem]:
    """What a catalogue cannot be without."""
    campaigns = [identifier for kind, identifier in whole.declared if kind == "campaign"]
    if len(campaigns) != 1:
        yield Problem("campaign", "", (), f"a catalogue has exactly one campaign, this one has {len(campaigns)}")
    for kind in ("fact", "institution", "consent"):
        if not any(key[0] == kind for key in whole.declared):
            yield Problem(kind, "", (), f"the catalogue has no {kind} at all")
