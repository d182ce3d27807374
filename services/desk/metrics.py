"""The desk's own metrics; labels are closed sets. What the read model holds is counted anew: true after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.metric_list import counter, gauge, histogram

PAGE_SECONDS = histogram("freshwater_desk_page_seconds")
SIGN_INS = counter("freshwater_desk_sign_ins_total")
ACTS = counter("freshwater_desk_acts_total")
LISTENERS = gauge("freshwater_desk_live_listeners")
DEMANDS = gauge("freshwater_demands")
REFERRALS = gauge("freshwater_referrals")
REFERRALS_OVERDUE = gauge("freshwater_referrals_overdue")
UNITS_UNSEEN = gauge("freshwater_units_unseen")


class Counted(NamedTuple):
    """What was counted: (name, subject, label, n) of the rolled-up counters, and what lies past its time."""

    rows: Sequence[tuple[str, str, str, int]]
    referrals_overdue: int
    units_unseen: int


def show(counted: Counted) -> None:
    """Set the gauges; what nothing is in any more goes."""
    for each in (DEMANDS, REFERRALS):
        each.clear()
    for name, subject, label, n in counted.rows:
        if name == "docking":
            DEMANDS.labels(label).set(n)
        elif name == "referral":
            REFERRALS.labels(subject, label).set(n)
    REFERRALS_OVERDUE.set(counted.referrals_overdue)
    UNITS_UNSEEN.set(counted.units_unseen)
