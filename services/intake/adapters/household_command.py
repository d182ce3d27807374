"""`python -m services.intake household erase | status | rewrap`: what only an operator may do."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
from typing import Any
from uuid import UUID

import msgspec

from services.intake.adapters.sending import Sender
from services.intake.settings import IntakeSettings
from shared.clock import wall
from shared.contracts.door import EraseAsked, Speech
from shared.contracts.ids import timed_id
from shared.database import LOST, connect
from shared.errors import FreshwaterError
from shared.vault import Vault, rewrap

_IS_KNOWN = "SELECT true FROM submissions WHERE household = $1 LIMIT 1"
_OF_DEMAND = "SELECT household FROM submissions WHERE demand = $1"


class OperatorProblem(FreshwaterError):
    """It cannot be done; the text says why and what to do."""


def parser() -> argparse.ArgumentParser:
    """Of both commands."""
    made = argparse.ArgumentParser(prog="freshwater household", epilog="Example: freshwater household erase --demand …")
    commands = made.add_subparsers(dest="command", required=True)
    erase = commands.add_parser("erase", help="forget a household for good: its key, and the way to it")
    which = erase.add_mutually_exclusive_group(required=True)
    which.add_argument("--household", type=UUID, help="its id")
    which.add_argument("--demand", type=UUID, help="a demand of it")
    which.add_argument("--identity", action="store_true", help="a line KIND VALUE on standard input: phone 139…")
    commands.add_parser("status", help="how many keys there are, and how many under an older master key")
    commands.add_parser("rewrap", help="wrap all keys by the first master key")
    for each in commands.choices.values():
        each.add_argument("--json", action="store_true", help="one JSON object")
    return made


async def household_command(arguments: list[str]) -> None:
    """Do what the arguments say; exit code 1 with one sentence where it cannot be done."""
    asked = parser().parse_args(arguments)
    settings = IntakeSettings()
    try:
        if asked.command == "erase":
            told = await _erase(settings, asked)
        else:
            told = await _keys(settings, dry_run=asked.command == "status")
    except (FreshwaterError, *LOST) as error:
        sys.stderr.write(f"household: {error or type(error).__name__}\n")
        sys.exit(1)
    print(json.dumps(told) if asked.json else ", ".join(f"{name} {value}" for name, value in told.items()))


async def _erase(settings: IntakeSettings, asked: argparse.Namespace) -> dict[str, Any]:
    """Through the gate's own topic, so that every context hears of it in its turn; the loop then tells the vault."""
    household = await _household(settings, asked)
    at = wall()
    receipt = timed_id(int(at.timestamp() * 1000), f"erase/{household}")
    actor = f"campaign_office:operator:{getpass.getuser()}"
    speech = Speech(partner="operator", role="campaign_office", actor=actor, receipt=receipt, speaks_for=["all"])
    data = EraseAsked(household=household, speech=speech)
    value = {
        "specversion": "1.0", "id": str(receipt), "source": "/freshwater/operator", "type": EraseAsked.TYPE,
        "data": data.model_dump(mode="json", exclude_none=True),
    }  # fmt: skip
    sender = Sender(settings, settings.intake_send_seconds)
    try:
        if not await sender.send([(receipt, msgspec.json.encode(value), EraseAsked.TYPE)]):
            raise OperatorProblem("Kafka does not take it: nothing was done, try again")
    finally:
        await sender.stop()
    return {"household": str(household), "asked": str(receipt)}


async def _household(settings: IntakeSettings, asked: argparse.Namespace) -> UUID:
    if asked.household:
        found: UUID | None = asked.household
    elif asked.demand:
        connection = await connect(settings.postgres, "intake")
        try:
            found = await connection.fetchval(_OF_DEMAND, asked.demand)
        finally:
            await connection.close()
    else:
        # Not on the command line: that stands in the list of processes and in the shell's history.
        kind, _, value = (await asyncio.to_thread(sys.stdin.readline)).strip().partition(" ")
        vault = Vault(settings.vault, settings.masters)
        await vault.start()
        try:
            found = await vault.household_of(kind, value.strip().upper())
        finally:
            await vault.stop()
    if found is None or not await _is_known(settings, found):
        raise OperatorProblem(
            "no household is known by that, so nothing was done; look the id up again (a demand's page in the desk has"
            " it, or give --demand)"
        )
    return found


async def _is_known(settings: IntakeSettings, household: UUID) -> bool:
    """Whether it ever asked for something (an erased one did), or was visited, so that there is a key of it."""
    connection = await connect(settings.postgres, "intake")
    try:
        if await connection.fetchval(_IS_KNOWN, household):
            return True
    finally:
        await connection.close()
    vault = Vault(settings.vault, settings.masters)
    await vault.start()
    try:
        return (await vault.sealer([household])).has(household)
    finally:
        await vault.stop()


async def _keys(settings: IntakeSettings, *, dry_run: bool) -> dict[str, Any]:
    connection = await connect(settings.vault, "vault", application="vault-rewrap")
    try:
        found = await rewrap(connection, settings.masters, dry_run=dry_run)
    finally:
        await connection.close()
    return {"keys": found.keys, ("under_an_older_master_key" if dry_run else "rewrapped"): found.rewrapped}
