"""`freshwater catalogue check | publish | diff | show | facts`: the catalogue on paper and on Kafka."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from freshwater.asking import ask, told
from freshwater.catalogue.facts_table import FACTS_DOCUMENT, facts_document
from freshwater.catalogue.feedback_document import FEEDBACK_DOCUMENT, feedback_document, short_messages
from freshwater.catalogue.release import Changes, publish, standing
from freshwater.places import CHECKOUT
from shared.catalogue import CatalogueRefused, Release, load_directory
from shared.catalogue.release import SECTIONS
from shared.settings import Settings

app = typer.Typer(help="The catalogue: institutions, products, policies, authorities, facts.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The folder with the catalogue's YAML files.", show_default="catalogue")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
HERE = CHECKOUT / "catalogue"


@app.command("check", epilog="Example: ./run catalogue check")
def check(folder: Folder = HERE, as_json: Json = False) -> None:
    """Say everything that is wrong with it, with file and line. Exit code 1 where anything is."""
    release = _loaded(folder, as_json)
    typer.echo(json.dumps({"problems": [], **_counts(release)}) if as_json else f"{_summary(release)}: nothing wrong")


@app.command("publish", epilog="Example: ./run catalogue publish --dry-run")
def publish_(
    folder: Folder = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Check it, write what changed to Kafka as the next release, and say what that was."""
    settings = Settings()
    changes = asyncio.run(publish(_loaded(folder, as_json), settings, settings.clock().now(), dry_run))
    typer.echo(json.dumps(_as_data(changes, dry_run)) if as_json else _as_text(changes, dry_run))


@app.command("diff", epilog="Example: ./run catalogue diff my-catalogue")
def diff(folder: Folder = HERE, as_json: Json = False) -> None:
    """What differs from the release in use, and which recorded demands would come out otherwise."""
    release, settings = _loaded(folder, as_json), Settings()
    changes = asyncio.run(publish(release, settings, settings.clock().now(), dry_run=True))
    by_kind: dict[str, dict[str, Any]] = {}
    for (kind, identifier), body in release.bodies().items():
        by_kind.setdefault(kind, {})[identifier] = body
    answer = ask("diff", by_kind)
    if as_json:
        typer.echo(json.dumps({**_as_data(changes, dry_run=True), **answer}, ensure_ascii=False))
        return
    typer.echo(_as_text(changes, dry_run=True))
    typer.echo(told(answer))
    for row in answer["changes"]:
        typer.echo(f"  {row['demand']}: {_best(row['before'])} → {_best(row['after'])}")


def _best(met: dict[str, Any] | None) -> str:
    return "nothing" if met is None else f"{met['product']} at {met['cost_bp'] / 100:.2f} %"


@app.command("show", epilog="Example: ./run catalogue show product")
def show(
    kind: Annotated[str | None, typer.Argument(help="A kind, to list its ids.")] = None,
    identifier: Annotated[str | None, typer.Argument(metavar="[ID]", help="An id, to see the whole entity.")] = None,
    as_json: Json = False,
) -> None:
    """The release that is in use on Kafka: its number and counts, one kind's ids, or one entity."""
    release = asyncio.run(standing(Settings())).release
    if release is None:
        _stop("no release has been published: run `freshwater catalogue publish`")
    bodies = release.bodies()
    if kind is None:
        typer.echo(json.dumps(_counts(release)) if as_json else _summary(release))
        return
    if kind not in SECTIONS:
        _stop(f"there is no kind {kind!r}; there are {', '.join(SECTIONS)}")
    found = {key[1]: body for key, body in bodies.items() if key[0] == kind}
    if identifier is None:
        typer.echo(json.dumps(sorted(found)) if as_json else "\n".join(map(_line, found.values())))
    elif identifier not in found:
        _stop(f"release {release.number} has no {kind} {identifier!r}")
    else:
        typer.echo(json.dumps(found[identifier], ensure_ascii=False, indent=None if as_json else 2))


@app.command("facts", epilog="Example: ./run catalogue facts --output docs/facts.md")
def facts(
    folder: Folder = HERE,
    output: Annotated[Path, typer.Option(help="Where the table goes.", show_default="docs/facts.md")] = FACTS_DOCUMENT,
) -> None:
    """Write the table of facts that the documentation shows."""
    output.write_text(facts_document(_loaded(folder, as_json=False)), encoding="utf-8")
    typer.echo(f"wrote {output.name}")


@app.command("feedback", epilog="Example: ./run catalogue feedback --output docs/feedback.md")
def feedback(
    folder: Folder = HERE,
    output: Annotated[Path, typer.Option(help="Where it goes.", show_default="docs/feedback.md")] = FEEDBACK_DOCUMENT,
) -> None:
    """Write who hears what, with every message as it reads in both languages."""
    _loaded(folder, as_json=False)
    output.write_text(feedback_document(folder), encoding="utf-8")
    typer.echo(f"wrote {output.name}")


@app.command("export", epilog="Example: ./run catalogue export --sms > approval.csv")
def export(
    sms: Annotated[bool, typer.Option("--sms", help="The text messages, to hand in for approval.")] = False,
    wechat: Annotated[bool, typer.Option("--wechat", help="The same for WeChat.")] = False,
    folder: Folder = HERE,
    as_json: Json = False,
) -> None:
    """The approved short messages of a channel as CSV: id, words, parameters, longest length, parts."""
    if sms == wechat:
        _stop("say one of --sms and --wechat")
    rows = list(short_messages(_loaded(folder, as_json), "sms" if sms else "wechat"))
    if as_json:
        typer.echo(json.dumps({"messages": rows}, ensure_ascii=False))
        return
    writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else ["id"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "parameters": json.dumps(row["parameters"], ensure_ascii=False)} for row in rows)


def _loaded(folder: Path, as_json: bool) -> Release:
    try:
        return load_directory(folder)
    except CatalogueRefused as refused:
        if as_json:
            typer.echo(json.dumps({"problems": [_problem_data(problem) for problem in refused.problems]}))
        else:
            typer.echo("\n".join(f"{folder.name}/{problem}" for problem in refused.problems), err=True)
            typer.echo(f"{len(refused.problems)} problems", err=True)
        raise typer.Exit(1) from refused


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


def _problem_data(problem: Any) -> dict[str, Any]:
    names = ("file", "line", "kind", "id", "what", "allowed", "nearest")
    return {**{name: getattr(problem, name) for name in names}, "path": "/".join(map(str, problem.path))}


def _counts(release: Release) -> dict[str, Any]:
    counts = {kind: len(getattr(release, section)) for kind, section in SECTIONS.items()}
    return {"release": release.number, "sha256": release.sha256, "entities": sum(counts.values()), "kinds": counts}


def _summary(release: Release) -> str:
    sizes = {kind: len(getattr(release, section)) for kind, section in SECTIONS.items()}
    counts = [f"{size} {kind if size == 1 else SECTIONS[kind].replace('_', ' ')}" for kind, size in sizes.items()]
    return f"release {release.number}: {', '.join(counts)}" if release.number else ", ".join(counts)


def _line(body: dict[str, Any]) -> str:
    return f"{body['id']:<32} {body.get('zh', '')}  {body.get('en', '')}".rstrip()


def _as_data(changes: Changes, dry_run: bool) -> dict[str, Any]:
    named = {name: ["/".join(key) for key in getattr(changes, name)] for name in ("added", "changed", "removed")}
    head = {"release": changes.release, "sha256": changes.sha256, "entities": changes.entities}
    return {**head, "published": changes.needed and not dry_run, **named}


def _as_text(changes: Changes, dry_run: bool) -> str:
    if not changes.needed:
        return f"release {changes.release} already says this; nothing published"
    lines = []
    for name in ("added", "changed", "removed"):
        keys = ["/".join(key) for key in getattr(changes, name)]
        lines += [f"{name:<8} {key}" for key in keys[:20]]
        lines += [f"{name:<8} and {len(keys) - 20} more"] if len(keys) > 20 else []
    done = "would publish" if dry_run else "published"
    return "\n".join([*lines, f"{done} release {changes.release} with {changes.entities} entities"])
