"""`python -m services.intake partner add | import | list | rotate-key | disable | enable`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

from aiokafka.errors import KafkaError
from pydantic import ValidationError

from services.intake.adapters.registry import PartnerProblem, Registry, Shown
from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from shared.broker import Publisher
from shared.clock import wall
from shared.contracts.partners import PartnerRegistered, Role
from shared.contracts.topics import door_in
from shared.database import LOST, OWN_MIGRATIONS, connect, migrate
from shared.errors import FreshwaterError
from shared.partner_keys import PartnerKey
from shared.vault import Vault

NAME = "intake"
LEAST_KEY = 40
_HIDDEN = {"key_hashes", "sealed_secret"}
_OURS = {*_HIDDEN, "version", "disabled"}
"""What nobody can say of a partner from outside."""


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(
        prog="freshwater partner", epilog="Example: freshwater partner add hotline --role publisher --door"
    )
    commands = made.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="register a partner; its key is shown once")
    add.add_argument("partner", help="its id: small letters, digits and hyphens")
    add.add_argument("--role", required=True, choices=get_args(Role))
    add.add_argument("--name-zh", help="its name in Chinese (default: the id)")
    add.add_argument("--name-en", help="its name in English (default: the id)")
    add.add_argument("--institution", help="the bank or authority of the catalogue that it speaks for")
    add.add_argument("--unit", action="append", default=[], help="a unit or authority that it also speaks for")
    add.add_argument("--region", action="append", default=[], help="a region that it is about")
    add.add_argument("--door", action="store_true", help="it has a Kafka door of its own")
    add.add_argument("--webhook", metavar="URL", help="where its notices go, signed; the secret is shown once")
    add.add_argument("--email", help="where its notices go")
    add.add_argument(
        "--encryption-key", metavar="FILE", help="a public key (JWK): identity on its door is encrypted to it"
    )
    add.add_argument("--simulated", action="store_true", help="all that it says is marked as simulated")
    add.add_argument(
        "--key-file", metavar="FILE", help="its key is in this file already; a second time changes nothing"
    )
    for name, what in (
        ("rotate-key", "a new key; the one before stays valid until the next rotation"),
        ("disable", "refuse whatever it says from now on"),
        ("enable", "take what it says again"),
    ):
        commands.add_parser(name, help=what).add_argument("partner")
    commands.choices["rotate-key"].add_argument("--drop-old", action="store_true", help="the one before ends at once")
    commands.add_parser("list", help="all partners")
    many = commands.add_parser("import", help="register or change many: JSON lines as on the topic of partners")
    many.add_argument("file", help="a file, or - for standard input")
    for each in commands.choices.values():
        each.add_argument("--json", action="store_true", help="one JSON object")
    return made


async def partner_command(arguments: list[str]) -> None:
    """Do what the arguments say; exit code 1 with one sentence where it cannot be done."""
    asked = parser().parse_args(arguments)
    try:
        async with _registry(IntakeSettings()) as registry:
            if asked.command == "list":
                _print_all(await registry.all(), asked.json)
            elif asked.command == "import":
                for line in _lines(asked.file):
                    _print(await _put(registry, line), as_json=True)
            else:
                _print(await _do(registry, asked), asked.json)
    except (FreshwaterError, *LOST) as error:
        sys.stderr.write(f"partner: {error or type(error).__name__}\n")
        sys.exit(1)
    except KafkaError:
        sys.stderr.write("partner: Kafka does not answer at FRESHWATER_KAFKA\n")
        sys.exit(1)


async def _do(registry: Registry, asked: argparse.Namespace) -> Shown:
    match asked.command:
        case "add":
            if asked.key_file:
                return await registry.enrol(_partner(asked), _key(asked.key_file))
            return await registry.add(_partner(asked))
        case "rotate-key":
            return await registry.rotate_key(asked.partner, drop_old=asked.drop_old)
    return await registry.disable(asked.partner, asked.command == "disable")


def _key(file: str) -> str:
    """A key that was drawn elsewhere: short ones could be guessed. Raises PartnerProblem."""
    try:
        key = Path(file).read_text("ascii").strip()
    except (OSError, ValueError):
        raise PartnerProblem(f"{file} cannot be read as a key") from None
    if len(key) < LEAST_KEY:
        raise PartnerProblem(f"the key in {file} has {len(key)} characters; {LEAST_KEY} random ones are the least")
    return key


def _public_key(file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, ValueError):
        raise PartnerProblem(f"{file} cannot be read as a key") from None


def _lines(file: str) -> list[str]:
    try:
        return (sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")).splitlines()
    except OSError as error:
        raise PartnerProblem(f"{file} cannot be read: {error.strerror}") from None


async def _put(registry: Registry, line: str) -> Shown:
    """One line of an import. `"key": true` asks for an API key; without it a partner speaks by its door alone."""
    try:
        said = json.loads(line)
        key = said.pop("key", False) is True
    except (ValueError, AttributeError):
        raise PartnerProblem("a line of the import is not a JSON object") from None
    return await registry.put(_checked(said), key)


def _partner(asked: argparse.Namespace) -> PartnerRegistered:
    return _checked(
        {
            "partner": asked.partner,
            "name_zh": asked.name_zh or asked.partner,
            "name_en": asked.name_en or asked.partner,
            "role": asked.role,
            "institution": asked.institution,
            "regions": asked.region,
            "units": asked.unit,
            "door": asked.door,
            "webhook": asked.webhook,
            "email": asked.email,
            "encryption_key": _public_key(asked.encryption_key) if asked.encryption_key else None,
            "simulated": asked.simulated,
        }
    )


def _checked(said: dict[str, Any]) -> PartnerRegistered:
    """A registration that can be acted on. Raises PartnerProblem with all that is wrong."""
    try:
        partner = PartnerRegistered.model_validate({name: value for name, value in said.items() if name not in _OURS})
        if partner.role in ("bank", "authority") and not (partner.institution or partner.units):
            raise PartnerProblem(f"{partner.partner}: a {partner.role} speaks for somebody: name institution or units")
        if partner.door:
            door_in(partner.partner)
        if partner.encryption_key:
            PartnerKey(partner.encryption_key)
        return partner
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        raise PartnerProblem("; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in faults)) from None
    except ValueError as error:
        raise PartnerProblem(str(error)) from None


@asynccontextmanager
async def _registry(settings: IntakeSettings) -> AsyncIterator[Registry]:
    """Table, topic and vault, whether or not the service runs."""
    await migrate(settings.postgres, NAME, OWN_MIGRATIONS, MIGRATIONS)
    vault = Vault(settings.vault, settings.masters)
    publisher = Publisher(NAME, settings)
    connection = await connect(settings.postgres, NAME, application="intake-partner")
    try:
        await vault.start()
        await publisher.start()
        registry = Registry(connection, publisher.publish, vault.seal_secret, wall)
        await registry.republish()
        yield registry
    finally:
        await publisher.stop()
        await vault.stop()
        await connection.close()


def _print(shown: Shown, as_json: bool) -> None:
    said: dict[str, Any] = shown.partner.model_dump(mode="json", exclude=_HIDDEN)
    once = {name: value for name, value in (("key", shown.key), ("webhook_secret", shown.secret)) if value}
    if as_json:
        print(json.dumps({**said, **once}, ensure_ascii=False))
        return
    print(_line(shown.partner))
    for name, value in once.items():
        print(f"{name}: {value}")
    if once:
        sys.stderr.write("These are shown only now: keep them in a safe place.\n")


def _print_all(partners: list[PartnerRegistered], as_json: bool) -> None:
    if as_json:
        print(json.dumps([each.model_dump(mode="json", exclude=_HIDDEN) for each in partners], ensure_ascii=False))
        return
    print("\n".join(_line(each) for each in partners) or "no partners yet: `freshwater partner add` registers one")


def _line(partner: PartnerRegistered) -> str:
    marked = (("door", partner.door), ("webhook", partner.webhook), ("e-mail", partner.email))
    ways = ", ".join(name for name, on in marked if on) or "http"
    state = "disabled" if partner.disabled else "simulated" if partner.simulated else ""
    keys = f"{len(partner.key_hashes)} key{'s' if len(partner.key_hashes) != 1 else ''}"
    line = f"{partner.partner:<24} {partner.role:<10} {partner.institution or '-':<20} {keys:<7} {ways:<22} {state}"
    return line.rstrip()
