"""`bench intake`: the gate's HTTP against the same routes with nothing behind them, its checks alone, and an import
against reading its file."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec

from bench.measure import answering, spread
from freshwater.gate import Gate
from freshwater.importing.command import run_import, run_tally
from freshwater.importing.mapping import load_mapping
from freshwater.importing.rows import find_head, heads_of, rows
from freshwater.places import CHECKOUT
from freshwater.servers import servers
from freshwater.simulate.partners import IMPORT
from freshwater.stack import Place, Stack, stack
from services.intake.domain.speaking import Partner, through_door
from services.intake.handlers.offers import offer_of
from services.intake.handlers.reading import read_door
from services.intake.handlers.terms import terms_of
from shared.catalogue import Release, load_directory

AT_ONCE, BATCH = 8, 100
MAPPING = """
name: bench
notice: bench
header: [编号]
simulated: true
source_id: {column: 编号}
fields:
  county: {column: 县区}
  amount_yuan: {column: 金额, to: yuan}
  purpose: {constant: stock}
  sentence: {constant: 进货}
personal: {phone: {column: 电话, to: code}}
consent: {version: {constant: v1}, evidence: {column: 编号}}
facts: {operating_months: {constant: 30}, employees: {constant: 2}}
"""
_numbers = count()


def demand() -> dict[str, Any]:
    """A demand of its own; about six hundred bytes as JSON."""
    number = next(_numbers)
    return {
        "source_id": f"bench-{number}", "county": "620102", "sentence": "想进一批货，周转半年", "purpose": "stock",
        "amount_yuan": 80_000, "term_months": 12, "industry": "H62",
        "facts": {"licence_state": "valid", "operating_months": 30, "employees": 2},
        "consent": {"version": "v1", "evidence": "form 7"},
        "personal": {"contact_name": "示例", "phone": f"1{number:011d}", "address": f"示例路{number}号"},
    }  # fmt: skip


def event() -> dict[str, Any]:
    said = demand()
    kind = "org.freshwater.door.demand-submitted.v1"
    return {"specversion": "1.0", "id": said["source_id"], "source": "/bench", "type": kind, "data": said}


async def _rate(client: httpx.AsyncClient, path: str, kind: str, bodies: Sequence[bytes]) -> float:
    """Requests a second, some at once."""
    left: Iterator[bytes] = iter(bodies)

    async def worker() -> None:
        for body in left:
            answer = await client.post(path, content=body, headers={"content-type": kind})
            if answer.status_code != 202:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")

    start = time.perf_counter()
    await asyncio.gather(*[worker() for _ in range(AT_ONCE)])
    return len(bodies) / (time.perf_counter() - start)


async def _http(running: Stack, single: int, batches: int, repetitions: int) -> dict[str, list[float]]:
    """Both sides of each pair one after the other, again and again: ratios inside a repetition."""
    key = {"authorization": f"Bearer {running.entrance.keys[IMPORT]}"}
    found: dict[str, list[float]] = {}
    async with (
        answering("bench.empty_gate") as url,
        httpx.AsyncClient(base_url=url, timeout=30) as empty,
        httpx.AsyncClient(base_url=running.intake_url, headers=key, timeout=60) as gate,
    ):
        for repetition in range(-1, repetitions):  # The first one warms.
            ones = [msgspec.json.encode(demand()) for _ in range(single)]
            many = [msgspec.json.encode([event() for _ in range(BATCH)]) for _ in range(batches)]
            batch = "application/cloudevents-batch+json"
            rates = {
                "single, empty": await _rate(empty, "/v1/demands", "application/json", ones),
                "single, gate": await _rate(gate, "/v1/demands", "application/json", ones),
                "batch, empty": BATCH * await _rate(empty, "/v1/events", batch, many),
                "batch, gate": BATCH * await _rate(gate, "/v1/events", batch, many),
            }
            if repetition >= 0:
                for name, rate in rates.items():
                    found.setdefault(name, []).append(rate)
    return found


def _checks(release: Release, events: int, repetitions: int) -> dict[str, list[float]]:
    """The one check for all ways in, without vault, database and Kafka; against parsing the same JSON."""
    terms, now = terms_of(release), datetime(2026, 11, 24, 1, tzinfo=UTC)
    speaker = through_door(Partner("bench", "publisher"))
    values = [msgspec.json.encode(event()) for _ in range(events)]

    def check(value: bytes) -> None:
        if offer_of(read_door("bench", value), speaker, terms, now).problems:
            raise RuntimeError("a demand of the bench has a fault")

    found: dict[str, list[float]] = {}
    for _ in range(repetitions):
        for name, work in (("checks, parsing alone", msgspec.json.decode), ("checks, all", check)):
            start = time.perf_counter()
            for value in values:
                work(value)
            found.setdefault(name, []).append(events / (time.perf_counter() - start))
    return found


async def _import(running: Stack, folder: Path, lines: int, repetitions: int) -> dict[str, list[float]]:
    mapping_file = folder / "bench.yaml"
    mapping_file.write_text(MAPPING, "utf-8")
    mapping = load_mapping(mapping_file)
    found: dict[str, list[float]] = {}
    gate = Gate(running.intake_url, running.entrance.keys[IMPORT])
    try:
        for repetition in range(repetitions):
            file = folder / f"rows-{repetition}.csv"
            made = (f"R{repetition}-{n},620102,{n % 90 + 1}万元,2{repetition:02d}{n:08d}" for n in range(lines))
            file.write_text("\n".join(["编号,县区,金额,电话", *made]), "utf-8")
            head = find_head(heads_of(file), mapping.columns())
            start = time.perf_counter()
            read = sum(1 for line in rows(file, mapping.format, head) if mapping.demand(line.cells).data)
            found.setdefault("import, reading and mapping alone", []).append(read / (time.perf_counter() - start))
            start = time.perf_counter()
            imported = await run_import(file, mapping_file, gate, folder / "kept", lambda _: None)
            sent = time.perf_counter()
            tally = await run_tally(imported, gate, lambda _: None)
            found.setdefault("import, into Kafka", []).append(lines / (sent - start))
            found.setdefault("import, to the last verdict", []).append(lines / (time.perf_counter() - start))
            if tally.accepted != lines:
                raise RuntimeError(f"of {lines} rows {tally.accepted} were accepted")
    finally:
        await gate.close()
    return found


async def measure(single: int, batches: int, lines: int, repetitions: int) -> None:
    """Print every pair with its ratio; the last line is one JSON object."""
    release = load_directory(CHECKOUT / "catalogue", 1)
    found = _checks(release, 2_000, repetitions)
    with tempfile.TemporaryDirectory(prefix="freshwater-bench-") as name:
        folder = Path(name)
        async with (
            servers(folder, performance=True) as started,
            stack(started, Place(folder), release, names=("intake",)) as running,
        ):
            found |= await _http(running, single, batches, repetitions)
            found |= await _import(running, folder, lines, repetitions)
    for what, rates in found.items():
        print(f"{what:<36} a second, min / median / max: {spread(rates)}")
    ratios = {}
    for above, below in PAIRS:
        pairs = [one / other for one, other in zip(found[above], found[below], strict=True)]
        ratios[f"{above} : {below}"] = round(statistics.median(pairs), 4)
        print(f"{above} : {below:<36} {spread(pairs)}")
    print(json.dumps({"per_second": {name: round(statistics.median(rates)) for name, rates in found.items()},
                      "ratios": ratios}, ensure_ascii=False))  # fmt: skip


PAIRS = (
    ("single, gate", "single, empty"),
    ("batch, gate", "batch, empty"),
    ("batch, gate", "single, gate"),
    ("checks, all", "checks, parsing alone"),
    ("import, into Kafka", "import, reading and mapping alone"),
    ("import, to the last verdict", "import, reading and mapping alone"),
)
