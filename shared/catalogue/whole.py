"""All entities of a catalogue side by side, for rules that look from one to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property

from shared.catalogue.problems import Path, Problem, listed, nearest
from shared.catalogue.regions import stem, within
from shared.catalogue.release import Body, Key
from shared.contracts.entities import Authority, FactDeclaration, Institution, Obstacle
from shared.contracts.entity import Entity


@dataclass
class Whole:
    """The well-formed entities, and the keys of all (also of those that are not well-formed)."""

    entities: Mapping[Key, Entity | Body]
    declared: Set[Key]
    _ids: dict[str, set[str]] = field(default_factory=dict)

    def ids(self, kind: str) -> set[str]:
        """Every id that was declared of a kind."""
        if kind not in self._ids:
            self._ids[kind] = {identifier for of_kind, identifier in self.declared if of_kind == kind}
        return self._ids[kind]

    @cached_property
    def facts(self) -> dict[str, FactDeclaration]:
        return {entity.id: entity for entity in self.entities.values() if isinstance(entity, FactDeclaration)}

    @cached_property
    def obstacles(self) -> dict[str, Obstacle]:
        return {entity.id: entity for entity in self.entities.values() if isinstance(entity, Obstacle)}

    @cached_property
    def institutions(self) -> dict[str, Institution]:
        return {entity.id: entity for entity in self.entities.values() if isinstance(entity, Institution)}

    @cached_property
    def authorities(self) -> dict[str, Authority]:
        return {entity.id: entity for entity in self.entities.values() if isinstance(entity, Authority)}

    def dangling(self, kind: str, identifier: str, path: Path, to_kind: str, target: str) -> Iterator[Problem]:
        """A problem where `target` is not declared as a `to_kind`."""
        known = self.ids(to_kind)
        if target not in known:
            what = f"there is no {to_kind} {target!r}"
            yield Problem(kind, identifier, path, what, listed(known), nearest(target, known))


def overlapping(kind: str, identifier: str, path: Path, regions: list[str]) -> Iterator[Problem]:
    """Regions of one list of which one holds another: the reader cannot know which was meant."""
    for place, region in enumerate(regions):
        for earlier, other in enumerate(regions):
            if earlier == place or not within(region, other) or (stem(region) == stem(other) and place < earlier):
                continue
            yield Problem(kind, identifier, (*path, place), f"{region} lies in {other}, which is in the list too")
            break
