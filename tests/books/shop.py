"""What the services on paper have decided, beside their journals: states, clocks, deliveries, rows of the desk."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeAlias
from uuid import UUID

from freshwater.books.records import Place, Seen
from shared.contracts import cases, clock, demands, door, feedback, referrals, told
from shared.contracts.envelope import Data, sequence_of
from shared.contracts.ids import caused_id, timed_id
from shared.contracts.topics import CASES, CLOCK, DEMANDS, FEEDBACK, REFERRALS, dead_letters, door_in, door_out
from shared.ledger import LETTER
from shared.rendering import Output

DOOR, OUT = door_in("hall"), door_out("hall")
START_MS = 1_790_000_000_000
OBSTACLES = ("tax-arrears", "no-licence")
Decided: TypeAlias = "tuple[str, str, list[Output]] | None"


@dataclass
class Shop:
    """`states`: demand -> label and owner. `clocks`: demand -> whether it has fired. `deliveries`: id -> channel and
    state. `rows`: demand -> its three sequences on the desk; `lines` and `shown`: the desk's timeline."""

    states: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    clocks: dict[str, bool] = field(default_factory=dict)
    deliveries: dict[str, tuple[str, str]] = field(default_factory=dict)
    notices: int = 0
    rows: dict[str, list[int | None]] = field(default_factory=dict)
    lines: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)

    def decide(self, service: str, record: Seen, identifier: UUID, value: bytes) -> Decided:
        """Type, outcome and outputs; None where the service skips the record."""
        by_service: dict[str, Callable[[Seen, UUID, bytes], Decided]] = {
            "intake": self._intake,
            "matching": self._matching,
            "escalation": self._escalation,
            "notify": self._notify,
            "desk": self._desk,
        }
        return by_service[service](record, identifier, value)

    def sweep(self) -> list[Output]:
        """What is due, each under an id of its own."""
        due = [demand for demand, fired in self.clocks.items() if not fired]
        self.clocks |= dict.fromkeys(due, True)
        passed = clock.MatchingDeadlinePassed
        return [event(CLOCK, passed, (each := timed_id(START_MS, f"due {demand}")), demand, {}, each) for demand in due]

    def send(self) -> list[Output]:
        """Mail that waits goes out; its end is told."""
        waiting = [each for each, (_, state) in self.deliveries.items() if state == "pending"]
        self.deliveries |= dict.fromkeys(waiting, ("email", "sent"))
        return [
            event(FEEDBACK, feedback.Sent, caused_id(UUID(each), "end"), each, {"delivery": each}, UUID(each))
            for each in waiting
        ]

    def _intake(self, record: Seen, identifier: UUID, value: bytes) -> Decided:
        if record.place.topic != DOOR:
            return (record.type, "decided", []) if record.type == referrals.RoundOpened.TYPE else None
        said = json.loads(value)
        demand = str(timed_id(START_MS, f"demand {said['number']}"))
        emit = emitter("intake", identifier, demand)
        kind, what = door.DemandSubmitted.TYPE, said["what"]
        if what == "garbage":
            aside = letter("intake", record.place, record.offset, identifier, value)
            return "invalid_json", "dead_lettered", [aside]
        if what == "rejected":
            return kind, "refused", [emit(DEMANDS, demands.Rejected, {"demand": demand})]
        return kind, "decided", [emit(DEMANDS, demands.Accepted, {"summary": {"demand": demand, "state": what}}, 1)]

    def _matching(self, record: Seen, identifier: UUID, value: bytes) -> Decided:
        if record.type == clock.MatchingDeadlinePassed.TYPE:
            demand = json.loads(value)["subject"]
            self.clocks.pop(demand, None)
            self.states[demand] = ("closed", None)
            emit = emitter("matching", identifier, demand)
            closed = emit(REFERRALS, referrals.Closed, {"summary": {"demand": demand, "state": "closed"}}, 2)
            return record.type, "decided", [closed]
        if record.type != demands.Accepted.TYPE:
            return None
        emit, obstructed = emitter("matching", identifier, record.demand), record.state == "obstructed"
        label = "obstructed" if obstructed else "referred"
        self.states[record.demand] = (label, "household:x" if obstructed else "bank:x")
        if record.state == "expiring":
            self.clocks[record.demand] = False
        fields: dict[str, Any] = {"summary": {"demand": record.demand, "state": label}}
        if obstructed:
            return record.type, "decided", [emit(REFERRALS, referrals.Obstructed, fields | {"obstacles": OBSTACLES}, 1)]
        return record.type, "decided", [emit(REFERRALS, referrals.RoundOpened, fields, 1)]

    def _escalation(self, record: Seen, identifier: UUID, value: bytes) -> Decided:
        if record.type != referrals.Obstructed.TYPE:
            return None
        emit, summary = emitter("escalation", identifier, record.demand), {"demand": record.demand}
        guided = [emit(CASES, cases.Guided, {"summary": summary, "obstacle": each}, 1) for each in record.obstacles]
        return record.type, "decided", guided

    def _notify(self, record: Seen, identifier: UUID, value: bytes) -> Decided:
        if not record.demand:
            return None
        emit = emitter("notify", identifier, record.demand)
        notice, mail = str(caused_id(identifier, "door")), str(caused_id(identifier, "mail"))
        self.deliveries |= {notice: ("door", "sent"), mail: ("email", "pending")}
        self.notices += 2
        recorded = emit(FEEDBACK, feedback.Noticed, {"notices": [{"delivery": notice}]})
        return record.type, "decided", [emit(OUT, told.Told, {"notice": notice}), recorded]

    def _desk(self, record: Seen, identifier: UUID, value: bytes) -> Decided:
        if record.type == LETTER:
            return "desk.letter", "decided", []
        if record.place.topic != FEEDBACK:
            self.lines[record.type.removeprefix("org.freshwater.").rpartition(".")[0]] += 1
            self.shown.add(record.id)
        if record.demand:
            row = self.rows.setdefault(record.demand, [None, None, None])
            column = (DEMANDS, REFERRALS, CASES).index(record.place.topic)
            row[column] = max(row[column] or 0, record.sequence)
        return record.type, "decided", []


def letter(service: str, place: Place, offset: int, identifier: UUID, value: bytes | None) -> Output:
    """A record that was set aside, with as much of its headers as the books look at."""
    headers = (
        ("dlq-id", str(caused_id(identifier, f"{service}/letter")).encode()),
        ("dlq-topic", place.topic.encode()),
        ("dlq-origin", f"{place.topic}/{place.partition}/{offset}".encode()),
    )
    return Output(dead_letters(service), None, str(identifier).encode(), value, headers)


def emitter(service: str, cause: UUID, demand: str) -> Callable[..., Output]:
    """Renders events of one cause, under the ids that the real one gives them."""
    places = count()

    def emit(topic: str, data: type[Data], fields: dict[str, Any], sequence: int = 0) -> Output:
        return event(topic, data, caused_id(cause, f"{service}/{next(places)}"), demand, fields, cause, sequence)

    return emit


def event(
    topic: str, data: type[Data], identifier: UUID, subject: str, fields: dict[str, Any], cause: UUID, sequence: int = 0
) -> Output:
    """As much of an event as the books look at."""
    attributes = {"id": str(identifier), "type": data.TYPE, "subject": subject, "causationid": str(cause)}
    value = json.dumps({**attributes, "sequence": sequence_of(sequence), "data": fields}).encode()
    return Output(topic, UUID(subject).int & 0xFFFFFFFF, subject.encode(), value, (("ce_type", data.TYPE.encode()),))
