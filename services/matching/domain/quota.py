"""Money and places that a unit has no more of: what may still be promised there, and what goes back."""

from __future__ import annotations

from services.matching.domain.capacity import Seat, is_over, seat_at
from services.matching.domain.demand import Referral
from services.matching.domain.docking import Docking, end
from services.matching.domain.refusals import Refusal, refusal


def seat_of(docking: Docking, referral: Referral) -> Seat | None:
    """The seat that a referral has; None where the catalogue no longer has the unit."""
    institution = docking.snapshot.rules.institutions.get(referral.bank)
    unit = next((unit for unit in institution.units if unit.id == referral.unit), None) if institution else None
    return seat_at(institution, unit, docking.units) if institution and unit else None


def holds(docking: Docking, referral: Referral, amount_yuan: int) -> Refusal | None:
    """Whether the unit's money quota holds this amount, in place of what the referral holds already."""
    more, seat = amount_yuan - referral.held_yuan, seat_of(docking, referral)
    if more <= 0 or seat is None or seat.left_yuan is None or more <= seat.left_yuan:
        return None
    return refusal("above_quota", left=max(seat.left_yuan + referral.held_yuan, 0))


def give_back(docking: Docking) -> bool:
    """Take back what units that ran out have not accepted; true where something was. What they accepted stays.

    Each demand is looked at in its own turn and sees the unit as the turns before have left it, so no more goes back
    than is too much.
    """
    given = False
    for referral in docking.demand.live:
        seat = seat_of(docking, referral) if referral.state == "open" else None
        if seat is not None and is_over(seat):
            end(docking, referral, "recalled")
            docking.say_of(referral, "recalled", reason="unit_full")
            given = True
    if given and not docking.demand.live:
        # A bank that could not take it has not answered: the demand has this round still to come.
        docking.change(rounds_from=docking.demand.rounds_from + 1)
    return given
