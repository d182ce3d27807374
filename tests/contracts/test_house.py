"""The rules of the house that no linter knows: what a domain may see, who reads the clock, how long things may be.

And a proof that the import contracts of pyproject.toml bite: a small tree that breaks each of them.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("bench", "freshwater", "services", "shared")
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/__init__.py"))
# Who looks at the clock, or draws lots, decides differently the second time.
UNREPEATABLE = {"now", "utcnow", "today", "time", "monotonic", "random", "uuid1", "uuid4", "randint", "choice"}
SQL_CLOCK = re.compile(r"\b(now\(\)|current_(timestamp|date|time)|localtimestamp|clock_timestamp\(\))", re.IGNORECASE)
SQL = re.compile(r"\b(select|insert|update|delete)\b.*\b(from|into|set|values)\b", re.IGNORECASE | re.DOTALL)

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
LONGEST_APP = 80


def python_files(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_knows_the_standard_library_and_itself(service: str) -> None:
    own = f"services.{service}.domain"
    foreign = [
        f"{path}: {name}"
        for path, tree in python_files(f"services/{service}/domain")
        for name in imported(tree)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith(own)
    ]

    assert foreign == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_asks_neither_the_clock_nor_chance(service: str) -> None:
    asked = [
        f"{path}:{node.lineno} {node.func.attr}()"
        for path, tree in python_files(f"services/{service}/domain")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in UNREPEATABLE
    ]

    assert asked == []


def test_no_sql_asks_the_database_for_the_time() -> None:
    """There is one clock, and a month of it may pass in minutes."""
    statements = [
        (f"{path}:{node.lineno}", node.value)
        for path, tree in python_files("freshwater", "services", "shared")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]
    files = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.sql")]
    statements += [(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in files]

    assert statements
    assert [place for place, text in statements if SQL_CLOCK.search(text)] == []


def test_no_file_and_no_function_is_too_long() -> None:
    found = []
    for path, tree in python_files(*CODE):
        lines = (ROOT / path).read_text("utf-8").count("\n")
        limit = LONGEST_APP if path.endswith("/app.py") else LONGEST_FILE
        if lines > limit:
            found.append(f"{path}: {lines} lines, at most {limit}")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(f"{path}:{node.lineno} {node.name}: {length} lines, at most {LONGEST_FUNCTION}")

    assert found == []


def test_every_service_says_in_one_sentence_what_it_owns() -> None:
    for service in SERVICES:
        said = ast.get_docstring(ast.parse((ROOT / f"services/{service}/__init__.py").read_text("utf-8"))) or ""
        assert re.search(r"own|read|writ", said), f"services/{service}/__init__.py: owns, reads, writes what?"


MODULES = ("__init__", "__main__", "app", "settings", "handlers", "store", "metrics", "domain/__init__")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small tree that keeps every contract: two services with nothing in them."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    files = [f"services/{service}/{module}.py" for service in ("intake", "notify") for module in MODULES]
    files += ["bench/__init__.py"]
    files += [name for package in ("freshwater", "shared") for name in _modules(package)]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def _modules(package: str) -> list[str]:
    """What stands right under a package, each as a file with nothing in it."""
    here = [path for path in (ROOT / package).iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"]
    return [f"{package}/{path.stem}.py" for path in here]


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    # ./run puts the checkout on PYTHONPATH, and `services` is a namespace: the real one would fill what is missing.
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=house, env=alone, capture_output=True, text=True, timeout=60, check=False)


def broken(house: Path) -> list[str]:
    """The first words of every contract that is broken."""
    said = " ".join(lint(house).stdout.split())
    summary = said.partition("dependencies.")[2].partition("Contracts:")[0]
    return [part.split("KEPT")[-1].strip(" -")[:24].strip() for part in summary.split("BROKEN")[:-1]]


def test_optional_modules_may_be_missing(house: Path) -> None:
    result = lint(house)

    assert result.returncode == 0, result.stdout


VIOLATIONS = {
    "a service imports another": (
        "services/intake/store.py",
        "import services.notify.store",
        "Services never import on",
    ),
    "shared imports a service": ("shared/journal.py", "import services.notify.store", "The command line starts"),
    "the command line imports a service": (
        "freshwater/books.py",
        "import services.notify.store",
        "The command line starts",
    ),
    "the books import the demonstration": ("freshwater/books.py", "import freshwater.demo", "The command line has one"),
    "a room of the command line without a place": ("freshwater/utils.py", "", "The command line has one"),
    "a store imports its handlers": (
        "services/intake/store.py",
        "import services.intake.handlers",
        "One direction inside a s",
    ),
    "a module without a rule": ("services/intake/utils.py", "", "One direction inside a s"),
    "a file of shared without a place": ("shared/utils.py", "", "shared has one direction"),
    "the journal imports the loop": ("shared/journal.py", "import shared.loop", "shared has one direction"),
    "a domain imports pydantic": ("services/intake/domain/x.py", "import pydantic", "A domain decides: it kno"),
    "a domain imports shared": ("services/intake/domain/x.py", "import shared.clock", "A domain decides: it kno"),
    "code imports the tests": ("shared/journal.py", "import tests.conftest", "Nothing but a test impor"),
}


def test_each_contract_bites(house: Path) -> None:
    """All at once, for each look at the tree takes a second: every contract but the kept ones is named."""
    for path, line, _ in VIOLATIONS.values():
        with (house / path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    assert {*broken(house)} == {contract for _, _, contract in VIOLATIONS.values()}


@pytest.mark.parametrize(
    "violation",
    ["a module without a rule", "a file of shared without a place", "a room of the command line without a place"],
)
def test_a_file_that_no_rule_names_is_refused(house: Path, violation: str) -> None:
    path, _, contract = VIOLATIONS[violation]
    (house / path).touch()

    assert broken(house) == [contract]


def test_a_module_that_every_service_has_may_not_be_missing(house: Path) -> None:
    (house / "services/intake/metrics.py").unlink()

    assert "services.intake.metrics" in lint(house).stdout
