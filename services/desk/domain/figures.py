"""The campaign in figures, from rolled-up counters: the funnel, who stands where, what money has moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from services.desk.domain.rows import STAGES


class Counted(NamedTuple):
    """How many, and the yuan that they asked for, were granted or drew."""

    n: int = 0
    yuan: int = 0

    def plus(self, other: Counted) -> Counted:
        return Counted(self.n + other.n, self.yuan + other.yuan)


NONE = Counted()


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is past its time, and what is held by a dead letter."""

    referrals: int = 0
    cases: int = 0
    letters: int = 0


@dataclass(frozen=True, slots=True)
class Campaign:
    """Counts by label; `funnel` is in the order of the stages, each within the one before."""

    demands: Counted
    funnel: dict[str, Counted]
    docking: dict[str, Counted]
    referrals: dict[str, Counted]
    cases: dict[str, Counted]
    deliveries: dict[str, dict[str, Counted]]
    events: dict[str, Counted]
    granted: Counted
    disbursed: Counted
    simulated: int
    overdue: Overdue = field(default_factory=Overdue)


def campaign(counters: Iterable[tuple[str, str, str, int, int]], overdue: Overdue) -> Campaign:
    """From (name, subject, label, n, yuan). A demand counts at every stage up to the furthest that it reached."""
    by_label: dict[str, dict[str, Counted]] = {}
    by_subject: dict[str, dict[str, Counted]] = {}
    for name, subject, label, n, yuan in counters:
        counted = Counted(n, yuan)
        labels = by_label.setdefault(name, {})
        labels[label] = labels.get(label, NONE).plus(counted)
        if name == "delivery":
            by_subject.setdefault(subject, {})[label] = counted
    demands = _sum(by_label.get("intake", {}).values())
    return Campaign(
        demands=demands,
        funnel=_funnel(demands, by_label.get("stage", {})),
        docking=by_label.get("docking", {}),
        referrals=by_label.get("referral", {}),
        cases=by_label.get("case", {}),
        deliveries=by_subject,
        events=by_label.get("event", {}),
        granted=_sum(by_label.get("granted", {}).values()),
        disbursed=_sum(by_label.get("disbursed", {}).values()),
        simulated=_sum(by_label.get("simulated", {}).values()).n,
        overdue=overdue,
    )


def _funnel(demands: Counted, reached: dict[str, Counted]) -> dict[str, Counted]:
    funnel = {"demanded": demands}
    for number, stage in enumerate(STAGES, 1):
        funnel[stage] = _sum(counted for label, counted in reached.items() if int(label) >= number)
    return funnel


def _sum(counts: Iterable[Counted]) -> Counted:
    total = NONE
    for counted in counts:
        total = total.plus(counted)
    return total
