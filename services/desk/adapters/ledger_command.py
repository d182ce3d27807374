"""`python -m services.desk ledger verify | roots`: whether what happened is still what was written down."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.desk.domain.ledger import NOTHING, End, faults_of_end, faults_of_entry, root_of
from services.desk.settings import DeskSettings
from services.desk.store import ledger as store
from shared.database import LOST, Connection, connect

PATIENCE_SECONDS = 3600.0
SHOWN = 20
"""Faults that are named; all are counted."""


@dataclass(slots=True)
class Verdict:
    """What was read and what is wrong with it; `known` says whether a root that somebody kept is among the roots."""

    entries: int = 0
    chains: int = 0
    roots: int = 0
    last_root: str = ""
    known: bool | None = None
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def found(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        if len(self.faults) < SHOWN:
            self.faults.append(f"{kind}: {what}")

    @property
    def good(self) -> bool:
        return not self.counts and self.known is not False

    def as_dict(self) -> dict[str, Any]:
        kinds = {kind: self.counts[kind] for kind in ("changed", "removed", "inserted")}
        said = {"entries": self.entries, "chains": self.chains, "roots": self.roots, "last_root": self.last_root}
        asked = {} if self.known is None else {"kept_root_known": self.known}
        return {"good": self.good, **said, **asked, **kinds, "faults": self.faults}


async def verify(connection: Connection, kept_root: str | None = None) -> Verdict:
    """Read all of it at one moment, and compute every link and root again."""
    verdict = Verdict()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _chains(connection, verdict)
        await _roots(connection, verdict, kept_root)
        for table, event in await store.unnoted(connection, 10_000):
            verdict.found("inserted", f"{table} {event}: the line is not in the ledger")
    return verdict


async def _chains(connection: Connection, verdict: Verdict) -> None:
    kept, last = await store.ends(connection), dict[int, End]()
    async for entry, line in store.entries(connection):
        verdict.entries += 1
        before = last.get(entry.chain, End(entry.chain, 0, NOTHING))
        for kind, what in faults_of_entry(entry, before, line):
            verdict.found(kind, what)
        last[entry.chain] = End(entry.chain, entry.number, entry.link)
    verdict.chains = len(last)
    for chain in sorted({*kept, *last}):
        for kind, what in faults_of_end(last.get(chain, End(chain, 0, NOTHING)), kept.get(chain)):
            verdict.found(kind, what)


async def _roots(connection: Connection, verdict: Verdict, kept_root: str | None) -> None:
    before, number = NOTHING, 0
    for root in await store.roots(connection):
        verdict.roots += 1
        if root.number != number + 1:
            verdict.found("removed", f"roots {number + 1} to {root.number - 1} are missing")
        elif root.root != root_of(before, root.number, root.at, root.ends):
            verdict.found("changed", f"root {root.number} is not what was written")
        links = await store.links(connection, root.ends)
        for end, link in zip(root.ends, links, strict=True):
            if link != end.link:
                kind = "removed" if link is None else "changed"
                verdict.found(kind, f"chain {end.chain} entry {end.number} is not what root {root.number} says")
        before, number, verdict.last_root = root.root, root.number, root.root.hex()
        if kept_root is not None and root.root.hex() == kept_root.lower():
            verdict.known = True
    if kept_root is not None and verdict.known is None:
        verdict.known = False


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser(prog="freshwater ledger", epilog="Example: freshwater ledger verify --json")
    commands = made.add_subparsers(dest="command", required=True)
    verified = commands.add_parser("verify", help="compute every link and root again; exit code 1 where one is wrong")
    verified.add_argument("--root", metavar="HEX", help="a root that was printed or published: it must be among them")
    shown = commands.add_parser("roots", help="all roots, to keep elsewhere")
    for each in (verified, shown):
        each.add_argument("--json", action="store_true", help="one JSON object")
    return made


async def ledger_command(arguments: list[str]) -> None:
    """Do what the arguments say."""
    asked = parser().parse_args(arguments)
    try:
        connection = await connect(DeskSettings().postgres, "desk", command_timeout=PATIENCE_SECONDS)
    except LOST as error:
        sys.stderr.write(f"ledger: the desk's database does not answer ({type(error).__name__}): FRESHWATER_POSTGRES\n")
        sys.exit(1)
    try:
        if asked.command == "roots":
            _print_roots(await store.roots(connection), asked.json)
            return
        verdict = await verify(connection, asked.root)
    finally:
        await connection.close()
    _print(verdict, asked.json)
    if not verdict.good:
        sys.exit(1)


def _print_roots(roots: list[store.Root], as_json: bool) -> None:
    rows = [
        {"number": root.number, "at": root.at, "entries": sum(end.number for end in root.ends), "root": root.root.hex()}
        for root in roots
    ]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode({"roots": rows}) + b"\n")
        return
    for row in rows:
        print(f"{row['number']:>6}  {row['at']:%Y-%m-%d %H:%M}  {row['entries']:>9,} entries  {row['root']}")


def _print(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(verdict.as_dict()) + b"\n")
        return
    print(f"{verdict.entries:,} entries in {verdict.chains} chains under {verdict.roots} roots; the last root:")
    print(f"  {verdict.last_root or 'none yet'}")
    for fault in verdict.faults:
        print(f"  {fault}")
    if verdict.known is False:
        print("  the root that was kept is not among them: the ledger is not the one of which it was taken")
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(verdict.counts.items()))
    print(f"The ledger is NOT what was written: {counted or 'another ledger'}" if not verdict.good else
          "Every row is what was written: nothing changed, removed or inserted.")  # fmt: skip
