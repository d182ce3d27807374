"""`freshwater metrics`: the one list of metrics on paper, and the page of it in docs/."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from freshwater.places import CHECKOUT
from freshwater.watching.metrics_check import faults
from shared.metric_list import LABELS, LIST, Metric

METRICS_DOCUMENT = CHECKOUT / "docs" / "metrics.md"
_HEAD = """# Metrics (指标)

Made from `shared/metric_list.py` by `./run metrics --output docs/metrics.md`; do not edit it here.

Every process serves its own at `/metrics` (in a deployment on port 9100, inside the network alone). Names and labels
are part of what we promise: a change of one is said in the release's notes. *Always* means that it is there after a
start and a demand; the others appear with the first thing of their kind.

| Metric | Kind | Labels | Shown by | Always | What it is |
|---|---|---|---|---|---|
"""
_LABELS = """
## Labels

A label has few values, known beforehand; none is an id of a household, a demand or a partner. A test holds the running
services to it.

| Label | At most | What |
|---|---|---|
"""


def metrics(
    output: Annotated[Path | None, typer.Option(help="Write the page of the documentation.")] = None,
    against: Annotated[
        str | None, typer.Option(help="Address of a Prometheus: is everything there, and nothing without bound?")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """All metrics: name, kind, labels, who shows it, what it is. With --against exit code 1 where anything is wrong."""
    if against is not None:
        wrong = faults(against)
        typer.echo(json.dumps({"faults": wrong}) if as_json else "\n".join([*wrong, f"{len(wrong)} faults"]))
        raise typer.Exit(1 if wrong else 0)
    if output is not None:
        output.write_text(document(), "utf-8")
        typer.echo(f"wrote {output.name}")
    elif as_json:
        typer.echo(json.dumps([asdict(each) for each in LIST]))
    else:
        typer.echo("\n".join(f"{each.name:<58} {each.kind:<9} {each.help}" for each in LIST))


def document() -> str:
    """The page, in the list's order."""
    labels = "".join(f"| `{name}` | {most} | {what} |\n" for name, (most, what) in LABELS.items())
    return _HEAD + "".join(map(_row, LIST)) + _LABELS + labels


def _row(each: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in each.labels) or "–"
    shown = "all five" if len(each.shown_by) == 5 else ", ".join(each.shown_by)
    return f"| `{each.name}` | {each.kind} | {labels} | {shown} | {'yes' if each.promised else ''} | {each.help} |\n"
