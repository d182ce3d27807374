"""What the images hold is what was tested: the same versions, and all that the project asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE | re.IGNORECASE)


def pins(path: str) -> dict[str, str]:
    return {name.lower(): version for name, version in PIN.findall((ROOT / path).read_text("utf-8"))}


def asked() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {re.split(r"[\[<>=;]", each)[0].strip().lower() for each in project["dependencies"]}


@pytest.mark.parametrize("name", ["deploy/requirements.txt", "deploy/requirements-otel.txt"])
def test_the_images_have_what_the_project_asks_for_in_the_versions_that_are_tested(name: str) -> None:
    image, tested = pins(name), pins("requirements.txt")

    assert asked() - image.keys() == set()
    assert {each: version for each, version in image.items() if tested.get(each, version) != version} == {}
