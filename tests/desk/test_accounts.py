"""`python -m services.desk account`: a password is printed once, and opens the pages."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from shared.database import Connection
from tests.desk.stories import ROOT
from tests.desk.visitors import Doorstep


async def account(dsn: str, *arguments: str) -> tuple[int, str, str]:
    """Run the command to its end: status, what it printed, what it complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.desk",
        "account",
        *arguments,
        cwd=ROOT,
        env={**os.environ, "FRESHWATER_POSTGRES": dsn},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await process.communicate()
    return process.returncode or 0, printed.decode(), complained.decode()


async def test_a_new_account_signs_in_with_the_password_that_was_printed(database: str, doorstep: Doorstep) -> None:
    status, printed, _ = await account(database, "add", "--role", "bank:beichen", "--login", "li", "--json")
    made = json.loads(printed)
    assert status == 0
    assert made["role"] == "bank:beichen"
    assert made["password"] not in str(await doorstep.connection.fetch("SELECT * FROM accounts"))
    async with doorstep.visitor() as visitor:
        assert (await visitor.sign_in("li", made["password"], next="/demands")).headers["location"] == "/demands"
    status, _, complained = await account(database, "add", "--role", "bank:beichen", "--login", "li")
    assert (status, "is taken" in complained) == (1, True)
    status, printed, _ = await account(database, "add", "--role", "auditor", "--login", "li", "--renew", "--json")
    renewed = json.loads(printed)["password"]
    assert (status, renewed != made["password"]) == (0, True)
    async with doorstep.visitor() as visitor:
        assert (await visitor.sign_in("li", made["password"])).status_code == 401
        assert (await visitor.sign_in("li", renewed)).status_code == 303


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "--role", "king", "--login", "li"), "write bank:<institution>"),
        (("add", "--role", "auditor", "--login", "li ming"), "letters, digits"),
        (("password", "--login", "nobody"), "no login 'nobody'"),
        (("disable", "--login", "nobody"), "no login 'nobody'"),
    ],
)
async def test_what_is_not_possible_says_why(
    database: str, connection: Connection, arguments: tuple[str, ...], says: str
) -> None:
    status, printed, complained = await account(database, *arguments)
    assert (status, printed) == (1, "")
    assert says in complained
    assert await connection.fetchval("SELECT count(*) FROM accounts") == 0


async def test_many_are_made_at_once_with_their_units(database: str, doorstep: Doorstep) -> None:
    lines: list[dict[str, Any]] = [
        {"login": "lead", "role": "bank:beichen", "leads": True},
        {"login": "clerk", "role": "bank:beichen", "units": ["beichen-620102"]},
        {"login": "team", "role": "county_team:county_team-620102"},
        {"login": "security", "role": "security_administrator"},
    ]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.desk", "account", "import"),
        cwd=ROOT,
        env={**os.environ, "FRESHWATER_POSTGRES": database},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate("".join(json.dumps(line) + "\n" for line in lines).encode())
    made = [json.loads(line) for line in printed.splitlines()]
    assert [each["login"] for each in made] == [line["login"] for line in lines]
    kept = await doorstep.connection.fetch("SELECT login, units, leads FROM accounts ORDER BY login")
    assert [tuple(row) for row in kept][:2] == [("clerk", ["beichen-620102"], False), ("lead", [], True)]
    async with doorstep.visitor() as visitor:
        assert (await visitor.sign_in("team", made[2]["password"])).status_code == 303
