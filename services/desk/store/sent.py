"""What officers have sent to the gate, and what the read model knows of its answer.

A claim is found by the trace that the act was sent with; its answer by the claim's id, which is its cause. Both lie in
the household's own stretch of the timeline, some dozens of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from services.desk.domain.answers import Answer, answer_of
from shared.database import Connection

_ADD = """
INSERT INTO sent (id, account, household, demand, about, action, sent_at, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'sent')
"""
_SETTLE = "UPDATE sent SET outcome = $2, answer = $3, reason_zh = $4, reason_en = $5 WHERE id = $1 AND outcome = 'sent'"
# One claim may bring about several events: the one about the same referral or case is its answer.
_ANSWER = """
SELECT answer.type, answer.params FROM sent AS s
JOIN timeline AS claim ON claim.household = s.household AND claim.trace = s.id
JOIN timeline AS answer ON answer.household = s.household AND answer.cause = claim.event
WHERE s.id = $1 ORDER BY answer.about IS NOT DISTINCT FROM s.about DESC, answer.event LIMIT 1
"""
_REFUSED = "SELECT problems FROM refusals WHERE source_id = $1 AND partner = $2 LIMIT 1"
_LAST = """
SELECT DISTINCT ON (about) * FROM sent WHERE about = ANY($1) AND sent_at > $2
ORDER BY about, sent_at DESC
"""
_ONE = "SELECT * FROM sent WHERE id = $1 AND account = $2"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one officer, as it is sent. `about` is the referral or case."""

    id: UUID
    account: UUID
    household: UUID
    demand: UUID
    about: UUID
    action: str
    sent_at: datetime


async def add(connection: Connection, act: Act) -> None:
    """Remember it before it goes out: what is sent and not remembered could never show its answer."""
    await connection.execute(_ADD, act.id, act.account, act.household, act.demand, act.about, act.action, act.sent_at)


async def settle(connection: Connection, identifier: UUID, answer: Answer) -> None:
    """Keep the answer; the first one stays."""
    await connection.execute(_SETTLE, identifier, answer.outcome, answer.event, answer.reason_zh, answer.reason_en)


async def answer(connection: Connection, identifier: UUID, partner: str) -> Answer:
    """What the read model knows by now of the answer to one act."""
    row = await connection.fetchrow(_ANSWER, identifier)
    if row is not None:
        told = msgspec.json.decode(row["params"] or b"{}")
        return answer_of(row["type"], told.get("zh"), told.get("en"))
    problems = await connection.fetchval(_REFUSED, str(identifier), partner)
    if problems is None:
        return answer_of(None)
    found = msgspec.json.decode(problems)
    texts = ("；".join(each["zh"] for each in found), "; ".join(each["en"] for each in found))
    return answer_of("demand.input-refused", *texts)


async def last_about(connection: Connection, about: Sequence[UUID], since: datetime) -> dict[UUID, Record]:
    """The latest act about each of these referrals or cases, by whichever officer of the house."""
    rows = await connection.fetch(_LAST, about, since)
    return {row["about"]: row for row in rows}


async def one(connection: Connection, identifier: UUID, account: UUID) -> Record | None:
    """One act of this officer."""
    return await connection.fetchrow(_ONE, identifier, account)
