"""What one service can say of itself for the books, in one consistent view: how far it is, and what it counts."""

from __future__ import annotations

from typing import Any

from shared.database import Connection

PATIENCE_SECONDS = 600.0
"""Counting a big table takes its time; the limit of an ordinary connection is for the loop."""

_STATES = (
    "SELECT kind, label, count(*) AS n, count(owner) AS owned FROM states GROUP BY kind, label ORDER BY kind, label"
)
_JOURNAL = """
SELECT topic, type, outcome, count(*) AS n, count(outputs) AS told FROM journal
GROUP BY topic, type, outcome ORDER BY 1, 2, 3
"""
# What waits for somebody must have an owner and a clock; ten names are enough to start looking.
_UNCLOCKED = """
SELECT subject, kind, label, owner, count(*) OVER () AS n FROM states
WHERE kind = $1 AND NOT label = ANY($2::text[]) AND (owner IS NULL OR NOT EXISTS (
    SELECT FROM deadlines WHERE (deadlines.household, deadlines.subject) = (states.household, states.subject)))
LIMIT 10
"""
_WAITING = """
SELECT label, split_part(owner, ':', 1) AS owner, count(*) AS n FROM states
WHERE kind = $1 AND NOT label = ANY($2::text[]) GROUP BY 1, 2 ORDER BY 1, 2
"""
_DEADLINES = "SELECT count(*) FILTER (WHERE fired_at IS NULL) AS open, count(fired_at) AS fired FROM deadlines"
# Fired and still there: the event is on its way, or nobody handles it.
_FIRED = "SELECT subject, kind, fired_at FROM deadlines WHERE fired_at IS NOT NULL ORDER BY fired_at LIMIT 10"
_SUBJECTS = "SELECT subject::text FROM states WHERE kind = $1"


async def accounts(connection: Connection, clocked: dict[str, list[str]]) -> dict[str, Any]:
    """Watermarks by topic and partition, states, journal and deadlines by kind.

    `clocked` names the kinds whose states need an owner and a deadline, with the labels that are exempt.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        journal = await connection.fetch(_JOURNAL, timeout=PATIENCE_SECONDS)
        return {**await standing(connection, clocked), "journal": [dict(row) for row in journal]}


async def standing(connection: Connection, clocked: dict[str, list[str]]) -> dict[str, Any]:
    """The same without the journal. Inside a transaction that sees one moment."""
    unclocked: list[dict[str, str]] = []
    waiting, without = [], 0
    for kind, exempt in clocked.items():
        for row in await connection.fetch(_WAITING, kind, exempt, timeout=PATIENCE_SECONDS):
            waiting.append({"kind": kind, **row})
        found = await connection.fetch(_UNCLOCKED, kind, exempt, timeout=PATIENCE_SECONDS)
        without += found[0]["n"] if found else 0
        unclocked += [{name: str(value) for name, value in row.items() if name != "n"} for row in found]
    deadlines = await connection.fetchrow(_DEADLINES, timeout=PATIENCE_SECONDS)
    fired = await connection.fetch(_FIRED, timeout=PATIENCE_SECONDS)
    return {
        "watermarks": await watermarks(connection),
        "states": [dict(row) for row in await connection.fetch(_STATES, timeout=PATIENCE_SECONDS)],
        "deadlines": dict(deadlines) if deadlines else {},
        "fired": [f"{row['kind']} of {row['subject']}, fired {row['fired_at'].isoformat()}" for row in fired],
        "waiting": waiting,
        "unclocked": unclocked,
        "without_clock": without,
    }


async def watermarks(connection: Connection) -> dict[str, dict[int, int]]:
    """How far each partition has been taken: the first offset that has not."""
    found: dict[str, dict[int, int]] = {}
    for row in await connection.fetch("SELECT topic, partition, next FROM offsets ORDER BY topic, partition"):
        found.setdefault(row["topic"], {})[row["partition"]] = row["next"]
    return found


async def subjects(connection: Connection, kind: str) -> list[str]:
    """The ids of all states of a kind."""
    return [row["subject"] for row in await connection.fetch(_SUBJECTS, kind, timeout=PATIENCE_SECONDS)]
