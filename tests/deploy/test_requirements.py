"""What the images hold is what was tested: the same versions, and all that the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE | re.IGNORECASE)


def pins(path: str) -> dict[str, str]:
    return {name.lower(): version for name, version in PIN.findall((ROOT / path).read_text("utf-8"))}


def asked(extra: str | None = None) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {re.split(r"[\[<>=;]", each)[0].strip().lower() for each in wanted}


def test_the_images_have_what_the_project_asks_for_in_the_versions_that_are_tested() -> None:
    image, tested = pins("deploy/requirements.txt"), pins("requirements.txt")

    assert asked() - image.keys() == set()
    assert {each: version for each, version in image.items() if tested.get(each, version) != version} == {}


def test_the_extra_holds_what_it_adds_and_nothing_twice() -> None:
    image, extra = pins("deploy/requirements.txt"), pins("deploy/requirements-otel.txt")

    assert asked("otel") - extra.keys() == set()
    assert extra.keys() & image.keys() == set()
