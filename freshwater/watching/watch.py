"""`freshwater watch`: what no service sees of itself, as metrics: groups that stand still, dead letters that wait,
space, certificates, backups, the calendar's end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from cryptography import x509
from prometheus_client import CollectorRegistry, start_http_server

from freshwater.books.kafka import Installation
from freshwater.books.subjects import readers_of
from freshwater.letters.box import Box
from shared.contracts.topics import CATALOGUE, PARTNERS, SERVICES
from shared.errors import FreshwaterError
from shared.ledger import Offsets
from shared.metric_list import gauge
from shared.settings import Settings
from shared.workdays import national

WITHOUT_GROUP = (CATALOGUE, PARTNERS)
"""Followed from their beginning: nobody commits anything there."""

Named = Annotated[list[str] | None, typer.Option(help="NAME=PATH; may be repeated.")]


def watch(
    volume: Named = None,
    certificate: Named = None,
    backups: Annotated[Path | None, typer.Option(help="The folder that backups are written to.")] = None,
    seconds: Annotated[float, typer.Option(help="Look again after so many.", min=1)] = 30,
    metrics_port: Annotated[int, typer.Option(help="Serve Prometheus metrics there.")] = 9100,
) -> None:
    """Look again and again, until Ctrl-C. It needs no more than the rights of the books."""
    registry = CollectorRegistry()
    looks = [
        Space(_paths(volume), registry).look,
        Certificates(_paths(certificate), registry).look,
        Backups(backups, registry).look,
        Groups(Settings(), registry).look,
        Letters(Settings(), registry).look,
    ]
    gauge("freshwater_workdays_end_timestamp_seconds", registry).set(end_of_calendar())
    last = gauge("freshwater_watch_last_run_timestamp_seconds", registry)
    start_http_server(metrics_port, registry=registry)
    with suppress(KeyboardInterrupt):
        while True:
            done = [_looked(look) for look in looks]
            if all(done):
                last.set_to_current_time()
            time.sleep(seconds)


def _looked(look: Callable[[], None]) -> bool:
    """Whether it could be looked at. Where not, that is said, and the moment of the last whole look grows old."""
    try:
        look()
    except (FreshwaterError, KafkaError, OSError, ValueError) as error:
        typer.echo(f"freshwater: {type(error).__name__}: {error}", err=True)
        return False
    return True


def _paths(named: Sequence[str] | None) -> dict[str, Path]:
    pairs = [each.partition("=") for each in named or ()]
    if wrong := [name for name, _, path in pairs if not path]:
        raise FreshwaterError(f"{', '.join(wrong)}: write NAME=PATH, for example kafka=/var/lib/kafka")
    return {name: Path(path) for name, _, path in pairs}


def end_of_calendar() -> float:
    """The end of the last year in a row whose holidays are known: from then on deadlines rest on guesses."""
    known = national().known_years
    year = min(known)
    while year + 1 in known:
        year += 1
    return datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()


class Space:
    """Free space of volumes, by the file system that each lies on."""

    def __init__(self, paths: dict[str, Path], registry: CollectorRegistry) -> None:
        self._paths = paths
        self._free = gauge("freshwater_volume_free_bytes", registry)
        self._size = gauge("freshwater_volume_size_bytes", registry)

    def look(self) -> None:
        for name, path in self._paths.items():
            found = os.statvfs(path)
            self._free.labels(name).set(found.f_bavail * found.f_frsize)
            self._size.labels(name).set(found.f_blocks * found.f_frsize)


class Certificates:
    """When certificates end: the first that ends of all in a PEM file."""

    def __init__(self, paths: dict[str, Path], registry: CollectorRegistry) -> None:
        self._paths, self._ends = paths, gauge("freshwater_certificate_expires_timestamp_seconds", registry)

    def look(self) -> None:
        for name, path in self._paths.items():
            found = x509.load_pem_x509_certificates(path.read_bytes())
            self._ends.labels(name).set(min(each.not_valid_after_utc for each in found).timestamp())


class Backups:
    """When the newest whole backup was made: one that broke off has another name."""

    def __init__(self, folder: Path | None, registry: CollectorRegistry) -> None:
        self._folder, self._last = folder, gauge("freshwater_backup_last_timestamp_seconds", registry)

    def look(self) -> None:
        made = [path.stat().st_mtime for path in self._folder.glob("*.done")] if self._folder else []
        self._last.set(max(made, default=0))


class Groups:
    """How far each service's groups are behind, also those of a service that does not run and says nothing itself."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self._installation = Installation(settings, lambda _: {})
        self._lag = gauge("freshwater_group_lag_records", registry)

    def look(self) -> None:
        committed = self._installation.committed()
        ends = self._installation.ends()
        for service in SERVICES:
            self._lag.labels(service).set(behind(service, ends, committed.get(service, {})))


def behind(service: str, ends: Offsets, committed: Offsets) -> int:
    """Records of the topics that a service's loop reads and its groups have not committed."""
    read = [name for name in ends if name not in WITHOUT_GROUP and service in readers_of(name)]
    return sum(
        max(end - committed.get(name, {}).get(partition, 0), 0)
        for name in read
        for partition, end in ends[name].items()
    )


class Letters:
    """Dead letters that were neither retried nor discarded."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        self._settings, self._waiting = settings, gauge("freshwater_dead_letters_waiting", registry)

    def look(self) -> None:
        letters = asyncio.run(Box(self._settings).read(SERVICES))
        for service in SERVICES:
            self._waiting.labels(service).set(sum(each.service == service and each.mark is None for each in letters))
