"""`python -m services.desk`: run it, migrate its schema, print its counts, or keep its accounts."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from uuid import uuid4

from services.desk.domain.access import ALONE, parse_role
from services.desk.settings import DeskSettings
from services.desk.store import MIGRATIONS, accounts
from services.desk.store.campaign import books
from services.desk.store.listed import listed
from services.desk.web.signing_in.passwords import generated, hashed
from shared.clock import wall
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from shared.entry import Entry
from shared.entry import main as command_line

SETTINGS = DeskSettings()
ROLE = f"bank:<institution>, authority:<id>, county_team:<authority id>, or one of {', '.join(ALONE)}"
LOGIN = "a login has 1 to 64 letters, digits, '.', '_', ':' or '-'"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.desk account",
        epilog="Example: python -m services.desk account add --role bank:beichen --login li.ming",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make an account and print its password, once")
    add.add_argument("--role", required=True, help=ROLE)
    add.add_argument("--login", required=True, help=LOGIN)
    add.add_argument("--leads", action="store_true", help="hands out the work of its house")
    add.add_argument("--unit", action="append", default=[], help="a branch or office it works in; may be repeated")
    add.add_argument("--renew", action="store_true", help="where the login is there already: a new password for it")
    add.add_argument("--json", action="store_true", help="print one JSON object")
    commands.add_parser("import", help="make those that stand on standard input, a JSON object a line; print each")
    password = commands.add_parser("password", help="give an account a new password; its sessions end")
    disable = commands.add_parser("disable", help="nobody may sign in to it any more")
    for command in (password, disable):
        command.add_argument("--login", required=True)
    commands.add_parser("list", help="all accounts")
    return parser


async def account(arguments: list[str]) -> None:
    """Make, renew, disable or list accounts. Ends with status 1 and the reason where that is not possible."""
    asked = _parser().parse_args(arguments)
    await migrate(SETTINGS.postgres, "desk", OWN_MIGRATIONS, MIGRATIONS)
    connection = await connect(SETTINGS.postgres, "desk")
    try:
        await COMMANDS[asked.command](connection, asked)
    except (accounts.LoginTaken, ValueError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        await connection.close()


async def _add(connection: Connection, asked: argparse.Namespace) -> None:
    made = await _made(connection, asked.login, asked.role, asked.unit, asked.leads, asked.renew)
    said = "login {login}   password {password}   role {role}".format(**made)
    print(json.dumps(made) if asked.json else said)


async def _import(connection: Connection, asked: argparse.Namespace) -> None:
    """An object has login and role, perhaps units and leads; a login that is there gets a new password."""
    for line in sys.stdin:
        one = json.loads(line)
        made = await _made(connection, one["login"], one["role"], one.get("units", []), bool(one.get("leads")), True)
        print(json.dumps(made))


async def _made(
    connection: Connection, login: str, named: str, units: list[str], leads: bool, renew: bool
) -> dict[str, str]:
    """A new account, or a new password of one that is there; returns what its owner needs to know."""
    role, subject = parse_role(named)
    if not accounts.LOGIN.fullmatch(login):
        raise ValueError(LOGIN)
    password = generated()
    if not (renew and await accounts.renew(connection, login, hashed(password))):
        await accounts.add(connection, uuid4(), login, role, subject, hashed(password), wall(), units, leads)
    return {"login": login, "password": password, "role": named}


async def _password(connection: Connection, asked: argparse.Namespace) -> None:
    password = generated()
    if not await accounts.renew(connection, asked.login, hashed(password)):
        raise ValueError(f"there is no login {asked.login!r}")
    print(f"login {asked.login}   password {password}")


async def _disable(connection: Connection, asked: argparse.Namespace) -> None:
    if not await accounts.disable(connection, asked.login):
        raise ValueError(f"there is no login {asked.login!r}")
    print(f"{asked.login} is disabled")


async def _list(connection: Connection, asked: argparse.Namespace) -> None:
    for row in await accounts.all_of_them(connection):
        state = "disabled" if row["disabled"] else "active"
        print(f"{row['login']:<24} {row['role']:<16} {row['subject'] or '-':<32} {state}")


async def ledger(arguments: list[str]) -> None:
    """Whether what happened is still what was written down."""
    from services.desk.adapters.ledger_command import ledger_command

    await ledger_command(arguments)


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.desk.app import main

    await main()


async def rebuild(arguments: list[str]) -> None:
    """The read model anew from the topics, while the old one serves."""
    from services.desk.handlers.rebuilding import rebuild_read_model
    from services.desk.store.rebuild import RebuildFailed

    as_json = "--json" in arguments
    try:
        done = await rebuild_read_model(SETTINGS, lambda line: print(line, file=sys.stderr, flush=True))
    except RebuildFailed as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    tables = {table: {"before": before, "after": after} for table, before, after in done.tables}
    if as_json:
        said = {"events": done.events, "unread": done.unread, "seconds": round(done.seconds, 1), "tables": tables}
        print(json.dumps(said))
        return
    for table, before, after in done.tables:
        print(f"{table:<12} {before:>10,} -> {after:>10,} rows")
    print(f"{done.events:,} records in {done.seconds:.1f} s, {done.unread} of them unreadable")


async def plan(arguments: list[str]) -> None:
    """Enter a plan from a file. Ends with status 1 and everything that is wrong."""
    from services.desk.adapters.plan_file import PlanFileWrong, enter_plan, read_plan

    parser = argparse.ArgumentParser(
        prog="python -m services.desk plan",
        epilog="Example: python -m services.desk plan docs/examples/service-month.yaml --login wang.fang",
    )
    parser.add_argument("file", type=Path, help="YAML with commitments, activities, visit_lists, reported")
    parser.add_argument("--login", required=True, help="the account in whose name it is entered")
    asked = parser.parse_args(arguments)
    await migrate(SETTINGS.postgres, "desk", OWN_MIGRATIONS, MIGRATIONS)
    connection = await connect(SETTINGS.postgres, "desk")
    try:
        account = await accounts.by_login(connection, asked.login)
        if account is None:
            raise PlanFileWrong(f"there is no login {asked.login!r}; make it first: account add")
        count = await enter_plan(connection, read_plan(asked.file), account["account"], wall())
    except PlanFileWrong as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        await connection.close()
    print(f"{count} lines of {asked.file.name} are entered")


COMMANDS = {"add": _add, "import": _import, "password": _password, "disable": _disable, "list": _list}
ENTRY = Entry(
    name="desk",
    run=run,
    settings=SETTINGS,
    migrations=MIGRATIONS,
    more=books,
    listed=listed,
    commands={"account": account, "plan": plan, "rebuild": rebuild, "ledger": ledger},
)

if __name__ == "__main__":
    command_line(ENTRY)
