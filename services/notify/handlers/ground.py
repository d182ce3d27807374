"""What a batch is decided on beside its states: the release's table and words, and who can be reached how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from services.notify.domain.happening import Telling
from services.notify.domain.hearing import Reach
from services.notify.domain.names import Guide, Names, Pair
from services.notify.domain.registry import Party, Registry
from shared.catalogue.release import Release
from shared.contracts.entities import Authority, Guidance, Institution, Obstacle, Unit
from shared.contracts.entity import Entity
from shared.contracts.messages import Telling as Row
from shared.contracts.partners import PartnerRegistered


@dataclass(frozen=True, slots=True)
class Ground:
    """One release and one state of the registry."""

    table: Mapping[str, tuple[Telling, ...]]
    names: Names
    reach: Reach


def table_of(release: Release) -> dict[str, tuple[Telling, ...]]:
    """Who hears what, by the type's name."""
    return {identifier: tuple(_telling(row) for row in entity.told) for identifier, entity in release.feedback.items()}


def _telling(row: Row) -> Telling:
    only = {name: tuple(values) for name, values in row.only.items()}
    return Telling(
        row.audience,
        row.to,
        row.template,
        tuple(row.channels),
        row.urgency,
        row.starts_clock,
        row.weekly,
        only,
        tuple(row.discloses),
    )


def names_of(release: Release) -> Names:
    """The words of a release, by kind and code."""
    labels: dict[tuple[str, str], Pair] = {}
    for kind, entities in _named(release):
        labels |= {(kind, entity.id): (entity.zh, entity.en) for entity in entities}
    # Places have no list of their own: a county is called by its team.
    labels |= {("county", each.region): (each.zh, each.en) for each in release.authorities.values() if each.catch_all}
    for fact in release.facts.values():
        labels |= {("choice", f"{fact.id}:{value.id}"): (value.zh, value.en) for value in fact.values}
    obstacles = release.obstacles.values()
    return Names(
        labels=labels,
        asks={fact.id: (fact.ask_zh, fact.ask_en) for fact in release.facts.values()},
        guides={each.id: _guide(each.guidance) for each in obstacles if each.guidance},
        evidence={each.id: (each.evidence_zh, each.evidence_en) for each in obstacles},
        units_of_facts={fact.id: fact.unit for fact in release.facts.values()},
        identity={each.id: tuple(each.identity_fields) for each in obstacles},
        upper={each.id: each.upper for each in release.authorities.values() if each.upper},
        recipients={each.id: frozenset(each.banks) for each in release.consents.values()},
        mailboxes=dict(_mailboxes(release)),
        lines={each.id: _line(each, release) for each in obstacles},
        teams={each.region: each.id for each in release.authorities.values() if each.catch_all},
        office=release.campaign.id,
    )


def short_of(release: Release) -> frozenset[tuple[str, str]]:
    """Channel and template of every short message, in whatever language."""
    return frozenset(
        (channel, message.id.partition(".")[2])
        for message in release.short_messages.values()
        for channel in message.approved
    )


def _line(obstacle: Obstacle, release: Release) -> tuple[tuple[str, str], ...]:
    """The authorities of cities and provinces that decide policy on an obstacle, with their regions."""
    above = (each for each in release.authorities.values() if each.kind == obstacle.lead and each.level != "county")
    return tuple((each.id, each.region) for each in above)


def _named(release: Release) -> Iterator[tuple[str, Iterable[Entity]]]:
    yield "institution", release.institutions.values()
    yield "authority", release.authorities.values()
    yield "product", release.products.values()
    yield "policy", release.policies.values()
    yield "obstacle", release.obstacles.values()
    yield "decline-code", release.decline_codes.values()
    yield "fact", release.facts.values()
    yield "unit", _units(release)


def _units(release: Release) -> Iterator[Unit]:
    for institution in release.institutions.values():
        yield from institution.units
    for authority in release.authorities.values():
        yield from authority.units


def _guide(guidance: Guidance) -> Guide:
    return Guide(
        (tuple(guidance.steps_zh), tuple(guidance.steps_en)),
        (guidance.place_zh, guidance.place_en),
        (tuple(guidance.papers_zh), tuple(guidance.papers_en)),
        guidance.link,
    )


def _mailboxes(release: Release) -> Iterator[tuple[str, str]]:
    holders: tuple[Institution | Authority | Unit, ...]
    holders = (*release.institutions.values(), *release.authorities.values(), *_units(release))
    for holder in holders:
        if holder.email:
            yield holder.id, holder.email


def registry_of(partners: Iterable[PartnerRegistered], doors: Set[str], closed: Set[str]) -> Registry:
    """The partners as parties. `doors` are those whose topic exists, `closed` the webhooks that answered 410."""
    return Registry.of(_party(each, doors, closed) for each in partners if not each.disabled)


def keys_of(partners: Iterable[PartnerRegistered], doors: Set[str]) -> dict[str, str]:
    """Of partners with an open door: the public key to which identity is encrypted."""
    return {
        each.partner: each.encryption_key
        for each in partners
        if each.encryption_key and each.door and each.partner in doors and not each.disabled
    }


def _party(partner: PartnerRegistered, doors: Set[str], closed: Set[str]) -> Party:
    channels = set()
    if partner.door and partner.partner in doors:
        channels.add("door")
    # Without a secret nothing could be signed, and an unsigned webhook is one that anybody could have sent.
    if partner.webhook and partner.sealed_secret and partner.webhook not in closed:
        channels.add("webhook")
    if partner.email:
        channels.add("email")
    # Who has a key may fetch its notices.
    if partner.key_hashes:
        channels.add("feed")
    return Party(partner.partner, partner.role, partner.institution, frozenset(partner.units), frozenset(channels))
