"""网点转交: a referral that came to the wrong branch is passed on inside its bank. The clock goes on."""

from __future__ import annotations

from dataclasses import replace

from services.matching.domain.capacity import Seat, fits, seat_at, units_for
from services.matching.domain.demand import Referral
from services.matching.domain.docking import Docking, settle
from services.matching.domain.refusals import Refusal, refusal

MAY_BE_PASSED = ("open", "accepted", "contacted")


def passes_on(docking: Docking, referral: Referral, named: str | None) -> Refusal | None:
    """To the unit that the bank names, or to the next of its units that takes the place; never beyond its limit."""
    if referral.state not in MAY_BE_PASSED:
        return refusal("already_offered")
    institution = docking.snapshot.rules.institutions.get(referral.bank)
    if institution is None:
        return refusal("no_other_unit")
    units = [unit for unit in institution.units if unit.id != referral.unit]
    if named is None:
        here = units_for(institution, docking.demand.county, docking.demand.industry)
        units = [unit for unit in here if unit.id != referral.unit]
    elif named not in [unit.id for unit in units]:
        return refusal("unknown_unit", units=", ".join(unit.id for unit in units) or "-")
    else:
        units = [unit for unit in units if unit.id == named]
    seats = [seat_at(institution, unit, docking.units) for unit in units]
    free = next((seat for seat in seats if fits(seat, referral.held_yuan)), None)
    if free is None:
        return refusal("no_other_unit" if named is None else "unit_full")
    _move(docking, referral, free)
    return None


def _move(docking: Docking, referral: Referral, seat: Seat) -> None:
    docking.move(referral.unit, places=-1, held_yuan=-referral.held_yuan)
    docking.move(seat.unit, places=1, held_yuan=referral.held_yuan)
    moved = replace(referral, unit=seat.unit)
    docking.put(moved)
    docking.say_of(moved, "contacted", outcome="wrong_branch", from_unit=referral.unit)
    settle(docking)
