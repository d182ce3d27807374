"""Ten thousand requests made from the gate's own document: none may end in a 500."""

from __future__ import annotations

import asyncio

import pytest

from tests.intake.conftest import release, service, stage, template, vault_template
from tests.intake.stage import Stage
from tests.intake.test_clients import GENERATED, cases_of, hammer

__all__ = ["release", "service", "stage", "template", "vault_template"]
pytestmark = [pytest.mark.trial, GENERATED]
REQUESTS = 10_000


async def test_ten_thousand_requests_and_no_500(stage: Stage) -> None:
    seen = await asyncio.to_thread(hammer, stage, REQUESTS // len(list(cases_of())) + 1)
    print({name: sorted(statuses) for name, statuses in seen.items()})
    assert all(status < 500 for statuses in seen.values() for status in statuses)
