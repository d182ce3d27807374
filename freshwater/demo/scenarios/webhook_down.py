"""`--scenario webhook-down`: the platform's webhook refuses, hangs and comes back; who heard what, and how often."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.scenario import Scenario
from freshwater.places import CHECKOUT
from freshwater.simulate.hearing import Hook, How
from freshwater.simulate.partners import PLATFORM
from shared.contracts.topics import DEMANDS

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

HEARD_BEFORE = 5
"""So many notices the platform hears before its webhook goes down."""
BROKEN: tuple[tuple[How, float], ...] = (("refuses", 12.0), ("hangs", 15.0))
"""Real seconds: a webhook is tried in the machine's time, however fast the campaign's runs."""
LOOK_SECONDS, ASK_SECONDS = 0.1, 5.0
REST_SECONDS = 180.0
"""Real seconds that are waited at most for a lane that failed to be tried again."""
_WORDS = ("sent", "retried", "held", "given_up", "waiting")


@dataclass(slots=True)
class Telling:
    """What notify's rows say at the end, against what the platform heard."""

    hook: Hook | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    demands: set[bytes] = field(default_factory=set)
    _found: dict[str, Any] | None = None

    def take(self, topic: str, value: bytes, at: int) -> None:
        """Only how many demands there were."""
        if topic == DEMANDS:
            self.demands.add(json.loads(value)["subject"].encode())

    def figures(self) -> dict[str, Any]:
        """By recipient what its deliveries came to; doubled and missing must be 0."""
        if self._found is None:
            self._found = self._look()
        return self._found

    def _look(self) -> dict[str, Any]:
        rows = json.loads(self._ask("summary", "--json"))["recipients"]
        taken = Counter(self._ask("taken", PLATFORM).split())
        hook = self.hook
        heard = set(hook.known) if hook else set[str]()
        recipients: dict[str, dict[str, int]] = {}
        for row in rows:
            name = f"{row['recipient']} {row['channel']}"
            recipients[name] = {word: row[word] for word in _WORDS}
        return {
            "recipients": recipients,
            "webhook": {"refused": hook.refused, "hung": hook.hung, "repeated": hook.repeated} if hook else {},
            # Told twice under two ids, or written down as sent more often than once; sent and never heard.
            "doubled": (hook.doubled if hook else 0) + sum(n - 1 for n in taken.values()),
            "missing": len(taken.keys() - heard) + sum(each["waiting"] for each in recipients.values()),
        }

    def waiting(self) -> int:
        """How many deliveries are still to be sent."""
        return sum(row["waiting"] for row in json.loads(self._ask("summary", "--json"))["recipients"])

    def lines(self) -> list[str]:
        """The same as a table."""
        found = self.figures()
        head = ["recipient", "channel", *(word.replace("_", " ") for word in _WORDS)]
        table = [head, *[[*name.split(), *map(str, row.values())] for name, row in found["recipients"].items()]]
        widths = [max(len(row[place]) for row in table) for place in range(len(head))]
        shown = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in table]
        down = ", ".join(f"{count} {word}" for word, count in found["webhook"].items())
        return [
            *shown,
            "",
            f"The platform's webhook: {down}",
            f"doubled: {found['doubled']}, missing: {found['missing']}",
        ]

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "services.notify", "deliveries", *arguments],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **self.environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        return done.stdout.decode("utf-8")


async def _beside(on: Scene, plan: Plan) -> None:
    """Down once the platform has begun to hear, in two ways, and back."""
    hook, telling = on.hook, on.observer
    assert isinstance(telling, Telling)
    telling.hook, telling.environment = hook, on.stack.environment("notify")
    while len(hook.known) < HEARD_BEFORE:  # noqa: ASYNC110 - the hook tells by a count
        await asyncio.sleep(LOOK_SECONDS)
    for how, seconds in BROKEN:
        on.report(f"The platform's webhook {how} now")
        hook.how = how
        await asyncio.sleep(seconds)
    hook.how = "takes"
    on.report("The platform's webhook is back")


async def _after(on: Scene) -> None:
    """What waits for a webhook that is back goes when its rest is over: in the machine's time, not the month's."""
    telling, give_up = on.observer, time.monotonic() + REST_SECONDS
    assert isinstance(telling, Telling)
    while (waits := await asyncio.to_thread(telling.waiting)) and time.monotonic() < give_up:
        on.report(f"{waits} notices wait for their webhook's rest to be over")
        await asyncio.sleep(ASK_SECONDS)


SCENARIO = Scenario(
    "webhook-down",
    "200 demands while a partner's webhook refuses and hangs; per recipient what was sent, retried, held and given up",
    beside=_beside,
    after=_after,
    observer=lambda _: Telling(),
)
