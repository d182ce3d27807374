"""What a batch is decided on beside its states; made anew only when the release, partners or closed webhooks change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from services.notify import store
from services.notify.domain.delivery import Delivery
from services.notify.domain.hearing import Reach
from services.notify.domain.links import Links
from services.notify.domain.wording import Words
from services.notify.handlers.ground import Ground, keys_of, names_of, registry_of, short_of, table_of
from services.notify.handlers.table import ALWAYS_READ, NAMES
from services.notify.handlers.telling import Means
from services.notify.settings import NotifySettings
from shared.catalogue.release import Release
from shared.clock import Clock
from shared.contracts.partners import PartnerRegistered


class Catalogue(Protocol):
    """Where the releases come from; the newest few are kept, so that a batch decides on the one it began with."""

    @property
    def number(self) -> int: ...

    def release(self, number: int) -> Release | None: ...


class Partners(Protocol):
    """Who the partners are now; `changes` counts the replacements."""

    partners: Mapping[str, PartnerRegistered]
    open_doors: frozenset[str]
    changes: int


@dataclass(frozen=True, slots=True)
class Manner:
    """What settings and the clock say: whether mail and short messages can be sent, how long a link lives and a demand
    is waited for, how many messages a day a household gets at most.

    The wait is the machine's, `factor` how fast the clock runs now: a fast one must not make it shorter.
    """

    links: Links
    mail: bool
    link_life: timedelta
    unheard_seconds: float
    factor: Callable[[], float] = lambda: 1.0
    language: str = "zh-CN"
    gateway: bool = False
    most_a_day: int = 3

    @classmethod
    def of(cls, settings: NotifySettings, clock: Clock, links: Links) -> Manner:
        return cls(
            links,
            settings.notify_smtp_host is not None,
            timedelta(hours=settings.notify_link_hours),
            settings.notify_unheard_seconds,
            lambda: clock.factor,
            settings.notify_language,
            settings.notify_gateway_url is not None,
            settings.notify_most_messages_a_day,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What a batch sees: the means, and the few rows that its events are about."""

    means: Means
    factor: float
    later: timedelta
    waiting: dict[UUID, dict[UUID, store.Deferred]] = field(default_factory=dict)
    deliveries: dict[UUID, Delivery] = field(default_factory=dict)
    sealed: dict[UUID, tuple[str, ...]] = field(default_factory=dict)
    collected: dict[UUID, dict[UUID, Delivery]] = field(default_factory=dict)
    numbered: dict[str, list[Delivery]] = field(default_factory=dict)
    encrypted: dict[UUID, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


class Grounds:
    """The means of each release. `closed` are the webhooks that answered 410; the sending adds to them."""

    def __init__(
        self,
        catalogue: Catalogue,
        partners: Partners,
        words: Callable[[Release], Words],
        closed: set[str],
        manner: Manner,
    ) -> None:
        self._catalogue, self._partners, self._words = catalogue, partners, words
        self._closed, self.manner = closed, manner
        self._said: tuple[int, Ground, Words] | None = None
        self._means: tuple[tuple[int, int, int], Means] | None = None
        self._untold: tuple[int, frozenset[bytes]] = (0, frozenset())

    @property
    def number(self) -> int:
        return self._catalogue.number

    def scene(self, number: int) -> Scene:
        """For a batch that begins now."""
        factor = self.manner.factor()
        return Scene(self.means(number), factor, timedelta(seconds=self.manner.unheard_seconds * factor))

    def means(self, number: int) -> Means:
        """For a release that is still at hand. Raises LookupError otherwise."""
        mark = (number, self._partners.changes, len(self._closed))
        if self._means is None or self._means[0] != mark:
            ground, words = self._ground(number)
            registry = registry_of(self._partners.partners.values(), self._partners.open_doors, self._closed)
            manner = self.manner
            short = ground.reach.short if manner.gateway else frozenset[tuple[str, str]]()
            reach = Reach(registry, ground.names.mailboxes.keys(), manner.mail, manner.language, short)
            ground = Ground(ground.table, ground.names, reach)
            keys = keys_of(self._partners.partners.values(), self._partners.open_doors)
            self._means = (mark, Means(ground, words, manner.links, manner.link_life, manner.most_a_day, keys))
        return self._means[1]

    def _ground(self, number: int) -> tuple[Ground, Words]:
        """Table, names and words depend on the release alone: templates stay compiled when a partner changes."""
        if self._said is None or self._said[0] != number:
            release = self._catalogue.release(number)
            if release is None:
                raise LookupError(f"release {number} of the catalogue is not at hand")
            reach = Reach(registry_of((), frozenset(), frozenset()), short=short_of(release))
            self._said = (number, Ground(table_of(release), names_of(release), reach), self._words(release))
        return self._said[1], self._said[2]

    def skipped(self) -> frozenset[bytes]:
        """The types of which the release tells nobody and of which nothing is remembered."""
        if self._untold[0] != self.number:
            table = self.means(self.number).ground.table
            types = [data for data, name in NAMES.items() if data.TYPE not in ALWAYS_READ and name not in table]
            self._untold = (self.number, frozenset(data.TYPE.encode() for data in types))
        return self._untold[1]

    def words(self) -> Words:
        """The words of the release in use, for what is sent now."""
        return self.means(self.number).words

    def mailbox(self, recipient: str) -> str | None:
        """Where mail to a partner goes, or to a unit or holder for which no partner speaks."""
        partner = self._partners.partners.get(recipient)
        if partner is not None:
            return None if partner.disabled else partner.email
        return self.means(self.number).ground.names.mailboxes.get(recipient)
