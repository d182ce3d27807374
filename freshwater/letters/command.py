"""`freshwater dead-letters list | show | retry | discard`."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from freshwater.letters.box import Box, Letter
from shared.contracts.topics import SERVICES
from shared.errors import FreshwaterError
from shared.settings import Settings

app = typer.Typer(help="What could not be read or decided, and what to do with it.", no_args_is_help=True)

Services = Annotated[list[str] | None, typer.Option("--service", help="Only this service's; may be repeated.")]
Errors = Annotated[list[str] | None, typer.Option("--error", help="Only this reason's; may be repeated.")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="Only this letter; may be repeated.")]
AllOfThem = Annotated[bool, typer.Option("--all", help="Needed where nothing else narrows the choice.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command("list", epilog="Example: ./run dead-letters list --service intake --error invalid_json")
def list_(service: Services = None, error: Errors = None, everything: AllOfThem = False, as_json: Json = False) -> None:
    """The letters that wait; with --all those too that were retried or discarded."""
    found = [letter for letter in _read(service, error) if everything or letter.mark is None]
    if as_json:
        typer.echo(json.dumps({"letters": [_described(letter) for letter in found]}))
        return
    for letter in found:
        when = datetime.fromtimestamp(letter.timestamp / 1000, UTC)
        typer.echo(f"{letter.id}  {when:%Y-%m-%d %H:%M:%S}  {letter.service:10}  {letter.error:14}  {letter.origin}")
    reasons = Counter(letter.error for letter in found)
    summary = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "none"
    typer.echo(f"{len(found)} letters: {summary}")


@app.command(epilog="Example: ./run dead-letters show 01a0c450-6c00-866f-826c-ff306872d55e")
def show(identifier: Annotated[str, typer.Argument(help="The letter's id.")], as_json: Json = False) -> None:
    """One letter: where it came from, why, and its shape. What may be personal is masked."""
    found = next((letter for letter in _read(None, None) if letter.id == identifier), None)
    if found is None:
        raise FreshwaterError(f"there is no letter {identifier}; `freshwater dead-letters list --all` shows all")
    told = {**_described(found), "shape": shape_of(found.value)}
    typer.echo(json.dumps(told) if as_json else json.dumps(told, indent=2, ensure_ascii=False))


@app.command(epilog="Example: ./run dead-letters retry --service matching --error undecidable")
def retry(
    service: Services = None,
    error: Errors = None,
    identifier: Ids = None,
    everything: AllOfThem = False,
    max_attempts: Annotated[int, typer.Option(help="Leave alone what was tried so often.")] = 3,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Send letters back to the service that set them aside, and only to it."""
    chosen = _chosen(service, error, identifier, everything)
    fit = [letter for letter in chosen if letter.attempt < max_attempts]
    if not dry_run:
        asyncio.run(Box(Settings()).retry(fit))
    _report("retried", fit, len(chosen) - len(fit), dry_run, as_json)


@app.command(epilog="Example: ./run dead-letters discard --id 01a0c450-6c00-866f-826c-ff306872d55e")
def discard(
    service: Services = None,
    error: Errors = None,
    identifier: Ids = None,
    everything: AllOfThem = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take letters off the list. They stay on the topic, with who discarded them."""
    chosen = _chosen(service, error, identifier, everything)
    if not dry_run:
        asyncio.run(Box(Settings()).discard(chosen, getpass.getuser()))
    _report("discarded", chosen, 0, dry_run, as_json)


def shape_of(value: bytes | None) -> Any:
    """The names in a JSON value with the kinds of what they hold, never what they hold; else only the size."""
    if value is None:
        return None
    try:
        return _shape(json.loads(value), 0)
    except (ValueError, RecursionError):
        return f"{len(value)} bytes that are not JSON, or are sealed"


def _shape(value: Any, depth: int) -> Any:
    if depth > 8:
        return "…"
    if isinstance(value, dict):
        return {name: _shape(inner, depth + 1) for name, inner in list(value.items())[:100]}
    if isinstance(value, list):
        return [_shape(value[0], depth + 1), f"{len(value)} in all"] if value else []
    return "null" if value is None else type(value).__name__


def _read(services: Sequence[str] | None, errors: Sequence[str] | None) -> list[Letter]:
    unknown = set(services or ()) - set(SERVICES)
    if unknown:
        raise FreshwaterError(f"no such service: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    letters = asyncio.run(Box(Settings()).read(services or SERVICES))
    return [letter for letter in letters if not errors or letter.error in errors]


def _chosen(
    services: Sequence[str] | None, errors: Sequence[str] | None, identifiers: Sequence[str] | None, everything: bool
) -> list[Letter]:
    if not (services or errors or identifiers or everything):
        raise FreshwaterError("say which: --id, --service, --error, or --all for every letter that waits")
    waiting = [letter for letter in _read(services, errors) if letter.mark is None]
    return [letter for letter in waiting if not identifiers or letter.id in identifiers]


def _described(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "service": letter.service,
        "error": letter.error,
        "detail": letter.detail,
        "topic": letter.topic,
        "origin": letter.origin,
        "attempt": letter.attempt,
        "at": datetime.fromtimestamp(letter.timestamp / 1000, UTC).isoformat(),
        "bytes": len(letter.value or b""),
        "mark": letter.mark,
    }


def _report(what: str, letters: Sequence[Letter], left: int, dry_run: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({what: [letter.id for letter in letters], "left": left, "dry_run": dry_run}))
        return
    would = "would be " if dry_run else ""
    more = f"; {left} left alone: tried too often" if left else ""
    typer.echo(f"{len(letters)} letters {would}{what}{more}")
