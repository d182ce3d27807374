"""The example of settings is whole: every variable of the compose files, with the default that it has there."""

from __future__ import annotations

import re
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def test_every_setting_of_the_compose_files_is_in_the_example_with_its_default() -> None:
    files = "".join(file.read_text("utf-8") for file in sorted(DEPLOY.glob("docker-compose*.yml")))
    used = dict(VARIABLE.findall(files))
    lines = (DEPLOY / ".env.example").read_text("utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))

    assert used == shown
