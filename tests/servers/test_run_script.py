"""`./run` on machines of many kinds: no Python that fits, no venv module, a first run that broke off, two at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from freshwater.places import CHECKOUT

# All that the script may count on besides Python.
TOOLS = ("sh", "dirname", "cksum", "cat", "grep", "sed", "tail", "rm", "mkdir", "sleep")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script in a folder with a space in its path; no packages to install; a command line that repeats itself."""
    folder = tmp_path / "fresh water"
    (folder / "freshwater").mkdir(parents=True)
    shutil.copy(CHECKOUT / "run", folder / "run")
    (folder / "requirements.txt").write_text("# none\n")
    (folder / "freshwater" / "__init__.py").touch()
    (folder / "freshwater" / "__main__.py").write_text("import os, sys; print(os.getcwd(), *sys.argv[1:], sep='|')\n")
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs, to be the whole PATH. It has no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def _add_python(machine: Path, name: str, version: str = "", without: str = "none of these") -> None:
    """This Python by another name; it tells another version, and lacks a module."""
    script = f"""#!/bin/sh
case "$2" in
*'"%d.%d.%d"'*) {f"echo {version}; exit" if version else ":"} ;;
*'{without}'*) echo "No module named {without}" >&2; exit 1 ;;
esac
exec {sys.executable} "$@"
"""
    (machine / name).write_text(script)
    (machine / name).chmod(0o755)


def _start(checkout: Path, machine: Path, *arguments: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "LC_", "LANG"))}
    return subprocess.Popen(
        [str(checkout / "run"), *arguments],
        cwd=cwd or checkout,
        env={**kept, "PATH": str(machine)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output, what was said."""
    output, said = process.communicate(timeout=100)
    return process.returncode, output, said


def _run(checkout: Path, machine: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, str, str]:
    return _finish(_start(checkout, machine, *arguments, cwd=cwd))


@pytest.mark.parametrize("version", ["2.7.18", "3.9.2", "3.10.14", "3.15.0"])
def test_a_python_that_does_not_fit_is_named_with_the_package_to_install(
    checkout: Path, machine: Path, version: str
) -> None:
    _add_python(machine, "python3", version)
    code, _, said = _run(checkout, machine, "demo")
    assert code == 1
    assert f"needs Python 3.11 to 3.14. Found here: python3 {version}." in said
    assert "apt-get install python3 python3-venv" in said
    assert not (checkout / ".venv").exists()


def test_no_python_at_all_is_said_too(checkout: Path, machine: Path) -> None:
    code, _, said = _run(checkout, machine, "demo")
    assert code == 1
    assert "needs Python 3.11 to 3.14.\n" in said


def test_a_python_without_venv_is_told_the_package_for_its_version(checkout: Path, machine: Path) -> None:
    _add_python(machine, "python3", "3.13.5", without="ensurepip")
    code, _, said = _run(checkout, machine, "demo")
    assert code == 1
    assert "apt-get install python3.13-venv" in said


def test_a_newer_python_beside_an_old_one_is_used_and_the_callers_folder_kept(
    checkout: Path, machine: Path, tmp_path: Path
) -> None:
    _add_python(machine, "python3", "3.9.2")
    _add_python(machine, "python3.12")
    # A folder of the same name, where the caller stands, must not be taken for ours.
    (tmp_path / "freshwater").mkdir()
    (tmp_path / "freshwater" / "__main__.py").write_text("print('the wrong one')\n")

    code, output, said = _run(checkout, machine, "import", "a file.csv", cwd=tmp_path)
    assert (code, output) == (0, f"{tmp_path}|import|a file.csv\n"), said
    assert "Making .venv" in said

    assert _run(checkout, machine, "demo") == (0, f"{checkout}|demo\n", "")

    (checkout / "requirements.txt").write_text("# still none\n")
    assert _run(checkout, machine, "demo") == (0, f"{checkout}|demo\n", "Bringing .venv up to date\n")


def test_an_install_that_failed_is_made_anew_and_of_two_at_once_one_waits(checkout: Path, machine: Path) -> None:
    _add_python(machine, "python3")
    (checkout / "requirements.txt").write_text(f"--no-index\nthing==1.0 --hash=sha256:{'0' * 64}\n")
    code, _, said = _run(checkout, machine, "demo")
    assert code == 1
    assert "The packages could not be installed" in said

    (checkout / "requirements.txt").write_text("# none\n")
    both = [_finish(process) for process in [_start(checkout, machine, "demo") for _ in range(2)]]
    assert [code for code, _, _ in both] == [0, 0], both
    assert sorted("waiting for it" in said for _, _, said in both) == [False, True]
    assert sorted("Making .venv" in said for _, _, said in both) == [False, True]
