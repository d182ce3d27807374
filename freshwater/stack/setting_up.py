"""What an installation needs before its services run: topics, a catalogue, partners, and a login for each role."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from freshwater.catalogue.release import publish
from freshwater.places import CHECKOUT
from freshwater.servers.report import Report
from freshwater.simulate.partners import BY_HTTP
from freshwater.stack.place import Place, StackError
from freshwater.topics.changes import apply_topics
from shared.catalogue import Release
from shared.contracts.partners import PartnerRegistered
from shared.contracts.topics import topics
from shared.settings import Settings

LOGINS: tuple[dict[str, Any], ...] = (
    {"login": "campaign", "role": "campaign_office"},
    {"login": "bank", "role": "bank:beichen", "leads": True},
    {"login": "branch", "role": "bank:beichen", "units": ["beichen-620102"]},
    {"login": "authority", "role": "authority:market_regulation-620102", "leads": True},
    {"login": "city", "role": "authority:market_regulation-620100", "leads": True},
    {"login": "team", "role": "county_team:county_team-620102", "leads": True},
    {"login": "auditor", "role": "auditor"},
    {"login": "system", "role": "system_administrator"},
    {"login": "security", "role": "security_administrator"},
    {"login": "audit", "role": "audit_administrator"},
)
"""One login for each role and more where they meet, and whom each stands for."""
SAVED = "entrance"
PLAN = CHECKOUT / "docs" / "examples" / "service-month.yaml"
Environment = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the desk."""

    login: str
    password: str
    role: str


@dataclass(slots=True)
class Entrance:
    """What was made for people and partners to come in: API keys and webhook secrets by partner, logins."""

    keys: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)


async def set_up(
    environment: Environment,
    settings: Settings,
    place: Place,
    release: Release,
    partners: Sequence[PartnerRegistered],
    report: Report,
) -> Entrance:
    """Make what is missing. What was made by an earlier start on the same folder is found again."""
    report("Topics and catalogue")
    doors = [partner.partner for partner in partners if partner.door]
    listed = topics(partners=doors, keyed_partitions=settings.keyed_partitions, prefix=settings.topic_prefix)
    await asyncio.to_thread(apply_topics, settings.bootstrap, listed, prefix=settings.topic_prefix)
    await publish(release, settings, settings.clock().now())
    saved = place.kept(SAVED)
    if saved is not None:
        return _entrance(json.loads(saved))
    report(f"{len(partners)} invented partners, {len(LOGINS)} logins")
    made, logins = await asyncio.gather(_register(environment("intake"), partners), _logins(environment("desk")))
    entrance = {"partners": made, "logins": logins}
    place.keep(SAVED, json.dumps(entrance))
    return _entrance(entrance)


def _entrance(saved: Mapping[str, Any]) -> Entrance:
    partners = {each["partner"]: each for each in saved["partners"]}
    return Entrance(
        keys={name: each["key"] for name, each in partners.items() if each.get("key")},
        webhooks={name: each["webhook_secret"] for name, each in partners.items() if each.get("webhook_secret")},
        logins=[Login(**each) for each in saved["logins"]],
    )


async def _register(environment: Mapping[str, str], partners: Sequence[PartnerRegistered]) -> list[dict[str, Any]]:
    """All in one process: to start one for each would take longer than all the rest."""
    lines = "".join(json.dumps(_line(partner)) + "\n" for partner in partners)
    answer = await command("intake", ["partner", "import", "-"], environment, lines)
    return [json.loads(line) for line in answer.splitlines()]


def _line(partner: PartnerRegistered) -> dict[str, Any]:
    """With a key for those that speak by HTTP."""
    return {**partner.model_dump(mode="json", exclude_none=True), "key": partner.partner in BY_HTTP}


async def _logins(environment: Mapping[str, str]) -> list[dict[str, str]]:
    """All in one process, as the partners."""
    lines = "".join(json.dumps(login) + "\n" for login in LOGINS)
    answer = await command("desk", ["account", "import"], environment, lines)
    # What the campaign's pages show beside what is counted: promised, planned, reported, all of it invented.
    await command("desk", ["plan", str(PLAN), "--login", LOGINS[0]["login"]], environment)
    return [json.loads(line) for line in answer.splitlines()]


async def command(
    service: str, arguments: Sequence[str], environment: Mapping[str, str], typed: str | None = None
) -> str:
    """Run `python -m services.<service> …` to its end; returns what it printed. Raises StackError with its error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        f"services.{service}",
        *arguments,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        stdin=asyncio.subprocess.PIPE if typed is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, errors = await process.communicate(typed.encode() if typed is not None else None)
    if process.returncode:
        said = errors.decode("utf-8", "replace").strip()[-1_000:]
        raise StackError(f"services.{service} {' '.join(arguments[:2])} failed with {process.returncode}:\n{said}")
    return printed.decode("utf-8")
