"""`freshwater scan-personal-data`: 0 in clear over so many topics, tables, log lines, metrics; or where it stands."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Annotated, Any
from uuid import UUID

import typer

from freshwater.places import data_folder
from freshwater.scanning.finding import Known, Report, found_in
from freshwater.scanning.places import Text, log_texts, metric_texts, table_texts, topic_texts
from freshwater.scanning.planting import planted
from freshwater.servers.report import say
from shared.contracts.demands import Accepted, Corrected
from shared.contracts.topics import DEMANDS
from shared.settings import Settings
from shared.vault import Erased, MasterKeys, Opener, SealBroken

VAULT, VAULT_KEY, METRICS = "FRESHWATER_VAULT", "FRESHWATER_VAULT_KEY", "FRESHWATER_METRICS"
SEALING = (Accepted.TYPE, Corrected.TYPE)


def scan(
    plant: Annotated[
        bool, typer.Option("--plant", help="First put an invented number in a topic, a table and a log.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Look for personal data in clear through all topics, tables, logs and metrics. Exit code 1 where some was found.

    Uses FRESHWATER_KAFKA, FRESHWATER_POSTGRES, FRESHWATER_VAULT and FRESHWATER_VAULT_KEY: it opens what was sealed, to
    know what to look for, and keeps it in memory only. Native doors younger than an hour are told apart. With --plant
    the exit code is 1 where not all that was planted is found.
    """
    report, places = asyncio.run(_scan(plant, quiet=as_json))
    missed = [place for place in places if place not in report.found]
    others = {place: dict(kinds) for place, kinds in report.found.items() if place not in places}
    clear = sum(count for kinds in others.values() for count in kinds.values())
    if as_json:
        typer.echo(json.dumps(_as_data(report, others, clear, len(places), len(missed)), ensure_ascii=False))
    else:
        _print(report, others, clear, len(places), len(missed))
    if clear or missed:
        raise typer.Exit(1)


def _as_data(report: Report, others: Any, clear: int, planted_in: int, missed: int) -> dict[str, Any]:
    looked = dict(report.looked)
    found = {"planted": planted_in, "planted_found": planted_in - missed} if planted_in else {}
    return {"in_clear": clear, "found": others, "looked_at": looked, "known_values": report.known,
            "in_fresh_doors": report.excepted, **found}  # fmt: skip


def _print(report: Report, others: Mapping[str, Mapping[str, int]], clear: int, planted_in: int, missed: int) -> None:
    for place, kinds in sorted(others.items()):
        typer.echo(f"FOUND  {place}: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
    if planted_in:
        typer.echo(f"planted in {planted_in} places, found in {planted_in - missed}")
    looked = ", ".join(f"{count:,} {what}" for what, count in report.looked.items())
    typer.echo(f"{clear} in clear, over {looked}; {report.known:,} sealed values were looked for")
    if report.excepted:
        typer.echo(f"{report.excepted:,} records of native doors are younger than an hour, and excepted")


async def _scan(plant: bool, *, quiet: bool) -> tuple[Report, frozenset[str]]:
    settings, folder = Settings(), data_folder()
    report = Report()
    async with AsyncExitStack() as stack:
        places = await stack.enter_async_context(planted(settings, folder)) if plant else frozenset[str]()
        if not quiet:
            say("Opening what was sealed, to know what to look for")
        known = await asyncio.to_thread(_sealed_values, settings)
        opened = await _opened(known)
        report.known = len(opened.fields)
        await asyncio.to_thread(_look, report, topic_texts(settings), opened, ("topics", "records"))
        for dsn in filter(None, (settings.postgres, os.environ.get(VAULT))):
            async for text in table_texts(dsn):
                _one(report, text, opened, ("tables", "rows"))
        await asyncio.to_thread(_look, report, log_texts(folder), opened, ("logs", "log lines"))
        urls = [url for url in os.environ.get(METRICS, "").split(",") if url]
        await asyncio.to_thread(_look, report, metric_texts(urls), opened, ("metrics pages", "metric lines"))
    return report, places


def _look(report: Report, texts: Iterable[Text], known: Known, words: tuple[str, str]) -> None:
    for text in texts:
        _one(report, text, known, words)


def _one(report: Report, text: Text, known: Known, words: tuple[str, str]) -> None:
    seen = f"{words[0]}\0{text.place}"
    if seen not in report.places:
        report.places.add(seen)
        report.looked[words[0]] += 1
    if not text.text:
        return
    report.looked[words[1]] += 1
    kinds = found_in(text.text, known)
    if kinds and text.fresh:
        report.excepted += 1
    else:
        report.note(text.place, kinds)


def _sealed_values(settings: Settings) -> list[tuple[UUID, dict[str, str]]]:
    """All that was ever sealed on the topic of demands, as it stands there."""
    found = []
    for text in topic_texts(settings):
        if text.place.endswith(DEMANDS) and '"sealed"' in text.text:
            body = text.text.partition("\n")[2]
            with suppress(ValueError, KeyError):
                event = json.JSONDecoder().raw_decode(body)[0]
                if event["type"] in SEALING:
                    found.append((UUID(event["partitionkey"]), dict(event["data"]["sealed"])))
    return found


async def _opened(sealed: Iterable[tuple[UUID, Mapping[str, str]]]) -> Known:
    """In memory, for as long as the scan lasts. What was erased opens no more, and needs no looking for."""
    known = Known()
    dsn, key = os.environ.get(VAULT), os.environ.get(VAULT_KEY)
    if not dsn or not key:
        return known
    opener = Opener(dsn, MasterKeys.parse(key), deadline_seconds=5)
    await opener.start()
    try:
        for household, fields in sealed:
            with suppress(Erased, SealBroken):
                for name, value in (await opener.open(household, fields)).items():
                    known.learn(name, value)
    finally:
        await opener.stop()
    return known
