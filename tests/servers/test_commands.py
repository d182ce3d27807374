"""The table of commands: each line leads somewhere, and `--help` imports nothing it does not show."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from freshwater.__main__ import COMMANDS, Command, build
from freshwater.places import CHECKOUT


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_where_the_table_says(command: Command) -> None:
    module, _, name = command.place.partition(":")
    target = getattr(import_module(module), name)
    assert isinstance(target, typer.Typer) or callable(target)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself_with_an_example(command: Command) -> None:
    for path in _paths(_real(command.name), [command.name]):
        shown = CliRunner().invoke(build(command.name), [*path, "--help"])
        assert shown.exit_code == 0, shown.output
        assert f"Example: ./run {' '.join(path)}" in shown.output, path


def _real(name: str) -> object:
    group = typer.main.get_command(build(name))
    assert isinstance(group, TyperGroup)
    return group.commands[name]


def _paths(command: object, path: list[str]) -> Iterator[list[str]]:
    """The words of every command that is not a group."""
    inner = getattr(command, "commands", None)
    if not inner:
        yield path
        return
    for name, each in inner.items():
        yield from _paths(each, [*path, name])


def test_the_help_lists_all_and_an_unknown_one_is_refused() -> None:
    shown = _freshwater("--help").stdout
    assert all(command.name in shown for command in COMMANDS)
    refused = _freshwater("no-such-command")
    assert refused.returncode == 2
    assert "no-such-command" in refused.stderr


def test_the_help_imports_no_command() -> None:
    code = "import sys; from freshwater.__main__ import build; build(None); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert not {command.place.partition(":")[0] for command in COMMANDS} & set(loaded.stdout.split())


def _freshwater(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "freshwater", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
