"""Where a command works: on servers that run and said so, not on what a killed run left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from freshwater.__main__ import needs_servers
from freshwater.here import ADDRESSES, announced, at_hand
from freshwater.servers import Servers


async def test_a_command_finds_the_servers_that_a_demonstration_announced(
    own_servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRESHWATER_HOME", str(tmp_path))
    monkeypatch.delenv("FRESHWATER_KAFKA", raising=False)
    monkeypatch.delenv("FRESHWATER_POSTGRES", raising=False)
    (tmp_path / "data").mkdir()
    with announced(own_servers, tmp_path / "data"):
        assert (tmp_path / "data" / ADDRESSES).stat().st_mode & 0o077 == 0, "it holds a password"
        with at_hand():
            assert os.environ["FRESHWATER_KAFKA"] == ",".join(own_servers.kafka)
            assert os.environ["FRESHWATER_POSTGRES"] == own_servers.postgres
    assert "FRESHWATER_KAFKA" not in os.environ
    assert not (tmp_path / "data" / ADDRESSES).exists()


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("topics apply", True),
        ("topics list", False),
        ("catalogue check", False),
        ("catalogue publish --dry-run", True),
        ("partner list", True),
        ("books --json", True),
        ("books --help", False),
        ("dead-letters retry --all", True),
        ("demo", False),
        ("", False),
    ],
)
def test_only_what_works_on_servers_finds_or_starts_them(line: str, needed: bool) -> None:
    assert needs_servers(line.split()) is needed
