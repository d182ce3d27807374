"""Papers of a demand (证明材料): a file that the vault keeps, or a number where no file is needed."""

from __future__ import annotations

from dataclasses import replace

from services.intake.domain.demand import Demand
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.ground import ground_of, household_in
from services.intake.handlers.named import named_demand
from services.intake.handlers.telling import about_demand, demand_key, refused, repeated, summary_of, verdict
from services.intake.store import FileRefused
from shared.contracts import demands, door
from shared.contracts.envelope import Data
from shared.contracts.ids import file_id
from shared.decision import Decision, Taken, World

MOST_PAPERS = 50


def attach(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """What is refused leaves no file behind."""
    said: door.EvidenceAttached = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return _refused(taken, demand, speaker, world)
    fault = _fault(said, demand, world)
    if fault is not None:
        return _refused(taken, fault, speaker, world)
    paper = f"{said.kind}/{said.file or said.number}"
    if paper in demand.evidence:
        return repeated(speaker, demand.id)
    after = replace(demand, evidence=(*demand.evidence, paper))
    summary = summary_of(after, household_in(world, after.household))
    if said.file is not None:
        sha256 = ground_of(world).files[said.file].sha256
        data: Data = demands.EvidenceAttached(summary=summary, kind=said.kind, file=said.file, sha256=sha256)
    else:
        data = demands.EvidenceNumbered(summary=summary, kind=said.kind, number=said.number or "-")
    return Decision(
        emits=[about_demand(world, after, data, speaker)],
        states={demand_key(after.household, after.id): after},
        rows=verdict(speaker, "accepted", after.id),
    )


def read(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """What a bank or office made of a paper. The demand is as it was: what the paper says comes as facts."""
    said: door.EvidenceRead = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    known = ground_of(world).files.get(said.file)
    if known is None or known.household != demand.household:
        return refused(taken, [problem("file-unknown", "/data/file")], speaker, demand.household)
    summary = summary_of(demand, household_in(world, demand.household))
    data = demands.EvidenceRead(
        summary=summary, kind=known.kind, file=known.id, outcome=said.outcome, reason=said.reason
    )
    return Decision(
        emits=[about_demand(world, demand, data, speaker)],
        states={demand_key(demand.household, demand.id): demand},
        rows=verdict(speaker, "accepted", demand.id),
    )


def _fault(said: door.EvidenceAttached, demand: Demand, world: World) -> Problem | None:
    if demand.state == "erased":
        return problem("erased", "/data/demand")
    if (said.file is None) == (said.number is None):
        return problem("file-or-number", "/data/file")
    if len(demand.evidence) >= MOST_PAPERS:
        return problem("too-many", "/data/file", str(MOST_PAPERS))
    known = ground_of(world).files.get(said.file) if said.file else None
    if said.file is not None and (known is None or known.household != demand.household):
        return problem("file-unknown", "/data/file")
    if known is not None and said.sha256 is not None and known.sha256 != said.sha256:
        return problem("file-unknown", "/data/sha256")
    return None


def _refused(taken: Taken, fault: Problem, speaker: Speaker, world: World) -> Decision:
    """A file that the gate's HTTP has just taken for this event belongs to nothing now."""
    said: door.EvidenceAttached = taken.event.data
    decision = refused(taken, [fault], speaker)
    known = ground_of(world).files.get(said.file) if said.file else None
    if known is None or said.demand is None or known.id != file_id(speaker.partner, said.demand, known.sha256):
        return decision
    return decision._replace(rows=[*decision.rows, FileRefused(known.id)])
