"""FRESHWATER_KAFKA and FRESHWATER_POSTGRES: what is said where they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from freshwater.servers import Servers, ServersError, running
from freshwater.servers import servers as run_servers
from freshwater.servers.ports import free_port, is_free

NOWHERE = f"127.0.0.1:{free_port()}"


@pytest.mark.parametrize(
    ("variable", "value", "other"),
    [
        ("FRESHWATER_KAFKA", NOWHERE, "FRESHWATER_POSTGRES"),
        ("FRESHWATER_POSTGRES", f"postgresql://someone:secret@{NOWHERE}/postgres", "FRESHWATER_KAFKA"),
        ("FRESHWATER_POSTGRES", "not a dsn: secret", "FRESHWATER_KAFKA"),
    ],
    ids=["kafka", "postgres", "no dsn"],
)
async def test_one_that_does_not_answer_is_named_without_its_password(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, other: str
) -> None:
    monkeypatch.setenv(other, servers.environment[other])
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(running, "CONNECT_SECONDS", 2)
    with pytest.raises(ServersError, match=f"The .* of {variable} does not answer") as raised:
        await run_servers(tmp_path).__aenter__()
    assert "secret" not in str(raised.value)


async def test_an_old_postgres_is_refused_with_its_version(
    servers: Servers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in servers.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(running, "OLDEST_POSTGRES", 99)
    with pytest.raises(ServersError, match=r"is version \d\d; 99 or newer is needed"):
        await run_servers(tmp_path).__aenter__()


async def test_a_port_that_is_taken_is_refused_before_anything_starts(own_servers: Servers, tmp_path: Path) -> None:
    taken = own_servers.kafka_server.program.port
    assert not is_free(taken)
    with pytest.raises(ServersError, match=f"Port {taken}, meant for PostgreSQL, is taken"):
        await run_servers(tmp_path, kafka_port=free_port(), postgres_port=taken).__aenter__()
