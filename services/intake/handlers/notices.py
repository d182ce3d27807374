"""What is said of no demand: a visit (走访), what a unit can take, a delivery receipt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.ground import ground_of
from services.intake.handlers.telling import refused, repeated, verdict
from services.intake.store import Limit, Visit
from shared.contracts import capacity, door, households, receipts
from shared.contracts.ids import caused_id, timed_id
from shared.contracts.topics import CAPACITY, HOUSEHOLDS, RECEIPTS
from shared.decision import Decision, Emit, Taken, World

FORTNIGHT = timedelta(days=14)


def visit(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Somebody went to see a household. One that is not known yet gets an id of the visit's own.

    A bank is warned of another one's visit within a fortnight.
    """
    said: door.VisitLogged = taken.event.data
    ground = ground_of(world)
    household = said.household or ground.shops.get(taken.id) or caused_id(taken.id, "visited")
    bank = speaker.speaks_for[0] if speaker.role == "bank" and speaker.speaks_for else None
    earlier = lately(ground.visits.get(household, ()), bank, said.on) if bank else None
    data = households.Visited(
        household=household,
        visitor=said.visitor,
        county=said.county,
        on=said.on,
        outcome=said.outcome,
        bank=bank,
        earlier_bank=earlier.bank if earlier else None,
        earlier_on=earlier.on if earlier else None,
    )
    emit = Emit(HOUSEHOLDS, data, household, household, 0, speaker.actor, _simulated(taken, speaker))
    warnings = [problem("visited-lately", "/data/on", earlier.on.isoformat())] if earlier else []
    rows = [Visit(household, bank, said.on)] if bank else []
    return Decision(emits=[emit], rows=[*rows, *verdict(speaker, "passed_on", None, warnings)])


def lately(visits: Iterable[Visit], bank: str, on: date) -> Visit | None:
    """The latest visit of another bank that lies within a fortnight of this one."""
    others = [each for each in visits if each.bank != bank and abs(on - each.on) < FORTNIGHT]
    return max(others, key=lambda each: each.on, default=None)


def limit(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """What a unit can take; the topic keeps the newest version of each."""
    said: door.LimitDeclared = taken.event.data
    ground = ground_of(world)
    known = ground.limits.get(said.unit)
    if known is not None and said.version == known:
        return repeated(speaker)
    if known is not None and said.version < known:
        return refused(taken, [problem("version-older", "/data/version")], speaker)
    data = capacity.LimitDeclared(
        bank=ground.terms.units[said.unit],
        unit=said.unit,
        version=said.version,
        open_limit=said.open_limit,
        quota_yuan=said.quota_yuan,
    )
    emit = Emit(
        CAPACITY, data, key_of("unit", said.unit), said.unit, said.version, speaker.actor, _simulated(taken, speaker),
        key_text=said.unit,
    )  # fmt: skip
    return Decision(emits=[emit], rows=[Limit(said.unit, said.version), *verdict(speaker, "passed_on")])


def receipt(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """What a channel says became of a message; keyed by the number that the channel gave it."""
    said: door.ReceiptCame = taken.event.data
    data = receipts.ReceiptCame(number=said.number, channel=said.channel, outcome=said.outcome, reason=said.reason)
    emit = Emit(
        RECEIPTS, data, key_of("message", said.number), said.number, 0, speaker.actor, _simulated(taken, speaker),
        key_text=said.number,
    )  # fmt: skip
    return Decision(emits=[emit], rows=verdict(speaker, "passed_on"))


def key_of(kind: str, name: str) -> UUID:
    """The partition of what is keyed by a text: its hash, without a time."""
    return timed_id(0, f"{kind}/{name}")


def _simulated(taken: Taken, speaker: Speaker) -> bool:
    return bool(taken.event.simulated or speaker.simulated)
