"""`freshwater what-if`, `freshwater explain`, `freshwater catalogue diff`: questions that matching answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from freshwater.places import CHECKOUT
from shared.catalogue.yaml_text import read_yaml
from shared.errors import FreshwaterError

PATIENCE_SECONDS = 600
BANKS_SHOWN = 20
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]


class NoAnswer(FreshwaterError):
    """Matching did not answer; the text says what it said."""


def what_if(
    edit: Annotated[Path, typer.Option("--edit", help="A YAML file: which criteria, products or policies differ.")],
    as_json: Json = False,
) -> None:
    """The recorded demands under an edited catalogue: how many more are served, by whom, and how much money that is.

    Nothing is published and nothing is decided. What an edit may say stands in docs/examples/half-year-rule.yaml.
    """
    if not edit.is_file():
        raise NoAnswer(f"there is no file {edit}")
    document = read_yaml(edit.read_text("utf-8"))
    if document.faults:
        lines = [f"{edit.name}:{line}: {'/'.join(map(str, path))} {what}" for path, line, what in document.faults]
        raise NoAnswer("\n".join(lines))
    answer = ask("what-if", document.data)
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else told(answer))


def explain(
    demand: Annotated[UUID, typer.Argument(help="A demand's id.")],
    bank: Annotated[str | None, typer.Option(help="Say of all products of this bank why, or why not.")] = None,
    as_json: Json = False,
) -> None:
    """Why a demand stands where it stands: the recorded decision computed again, and whether it comes out the same."""
    answer = ask("explain", None, str(demand), *([bank] if bank else []))
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else explained(answer))


def ask(question: str, data: Any, *arguments: str) -> dict[str, Any]:
    """Matching's answer. Raises NoAnswer with everything that it has to say against the question."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.matching", question, *arguments],
        input=json.dumps(data).encode(),
        capture_output=True,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        hint = "Has it run on this database in this version (FRESHWATER_POSTGRES)?"
        raise NoAnswer(f"matching does not answer: {last[0]}. {hint}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "problems" in answer:
        raise NoAnswer("\n".join(answer["problems"]))
    return answer


def told(answer: dict[str, Any]) -> str:
    """A comparison in lines."""
    lines = [
        f"{answer['demands']:,} recorded demands, against release {answer['release']}",
        f"  meet a product                {answer['served_before']:>10,} → {answer['served_after']:,}",
        f"  households that met none      {answer['households_gained']:>10,}   "
        f"asking for {answer['yuan_gained']:,} yuan",
        f"  with more banks to go to      {answer['households_with_more_banks']:>10,}   "
        f"asking for {answer['yuan_with_more_banks']:,} yuan",
        f"  that would meet none any more {answer['households_lost']:>10,}",
        f"  cheaper for                   {answer['cheaper']:>10,}   dearer for {answer['dearer']:,}",
    ]
    if answer["banks"]:
        lines.append("each bank by itself (who could go to two of them stands at both):")
    for row in answer["banks"][:BANKS_SHOWN]:
        lost = f", {row['lost']:,} fewer" if row["lost"] else ""
        lines.append(f"  {row['name']}: {row['households']:,} more households, {row['yuan']:,} yuan{lost}")
    lines += [f"  no longer needed: {row['step']}, {row['demands']:,} demands" for row in answer["spared"][:10]]
    return "\n".join([*lines, "Nothing was published."])


def explained(answer: dict[str, Any]) -> str:
    """An explanation in lines."""
    decided = answer["decided"]
    lines = [f"demand {answer['demand']}: {answer['state']}"]
    if decided:
        release = f"release {decided['release']}, revision {decided['revision']}"
        lines.append(f"decided {decided['decided_at']} on {decided['type']} ({release})")
    same = "the same comes out" if not answer["differs"] else "it comes out otherwise:"
    lines.append(f"computed again by release {answer['recomputed_by_release']}: {same}")
    lines += [f"  {row['what']}: {_short(row['recorded'])} → {_short(row['recomputed'])}" for row in answer["differs"]]
    lines.append("from what is offered there to what is met: " + _steps(answer["funnel"]))
    lines += [_verdict(row) for row in answer["verdicts"]]
    lines += [_remedy(row) for row in answer["remedies"]]
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else text[:157] + "..."


def _steps(funnel: list[dict[str, Any]]) -> str:
    return " → ".join(f"{row['fact']} {row['products']}" for row in funnel)


def _verdict(row: dict[str, Any]) -> str:
    lines = [f"{row['product']['id']}: {'meets the conditions as stated' if row['met'] else 'not met'}"]
    for line in row["lines"]:
        asked, known = line["criterion"], line["known"]
        has = "nobody has said" if known is None else f"{line['value']} ({known['source']}, {known['assurance']})"
        lines.append(f"  {line['verdict']:<10} {asked['fact']} {asked['op']} {asked['value']}: {has}")
    return "\n".join(lines)


def _step(step: dict[str, Any]) -> str:
    if step["kind"] == "wait":
        return f"wait for {step['fact']} until {step['on']}"
    if step["kind"] == "adjust" and step["target"] is not None:
        return f"adjust {step['fact']} to {_plain(step['target'])}"
    return f"{step['kind']} {step['obstacle'] or step['fact']}"


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _remedy(row: dict[str, Any]) -> str:
    steps = " + ".join(map(_step, row["steps"]))
    best = f", the best at {row['best_rate_bp'] / 100:.2f} %" if row["best_rate_bp"] is not None else ""
    return f"do {steps}: {row['products']} products open{best}, about {row['days']} working days"
