"""A telephone, and the banks and offices of a household's story: what each of them sees and says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from shared.catalogue import Release
from shared.contracts.topics import HOUSEHOLDS
from shared.database import Connection
from shared.vault import Vault
from tests.path.town import Town

CODE_ASKED = "org.freshwater.household.contact-code-requested.v1"
PACE_SECONDS = 0.02
_OPEN = "SELECT referral, bank, product FROM referrals WHERE demand = $1 AND state = 'open'"
_CASES = (
    "SELECT \"case\", obstacle, authority FROM cases WHERE demand = $1 AND state IN ('opened', 'signed', 'planned')"
)


@dataclass
class Street:
    """All that surrounds a household on its pages. `desk`: a connection to the desk's read model."""

    town: Town
    vault: Vault
    desk: Connection
    release: Release
    read: set[UUID] = field(default_factory=set)
    turned: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Every service reads whatever comes, as it comes; one batch in seven comes twice."""
        closing = asyncio.Event()
        task = asyncio.create_task(self._run(closing))
        try:
            yield
        finally:
            # Not cancelled: a service that is cut off in its transaction keeps its locks, and the next story cannot
            # empty the tables.
            closing.set()
            await task

    async def _run(self, closing: asyncio.Event) -> None:
        chance = Random(7)
        while not closing.is_set():
            await self.town.rest(chance)
            await self.town.tick(timedelta(0))
            async with self.turned:
                self.turned.notify_all()
            await asyncio.sleep(PACE_SECONDS)

    async def rest(self) -> None:
        """Until everybody has read what there is, and has thought about what came of it."""
        for _ in range(3):
            async with self.turned:
                await self.turned.wait()

    async def code_for(self, phone: str) -> str:
        """The code that comes to a telephone next, opened as notify would open it to send it."""
        while True:
            for place, log in self.town.logs.items():
                for record in log if place.topic == HOUSEHOLDS else ():
                    event = json.loads(record.value or b"{}")
                    if event.get("type") != CODE_ASKED or UUID(event["id"]) in self.read:
                        continue
                    said = await self.vault.open(UUID(event["data"]["household"]), event["data"]["sealed"])
                    if said["phone"] == phone:
                        self.read.add(UUID(event["id"]))
                        return said["code"]
            await asyncio.sleep(PACE_SECONDS)

    async def wait(self, query: str, *values: Any) -> list[Any]:
        """What the desk knows, as soon as it knows it."""
        while True:
            if found := await self.desk.fetch(query, *values):
                return found
            await asyncio.sleep(PACE_SECONDS)

    def claims(self, partner: str, action: str, about: Mapping[str, UUID], **details: Any) -> None:
        data = {"source_id": str(uuid4()), "action": action, "details": details, **about}
        self.town.says(partner, "claim-made", data)

    async def banks_offer(self, demand: UUID) -> int:
        """Every bank that has it accepts, rings up and offers; how many they were."""
        rows = await self.wait(_OPEN, demand)
        for row in rows:
            about, product = {"referral": row["referral"]}, self.release.products[row["product"]]
            self.claims(row["bank"], "bank-accepts", about)
            self.claims(row["bank"], "bank-tried-contact", about, outcome="reached")
            plan = {"amount_yuan": 50_000, "term_months": 12, "rate_bp": product.rate_bp}
            self.claims(row["bank"], "bank-offers", about, plan=plan)
        return len(rows)

    async def office_clears(self, demand: UUID) -> list[str]:
        """Every office that has it says that it is done, with the fact as it is now; which obstacles they were."""
        rows = await self.wait(_CASES, demand)
        for row in rows:
            obstacle = self.release.obstacles[row["obstacle"]]
            fact = {"value": obstacle.cleared_value, "source": "register", "as_of": f"{self.town.clock.now():%Y-%m-%d}"}
            hub = f"hub-{self.release.authorities[row['authority']].region}"
            details = {"evidence": "登记系统可查", "evidence_kind": "register", "facts": {obstacle.fact: fact}}
            self.claims(hub, "authority-resolves", {"case": row["case"]}, **details)
        return [row["obstacle"] for row in rows]
