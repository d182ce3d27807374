"""The clients that docs/partners.md shows, taken from its text and run as they stand against the running gate."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.stage import Stage

TEXT = (Path(__file__).parents[2] / "docs" / "partners.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8101"


def shown(language: str, stage: Stage) -> list[str]:
    """The blocks of a language, with this gate's address."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert blocks, f"the document shows no {language}"
    return [block.replace(ADDRESS, str(stage.http.base_url).rstrip("/")) for block in blocks]


async def run(command: list[str], stage: Stage, said: str = "") -> str:
    environment = {"KEY": stage.keys["platform"], "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = await asyncio.to_thread(
        subprocess.run, command, input=said, env=environment, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_python_clients_are_taken(stage: Stage) -> None:
    plain, sdk, *_ = shown("python", stage)
    before = f"import os, httpx\nKEY = os.environ['KEY']\ngate = '{str(stage.http.base_url).rstrip('/')}'\n"
    printed = await run([sys.executable, "-"], stage, f"{before}{plain}\n{sdk}")
    assert printed.startswith("202 /v1/receipts/")
    # The second comes under the first one's telephone.
    await stage.hear_names("demand.accepted", "demand.merged")


async def test_the_curl_line_is_taken(stage: Stage) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    line = next(block for block in shown("sh", stage) if "/v1/demands" in block)
    assert "202 Accepted" in await run(["sh", "-c", line], stage)
    await stage.hear_names("demand.accepted")


@pytest.mark.trial
async def test_the_java_client_is_taken(stage: Stage, tmp_path: Path) -> None:
    """A JDK takes seconds to compile it: not in every run."""
    if shutil.which("javac") is None:
        pytest.skip("there is no JDK here")
    (source,) = shown("java", stage)
    (tmp_path / "First.java").write_text(source, "utf-8")
    assert (await run(["java", str(tmp_path / "First.java")], stage)).startswith("202 /v1/receipts/")
    await stage.hear_names("demand.accepted")
