"""Follows `freshwater.partners.v1` without a group: every partner as it is now, and which of their doors stand open."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.contracts.partners import PartnerRegistered
from shared.contracts.registry import UnreadableEvent, read_event
from shared.contracts.topics import PARTNERS, door_out, readable_types
from shared.errors import FreshwaterError
from shared.following import Records, WholeTopic
from shared.metric_list import counter, gauge
from shared.telemetry import logger

KNOWN = gauge("freshwater_partners_known")
UNREAD = counter("freshwater_partners_unread_total")
LOOK_FOR_DOORS_SECONDS = 5.0


class NoPartners(FreshwaterError):
    """The registry of partners can not be read; the text says what to do."""


class PartnerFollower:
    """`start` reads to the end, `run` follows for ever, `stop` closes; the newest version of each partner counts.

    `partners` and `open_doors` are replaced, never changed, so that who took them keeps what it took; `changes` counts
    the replacements. A door is open when its topic exists: what is sent to a topic that does not would end the
    process, so nobody sends there before.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        prefix: str = "",
        *,
        service: str = "tool",
        deadline_seconds: float = 60.0,
    ) -> None:
        self._prefix, self._service = prefix, service
        self._deadline = deadline_seconds
        self._topic = WholeTopic(options, prefix + PARTNERS)
        self._looked = 0.0
        self.partners: Mapping[str, PartnerRegistered] = MappingProxyType({})
        self.open_doors: frozenset[str] = frozenset()
        self.changes = 0

    async def start(self) -> None:
        """Read to the end. Raises NoPartners after the deadline."""
        missing = await self._topic.read(self._load, self._deadline, "it could not be read to its end")
        if missing:
            raise NoPartners(f"no partners from {self._topic.name} within {self._deadline:g} seconds: {missing}")

    async def _load(self) -> None:
        async for records in self._topic.to_end():
            await self._take(records)
        await self._look_for_doors()

    async def run(self) -> None:
        """Follow for ever; doors that are not open yet are looked for every few seconds."""
        await self._topic.follow(self._follow)

    async def _follow(self) -> None:
        await self._take(await self._topic.news())
        if self._missing_doors() and time.monotonic() - self._looked > LOOK_FOR_DOORS_SECONDS:
            await self._look_for_doors()

    async def _take(self, records: Records) -> None:
        """Take what has come; look for new doors at once, so that a partner hears from its first demand on."""
        found = dict(self.partners)
        for record in records:
            self._put(found, record.key, record.value)
        if found != self.partners:
            self.partners = MappingProxyType(found)
            self.changes += 1
            KNOWN.labels(self._service).set(len(found))
            if self._missing_doors():
                await self._look_for_doors()

    def _put(self, found: dict[str, PartnerRegistered], key: bytes | None, value: bytes | None) -> None:
        if value is None:
            found.pop((key or b"").decode("utf-8", "replace"), None)
            return
        try:
            partner: PartnerRegistered = read_event(value, readable_types(PARTNERS)).data
        except UnreadableEvent as error:
            UNREAD.labels(self._service, error.reason).inc()
            logger.warning("partner_unread", reason=error.reason, detail=error.detail)
            return
        known = found.get(partner.partner)
        # A member that woke late may publish an old registration last: the version says which is newer.
        if known is None or partner.version >= known.version:
            found[partner.partner] = partner

    def _missing_doors(self) -> bool:
        return any(partner.door and partner.partner not in self.open_doors for partner in self.partners.values())

    async def _look_for_doors(self) -> None:
        self._looked = time.monotonic()
        there = await self._topic.topics()
        named = (partner.partner for partner in self.partners.values() if partner.door)
        found = frozenset(name for name in named if self._prefix + door_out(name) in there)
        if found != self.open_doors:
            self.open_doors = found
            self.changes += 1

    async def stop(self) -> None:
        """Close."""
        await self._topic.stop()
