"""A file that is handed in: made anew, sealed into the vault, and told as an event like any other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

import msgspec

from services.intake.domain.answers import Answer, Paper, Refusal
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker, may_say
from services.intake.handlers.gate import Gate, Known, event_of
from shared.contracts.door import EvidenceAttached
from shared.contracts.ids import demand_id, file_id
from shared.vault import Erased, FileFacts, Vault

HEADS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "application/pdf": b"%PDF-"}
"""The kinds of files that are taken, and how each begins."""
Clean = Callable[[bytes, str], Awaitable[bytes | None]]
_encode = msgspec.json.Encoder().encode


class Papers:
    """The file is kept before the event is sent; what the loop then refuses takes it away again."""

    def __init__(self, gate: Gate, vault: Vault, known: Known, clean: Clean) -> None:
        self._gate, self._vault, self._known, self._clean = gate, vault, known, clean

    async def paper(self, paper: Paper, speaker: Speaker) -> Answer:
        if forbidden := may_say(speaker.role, "evidence-attached", "/type"):
            return Refusal((forbidden,), forbidden=True)
        demand = paper.demand or (demand_id(speaker.partner, paper.source_id) if paper.source_id else speaker.demand)
        if demand is None:
            return _refused(problem("demand-not-named", "/demand"))
        household = await self._household(demand, speaker)
        if isinstance(household, Problem):
            return _refused(household)
        made = await self._made(paper)
        if isinstance(made, Problem):
            return _refused(made)
        digest = sha256(made).hexdigest()
        facts = FileFacts(file_id(speaker.partner, demand, digest), household, paper.kind, paper.media_type, digest)
        return await self._keep(facts, made, demand, speaker)

    async def _household(self, demand: UUID, speaker: Speaker) -> UUID | Problem:
        """Whose key seals it. Whether this speaker may add to that demand, the loop decides with all that it knows."""
        household = (await self._known([demand])).get(demand)
        strange = speaker.role == "household" and speaker.demand != demand
        return problem("demand-unknown", "/demand") if household is None or strange else household

    async def _made(self, paper: Paper) -> bytes | Problem:
        head = HEADS.get(paper.media_type)
        if head is None or not paper.content.startswith(head):
            return problem("file-kind", "/Content-Type", ", ".join(HEADS))
        made = await self._clean(paper.content, paper.media_type)
        return problem("file-broken", "") if made is None else made

    async def _keep(self, facts: FileFacts, made: bytes, demand: UUID, speaker: Speaker) -> Answer:
        try:
            await self._vault.keep_file(facts, made)
        except Erased:
            return _refused(problem("erased", "/demand"))
        return (await self._gate.events([(_event(facts, demand), speaker)]))[0]


def _event(facts: FileFacts, demand: UUID) -> bytes:
    data = {"demand": demand, "kind": facts.kind, "file": facts.id, "sha256": facts.sha256}
    return event_of(f"file-{facts.id}", EvidenceAttached.TYPE, _encode(data), None, False)


def _refused(fault: Problem) -> Refusal:
    return Refusal((fault,))
