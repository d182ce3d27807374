"""A file through the real gate: killed in the middle it loses nothing and doubles nothing, and every row is counted."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from tests.intake.people import phone
from tests.intake.stage import Stage

MAPPING = """
name: killed
notice: 测试 test
header: [编号]
source_id: {column: 编号}
fields:
  county: {constant: "620102"}
  purpose: {constant: stock}
  sentence: {template: "第{编号}行"}
personal: {phone: {column: 电话}}
consent: {version: {constant: v1}, evidence: {template: "form {编号}"}}
"""
ROWS, SHARED = 2_000, 25
"""So many rows; the last ones share one telephone, so that all but one of them are merged."""


async def started(stage: Stage, folder: Path) -> Process:
    environment = {
        **os.environ,
        "FRESHWATER_INTAKE_URL": str(stage.http.base_url),
        "FRESHWATER_KEY": stage.keys["platform"],
        "FRESHWATER_POSTGRES": stage.settings.postgres,
        "FRESHWATER_HOME": str(folder),
    }
    command = [
        sys.executable,
        "-m",
        "freshwater",
        "import",
        str(folder / "rows.csv"),
        "--mapping",
        str(folder / "m.yaml"),
    ]
    return await asyncio.create_subprocess_exec(*command, "--json", env=environment, stdout=PIPE, stderr=DEVNULL)


async def finished(process: Process) -> dict[str, int]:
    printed, _ = await process.communicate()
    assert process.returncode == 0
    counts: dict[str, int] = json.loads(printed)
    return counts


async def test_an_import_that_is_killed_goes_on_and_the_second_one_brings_nothing_new(
    stage: Stage, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING, "utf-8")
    phones = [phone(min(number, ROWS - SHARED + 1)) for number in range(1, ROWS + 1)]
    lines = ["编号,电话", *(f"K-{number},{one}" for number, one in enumerate(phones, 1)), "K-bad,x"]
    (tmp_path / "rows.csv").write_text("\n".join(lines), "utf-8")

    first = await started(stage, tmp_path)
    await _some_are_stored(stage)
    first.send_signal(signal.SIGKILL)
    assert await first.wait() == -signal.SIGKILL
    counts = await finished(await started(stage, tmp_path))

    assert counts == {
        "rows": ROWS + 1, "accepted": ROWS - SHARED + 1, "rejected": 1, "merged": SHARED - 1, "repeated": 0,
    }  # fmt: skip
    assert (await stage.sql("SELECT count(*) FROM submissions"))[0][0] == ROWS
    assert (await stage.sql("SELECT count(*) FROM requests"))[0][0] == ROWS
    counts = await finished(await started(stage, tmp_path))
    assert counts == {"rows": ROWS + 1, "accepted": 0, "rejected": 1, "merged": 0, "repeated": ROWS}
    assert (await stage.sql("SELECT count(*) FROM requests"))[0][0] == ROWS


async def _some_are_stored(stage: Stage) -> None:
    """In the middle: some rows have come, not all."""
    found = 0
    async with asyncio.timeout(30):
        while found < 250:
            await asyncio.sleep(0.01)
            found = (await stage.sql("SELECT count(*) FROM requests"))[0][0]
    assert found < ROWS
