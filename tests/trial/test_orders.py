"""A hundred orders of the same five services: each ends in legal states that satisfy the books."""

from __future__ import annotations

import pytest

from tests.path.conftest import town
from tests.path.test_any_order import check
from tests.path.town import Town

__all__ = ["town"]

pytestmark = [pytest.mark.trial, pytest.mark.timeout(900)]


@pytest.mark.parametrize("first", range(1000, 1100, 10))
async def test_ten_orders(town: tuple[Town, str], first: int) -> None:
    for seed in range(first, first + 10):
        await check(*town, seed)
