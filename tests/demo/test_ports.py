"""Two installations that start at the same moment may choose the same port: whoever comes second takes another."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from freshwater.stack import running as stack
from freshwater.stack.place import StackError

TAKEN = "desk ended as it started. The end of desk.log:\nOSError: [Errno 98] Address already in use"


class Process:
    """A service whose first starts fail."""

    failures: list[str]
    ports: list[int]

    def __init__(self, name: str, environment: dict[str, str], *_: Any) -> None:
        self.port = int(environment["PORT"])

    async def start(self) -> None:
        self.ports.append(self.port)
        if self.failures:
            raise StackError(self.failures.pop())

    async def stop(self) -> None:
        """Nothing runs."""


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    Process.failures, Process.ports = [], []
    monkeypatch.setattr(stack, "ServiceProcess", Process)
    made = SimpleNamespace(ports={}, services={}, place=SimpleNamespace(logs=tmp_path))
    made.environment = lambda _: {"PORT": str(made.ports["desk"])}
    return made


async def start(installation: Any) -> None:
    await stack._start(installation, ("desk",), {}, False, print)


async def test_another_port_where_one_was_taken_meanwhile(installation: Any) -> None:
    Process.failures = [TAKEN]
    await start(installation)
    assert len(set(Process.ports)) == 2


async def test_not_for_ever(installation: Any) -> None:
    Process.failures = [TAKEN] * 10
    with pytest.raises(StackError):
        await start(installation)
    assert len(Process.ports) == stack.STARTS


async def test_another_failure_is_told_at_once(installation: Any) -> None:
    Process.failures = ["desk ended as it started: no database"]
    with pytest.raises(StackError, match="no database"):
        await start(installation)
    assert len(Process.ports) == 1
