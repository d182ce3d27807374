"""An older backup is restored: what was told since is learnt back from our own topics and is never told otherwise."""

from __future__ import annotations

import asyncpg

from tests.loop.harness import Stage, until, visit


async def test_after_an_older_backup_the_same_events_go_out_with_the_same_bytes(stage: Stage) -> None:
    await stage.feed([visit(n) for n in range(200)])
    await run_until(stage, 200)
    backup = f"{stage.dsn}_backup"
    await copy(stage.dsn, backup)
    await stage.feed([visit(n) for n in range(200, 500)])
    await run_until(stage, 500)
    told_before = (await stage.told()).by_id()

    await copy(backup, stage.dsn)
    assert await stage.taken() == 200, "the database is behind the group"
    await stage.feed([visit(n) for n in range(500, 600)])
    await run_until(stage, 600)

    told = await stage.told()
    told.check(600)
    assert {identifier: told.by_id()[identifier] for identifier in told_before} == told_before
    assert await stage.taken() == 600
    assert (await stage.sql("SELECT sum(revision) FROM states"))[0][0] == 600, "states were decided again, once"
    assert stage.said(0, "journal_refilled")
    await drop(backup)


async def test_a_lost_database_starts_from_the_beginning(stage: Stage) -> None:
    await stage.feed([visit(n) for n in range(150)])
    await run_until(stage, 150)
    told_before = (await stage.told()).by_id()
    await copy(None, stage.dsn)
    await run_until(stage, 150)
    told = await stage.told()
    assert told.by_id() == told_before
    assert (await stage.sql("SELECT sum(revision) FROM states"))[0][0] == 150


async def run_until(stage: Stage, count: int) -> None:
    """One member works until the journal holds so many, then leaves in order."""
    process = stage.start(0)

    async def done() -> bool:
        return await stage.taken() >= count and len((await stage.told()).by_id()) >= count

    await until(done, what=f"{count} taken and told")
    process.terminate()

    async def ended() -> bool:
        return process.poll() is not None

    await until(ended, what="the member's end")


async def copy(source: str | None, target: str) -> None:
    """Make `target` an exact copy of `source`, or empty."""
    await drop(target)
    name = target.rpartition("/")[2]
    template = f'TEMPLATE "{source.rpartition("/")[2]}"' if source else ""
    await execute(target, f'CREATE DATABASE "{name}" {template}')


async def drop(dsn: str) -> None:
    await execute(dsn, f'DROP DATABASE IF EXISTS "{dsn.rpartition("/")[2]}" WITH (FORCE)')


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(f"{dsn.rpartition('/')[0]}/postgres")
    await connection.execute(statement)
    await connection.close()
