"""A year passes in seconds: nobody over a limit, nobody silent beyond a clock, and the books balance at its end."""

from __future__ import annotations

import pytest

from tests.matching.year import Year


def a_year(seed: int, count: int) -> dict[str, int]:
    year = Year(seed, count)
    year.run()
    found = year.balance()
    assert found["demands"] == count
    assert year.said["lapsed"] > 0
    assert year.said["funded"] > count // 8
    return {**found, **year.said}


def test_a_year_of_some_demands_balances() -> None:
    a_year(7, 120)


@pytest.mark.trial
@pytest.mark.timeout(1200)
def test_a_year_of_ten_thousand_demands_balances() -> None:
    print(a_year(11, 10_000))
