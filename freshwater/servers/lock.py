"""`jars.lock`: the jars of Kafka, each pinned by coordinate and SHA-256.

`python -m freshwater.servers.lock` writes it again after KAFKA below was changed. It is the maintainer's only
resolution step: a start asks for exactly what the file lists.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK_FILE = Path(__file__).resolve().parents[1] / "jars.lock"
KAFKA = "org.apache.kafka:kafka_2.13:4.4.0"
# Kafka brings the SLF4J 1.7 interface and no implementation: without one, its errors are swallowed.
LOGGING = "org.slf4j:slf4j-simple:1.7.36"
HEADER = f"""\
# The jars of {KAFKA} with {LOGGING}: group:artifact:version SHA-256.
# Written by `python -m freshwater.servers.lock`; every start checks the files against it.
"""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar. `sha256` is lower-case hexadecimal."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def path(self) -> Path:
        """Where it lies below the jars folder (Maven's layout, which is what jgo writes)."""
        name = f"{self.artifact}-{self.version}.jar"
        return Path(*self.group.split("."), self.artifact, self.version, name)


def read_lock(file: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The pinned jars, in class path order."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return tuple(Jar(*line.replace(":", " ").split()) for line in lines)


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _resolve(cache: Path) -> list[Any]:
    """Kafka and all it needs at run time, as jgo's artifacts.

    Not `jgo.build`: that looks for a JDK to sort the jars by module and downloads one where there is none.
    """
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=cache, timeout=60)
    wanted = [context.create_dependency(coordinate) for coordinate in (KAFKA, LOGGING)]
    for dependency in wanted:
        dependency.scope = "compile"
    asked, brought = context.resolver.resolve(wanted)
    return [each.artifact for each in [*asked, *(other for other in brought if other.scope in ("compile", "runtime"))]]


def write_lock(file: Path = LOCK_FILE) -> int:
    """Resolve, download, hash, write. Returns the number of jars."""
    with tempfile.TemporaryDirectory() as cache:
        artifacts = _resolve(Path(cache))
        lines = [f"{a.groupId}:{a.artifactId}:{a.version} {sha256(a.resolve())}" for a in artifacts]
    file.write_text(HEADER + "\n".join(sorted(lines)) + "\n", "utf-8")
    return len(lines)


if __name__ == "__main__":
    sys.stderr.write(f"{write_lock()} jars pinned in {LOCK_FILE.name}\n")
