"""An operator who erases a household hears whether there is one."""

from __future__ import annotations

import json
import os
import sys
from unittest.mock import patch
from uuid import uuid4

import pytest

from services.intake.adapters.household_command import household_command
from tests.intake.stage import Stage
from tests.intake.test_households import accepted
from tests.intake.test_partners import environment_of


async def test_an_unknown_household_is_said_to_be_unknown_and_a_known_one_goes(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    household = (await accepted(stage))["partitionkey"]
    with patch.dict(os.environ, environment_of(stage)), patch.object(sys, "stdin"):
        for unknown in (["--household", str(uuid4())], ["--demand", str(uuid4())]):
            with pytest.raises(SystemExit) as ended:
                await household_command(["erase", *unknown])
            assert ended.value.code == 1
            assert "no household is known by that, so nothing was done" in capsys.readouterr().err
        for _ in range(2):
            await household_command(["erase", "--household", household, "--json"])
            assert json.loads(capsys.readouterr().out.splitlines()[-1])["household"] == household, (
                "again changes nothing"
            )
    await stage.hear(lambda stage: "household.erased" in stage.names(), "the erasure")
