"""What a scenario is: what it changes of the plan, what it does beside the run, what it watches and tells of."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from freshwater.demo.plan import Plan
from shared.catalogue import Release

if TYPE_CHECKING:
    from freshwater.demo.running import Scene


class Observer(Protocol):
    """Sees every event of demands, referrals and cases, and tells at the end what it came to."""

    def take(self, topic: str, value: bytes, at: int) -> None:
        """One event, as it stands on its topic; `at` is when the broker got it, in real milliseconds."""
        ...

    def figures(self) -> dict[str, Any]:
        """Its part of the last line."""
        ...

    def lines(self) -> list[str]:
        """The same for people, printed before the last line."""
        ...


def ends_by_itself(plan: Plan) -> Plan:
    """From empty data to the end, and nothing else."""
    return replace(plan, ends=True)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named course of a demonstration.

    `demands`: how many come where nobody says; `plan`: fills the plan in; `beside`: runs while the month runs (it
    breaks something and mends it) and is cancelled at its end; `after`: waits, when the month is over and before the
    books, for what has to come to an end; `observer`: made at the start, asked at the end; `known`: the catalogue as
    the simulated partners know it, with what is published only later.
    """

    name: str
    says: str
    demands: int = 200
    plan: Callable[[Plan], Plan] = ends_by_itself
    beside: Callable[[Scene, Plan], Coroutine[Any, Any, None]] | None = None
    after: Callable[[Scene], Coroutine[Any, Any, None]] | None = None
    observer: Callable[[Plan], Observer] | None = None
    known: Callable[[Release], Release] = lambda release: release
