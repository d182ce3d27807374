"""An upgrade with old and new side by side: what old code cannot live with waits until it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from shared.contracts.topics import SERVICES
from shared.database import migrate
from tests.databases import Databases

ROOT = Path(__file__).parents[2]


def write(folder: Path, **files: str) -> Path:
    folder = folder / "migrations"
    folder.mkdir(exist_ok=True)
    for name, sql in files.items():
        (folder / f"{name.removeprefix('m')}.sql").write_text(sql)
    return folder


async def columns(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = 'thing'")
        return {row[0] for row in rows}
    finally:
        await connection.close()


async def test_old_code_works_on_the_new_schema_until_post_is_asked_for(databases: Databases, tmp_path: Path) -> None:
    dsn = await databases.fresh()
    folder = write(tmp_path, m0001_thing="CREATE TABLE thing (old text)")
    await migrate(dsn, "house", folder)
    write(
        tmp_path,
        m0002_add="ALTER TABLE thing ADD COLUMN new text",
        m0003_post_drop="ALTER TABLE thing DROP COLUMN old",
        m0004_more="ALTER TABLE thing ADD COLUMN more text",
    )

    first = await migrate(dsn, "house", folder)
    assert await columns(dsn) == {"old", "new", "more"}
    second = await migrate(dsn, "house", folder, post=True)

    assert [Path(name).name for name in first] == ["0002_add.sql", "0004_more.sql"]
    assert [Path(name).name for name in second] == ["0003_post_drop.sql"]
    assert await columns(dsn) == {"new", "more"}
    await databases.drop(dsn)


async def test_an_empty_database_gets_everything_at_once(databases: Databases, tmp_path: Path) -> None:
    dsn = await databases.fresh()
    folder = write(tmp_path, m0001_thing="CREATE TABLE thing (old text)", m0002_post_drop="ALTER TABLE thing DROP old")

    assert len(await migrate(dsn, "house", folder)) == 2
    await databases.drop(dsn)


@pytest.fixture(scope="session")
def release() -> str:
    """The newest release that is tagged."""
    command = ["git", "tag", "--list", "v*", "--sort=-v:refname"]
    tags = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    if not tags:
        pytest.skip("no release is tagged yet (v*): from the first on its code runs here on the schema of today")
    return tags[0]


def test_no_migration_of_the_release_was_edited_since(release: str) -> None:
    command = ["git", "diff", "--name-only", "--diff-filter=MD", release, "--", "*/migrations/*.sql"]

    edited = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()

    assert edited == []


@pytest.mark.parametrize("service", SERVICES)
async def test_the_code_of_the_release_works_on_the_schema_of_today(
    release: str, service: str, databases: Databases, tmp_path: Path
) -> None:
    dsn = await databases.fresh()
    unpack(release, tmp_path)

    for code, command in ((tmp_path, "migrate"), (ROOT, "migrate"), (tmp_path, "migrate"), (tmp_path, "accounts")):
        assert run(code, service, command, dsn) == ""
    await databases.drop(dsn)


def unpack(release: str, folder: Path) -> None:
    archive = subprocess.run(["git", "archive", release], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)


def run(code: Path, service: str, command: str, dsn: str) -> str:
    """What it complained of, or nothing."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"services.{service}", command],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(code), "FRESHWATER_POSTGRES": dsn},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""
