"""Ten thousand requests made from the gate's own document: none may end in a 500."""

from __future__ import annotations

import asyncio

import pytest

from tests.intake.conftest import release, service, stage, template, vault_template
from tests.intake.stage import Stage
from tests.intake.test_clients import hammer, operations

__all__ = ["release", "service", "stage", "template", "vault_template"]
pytestmark = pytest.mark.trial
REQUESTS = 10_000


async def test_ten_thousand_requests_and_no_500(stage: Stage) -> None:
    runs = 2 * sum(1 for _ in operations(stage))
    seen = await asyncio.to_thread(hammer, stage, REQUESTS // runs + 1)
    print({name: sorted(statuses) for name, statuses in seen.items()})
    assert all(status < 500 for statuses in seen.values() for status in statuses)
