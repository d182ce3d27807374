"""What every page works with: the read model, the catalogue, the clock, the way to the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from services.desk.domain.access import Officer
from services.desk.domain.answers import Answer
from services.desk.settings import DeskSettings
from services.desk.store.sent import Act
from services.desk.web.household.way import Way
from services.desk.web.signing_in.sessions import Sessions
from shared.catalogue import Release
from shared.clock import Clock
from shared.contracts.partners import PartnerRegistered
from shared.database import Connection

ACQUIRE_SECONDS = 5


class Gate(Protocol):
    """The way in: desk is a partner of the gate like any other, and says which officer stands behind an act."""

    async def claim(self, act: Act, officer: Officer, about: str, details: Mapping[str, Any]) -> Answer:
        """Send one claim about a referral or case (`about` says which): sent, refused at once, or undelivered."""
        ...

    async def receipt(self, act: Act, officer: Officer, channel: str, outcome: str, reason: str | None) -> Answer:
        """Send what has become of one delivery (the act's `about`): sent, refused at once, or undelivered."""
        ...

    async def limit(self, act: Act, officer: Officer, stated: Mapping[str, Any], quota_yuan: int | None) -> Answer:
        """Send what a unit can take: unit, version and the most that it can have open."""
        ...

    async def tell(self, act: Act, officer: Officer, kind: str, said: Mapping[str, Any]) -> Answer:
        """Send an event of this type about the act's demand: sent, refused at once, or undelivered."""
        ...

    def disclosure(self, officer: Officer, demand: UUID, household: UUID, fields: tuple[str, ...]) -> str:
        """A link to the page that shows an identity once, for a few minutes."""
        ...


class Services(Protocol):
    """What the desk asks of other services at once, over HTTP."""

    async def letter(self, case: UUID) -> str | None:
        """The 督办 of a case as a page of its own, as escalation writes it; None where it cannot be had."""
        ...

    async def what_if(self, edit: Mapping[str, Any], county: str | None) -> Mapping[str, Any]:
        """Matching's comparison of the recorded demands under an edited catalogue, or its `problems` with the edit."""
        ...

    async def explain(self, demand: UUID, bank: str | None) -> Mapping[str, Any]:
        """Matching's explanation of one demand: the products in question, or all of a bank's; or its `problems`."""
        ...


class Office:
    """Made once per process. `open` before the first page, `close` after the last."""

    def __init__(
        self,
        settings: DeskSettings,
        clock: Clock,
        catalogue: Callable[[], Release | None],
        gate: Gate,
        services: Services,
        way: Way | None = None,
        partners: Callable[[], Mapping[str, PartnerRegistered]] = dict,
    ) -> None:
        self.settings, self.clock, self.catalogue = settings, clock, catalogue
        self.gate, self.services, self.way, self.partners = gate, services, way, partners
        self.sessions = Sessions(settings)
        self.single_sign_on: object | None = None
        """Who signs people in from elsewhere, where the settings name somebody; `web/application.py` makes it."""
        self._pool: Any = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self.settings.postgres,
            min_size=1,
            max_size=8,
            command_timeout=5,
            server_settings={"search_path": "desk", "application_name": "desk-pages", "timezone": "UTC", "jit": "off"},
        )

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for one page."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            yield connection
