"""`python -m services.notify deliveries list | summary | retry`: what operators look at, and have sent again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, get_args
from uuid import UUID

import msgspec

from services.notify.domain.delivery import State
from services.notify.settings import NotifySettings
from services.notify.store import looking
from shared.contracts.feedback import Channel
from shared.database import LOST, Connection, connect

NAME = "notify"
REPEATED = ("failed", "held")
"""What can be sent again: given up, or held and known not to have come."""
NOT_SENT = frozenset({"door", "feed", "desk", "call_list", "digest"})
_columns = ("made_at", "state", "audience", "recipient", "channel", "attempt", "reason", "cause_type", "id")


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="freshwater deliveries", epilog="Example: freshwater deliveries list --state held"
    )
    commands = made.add_subparsers(dest="command", required=True)
    several = commands.add_parser("list", help="the newest deliveries that fit")
    several.add_argument("--state", choices=get_args(State))
    several.add_argument("--channel", choices=[*get_args(Channel), "digest"])
    several.add_argument("--recipient", help="a partner, unit, authority or household by its id")
    several.add_argument("--demand", type=UUID)
    several.add_argument("--limit", type=int, default=50)
    commands.add_parser("summary", help="by recipient and channel: sent, retried, held, given up, waiting")
    taken = commands.add_parser("taken", help="the ids that a partner's webhook has taken, one a line")
    taken.add_argument("recipient")
    again = commands.add_parser("retry", help="have given up or held deliveries sent again")
    again.add_argument("ids", nargs="+", type=UUID, metavar="ID")
    for each in (several, commands.choices["summary"], again):
        each.add_argument("--json", action="store_true", help="one JSON object")
    return made


async def deliveries_command(arguments: list[str]) -> None:
    """Do what the arguments say; exit code 1 with one sentence where it cannot be done."""
    asked, settings = parser().parse_args(arguments), NotifySettings()
    try:
        connection = await connect(settings.postgres, NAME)
    except LOST as error:
        sys.stderr.write(
            f"deliveries: notify's database does not answer ({type(error).__name__}): see FRESHWATER_POSTGRES\n"
        )
        sys.exit(1)
    try:
        if asked.command == "list":
            found = await looking.listed(
                connection, asked.state, asked.channel, asked.recipient, asked.demand, asked.limit
            )
            _print({"deliveries": found}, asked.json, found, _columns)
        elif asked.command == "summary":
            found = await looking.summary(connection)
            columns = ("recipient", "channel", "sent", "retried", "held", "given_up", "waiting")
            _print({"recipients": found}, asked.json, found, columns)
        elif asked.command == "taken":
            sys.stdout.writelines(f"{each}\n" for each in await looking.sent_by_webhook(connection, asked.recipient))
        else:
            await _retry(connection, asked, settings)
    finally:
        await connection.close()


async def _retry(connection: Connection, asked: argparse.Namespace, settings: NotifySettings) -> None:
    """Asks for those that can be sent again, and says of each what came of it."""
    known = await looking.states(connection, asked.ids)
    why = {identifier: _refusal(known.get(identifier)) for identifier in asked.ids}
    again = [identifier for identifier, reason in why.items() if reason is None]
    await looking.ask_again(connection, again, settings.clock().now())
    rows = [{"id": str(identifier), "result": why[identifier] or "asked for"} for identifier in asked.ids]
    _print({"deliveries": rows}, asked.json, rows, ("id", "result"))
    if len(again) < len(rows):
        sys.exit(1)


def _refusal(known: tuple[str, str] | None) -> str | None:
    if known is None:
        return "there is no such delivery"
    state, channel = known
    if channel in NOT_SENT:
        return f"{channel} sends nothing that could be sent again"
    return None if state in REPEATED else f"it is {state}: only what is {' or '.join(REPEATED)} is sent again"


def _print(whole: dict[str, Any], as_json: bool, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(whole) + b"\n")
        return
    texts = [list(columns), *[["" if row[name] is None else _text(row[name]) for name in columns] for row in rows]]
    widths = [max(len(row[place]) for row in texts) for place in range(len(columns))]
    for row in texts:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _text(value: Any) -> str:
    text = value.isoformat(" ", "minutes") if hasattr(value, "isoformat") else str(value)
    return text.removeprefix("org.freshwater.")
