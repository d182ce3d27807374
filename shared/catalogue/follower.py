"""Follows `freshwater.catalogue.v1` without a group and has the newest complete release at hand."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from shared.catalogue.assembly import Assembly, ReleaseRefused
from shared.catalogue.release import Release
from shared.contracts.catalogue import ReleaseEnded
from shared.contracts.registry import UnreadableEvent
from shared.contracts.topics import CATALOGUE
from shared.errors import FreshwaterError
from shared.following import Records, WholeTopic
from shared.metric_list import counter, gauge
from shared.telemetry import logger

IN_USE = gauge("freshwater_catalogue_release")
REFUSED = counter("freshwater_catalogue_refused_total")

OnSwitch = Callable[[Release], Awaitable[None]]


class NoRelease(FreshwaterError):
    """There is no catalogue to work with; the text says what to do."""


class CatalogueFollower:
    """`start` loads the newest release, `run` follows for ever, `stop` closes; `current` is always a whole release.

    A service captures `current` once per batch, or asks `release(number)` for the number it decided on: the newest
    `keep` releases stay at hand. `on_switch` is awaited before `current` changes, also for the first release.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topic: str = CATALOGUE,
        *,
        service: str = "tool",
        deadline_seconds: float = 60.0,
        keep: int = 4,
        on_switch: OnSwitch | None = None,
    ) -> None:
        self.on_switch = on_switch
        self._topic = WholeTopic(options, topic)
        self._deadline, self._keep = deadline_seconds, keep
        self._assembly = Assembly()
        self._kept: OrderedDict[int, Release] = OrderedDict()
        self._first = asyncio.Event()
        self._in_use = IN_USE.labels(service)
        self._service = service
        self.refused: dict[str, int] = {}

    @property
    def current(self) -> Release:
        """The release in use. Raises NoRelease before the first."""
        if not self._kept:
            raise NoRelease(f"no release has been read from {self._topic.name} yet")
        return next(reversed(self._kept.values()))

    @property
    def number(self) -> int:
        """The number of the release in use; 0 before the first."""
        return self.current.number if self._kept else 0

    def release(self, number: int) -> Release | None:
        """A release that is still at hand, by its number."""
        return self._kept.get(number)

    async def started(self) -> Release:
        """Wait until there is a release."""
        await self._first.wait()
        return self.current

    async def start(self) -> None:
        """Read to the end, and wait for a first release where there is none. Raises NoRelease after the deadline."""
        incomplete = "it has no complete release: run `freshwater catalogue publish`"
        missing = await self._topic.read(self._load, self._deadline, incomplete)
        if missing:
            raise NoRelease(f"no catalogue on {self._topic.name} within {self._deadline:g} seconds: {missing}")

    async def _load(self) -> None:
        """To the end of the topic, then on until there is a release. The newest whole one counts.

        Of older releases compaction may have taken bodies away: that a marker of theirs does not agree is no fault.
        """
        found, refusals = None, []
        async for records in self._topic.to_end():
            for marker in self._markers(records):
                try:
                    found = await asyncio.to_thread(self._assembly.close, marker) or found
                except ReleaseRefused as refused:
                    refusals.append(refused)
        for refusal in refusals:
            if found is None or refusal.number > found.number:
                self._refuse(refusal.reason, str(refusal))
        if found is not None:
            await self._switch(found)
        while not self._kept:
            await self._follow()

    async def run(self) -> None:
        """Follow for ever. Kafka away: the release stays in use."""
        await self._topic.follow(self._follow)

    async def _follow(self) -> None:
        for marker in self._markers(await self._topic.news()):
            try:
                release = await asyncio.to_thread(self._assembly.close, marker)
            except ReleaseRefused as refusal:
                self._refuse(refusal.reason, str(refusal))
                continue
            if release is not None:
                await self._switch(release)

    def _markers(self, records: Records) -> Iterator[ReleaseEnded]:
        """The markers among them. A marker is closed before the record behind it is taken."""
        for record in records:
            try:
                marker = self._assembly.take(record.key, record.value)
            except UnreadableEvent as error:
                self._refuse(error.reason, error.detail)
                continue
            if marker is not None:
                yield marker

    async def _switch(self, release: Release) -> None:
        if self.on_switch is not None:
            await self.on_switch(release)
        self._kept[release.number] = release
        while len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        self._in_use.set(release.number)
        self._first.set()
        logger.info("catalogue_release", release=release.number, products=len(release.products))

    def _refuse(self, reason: str, detail: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1
        REFUSED.labels(self._service, reason).inc()
        logger.warning("catalogue_refused", reason=reason, detail=detail)

    async def stop(self) -> None:
        """Close."""
        await self._topic.stop()
