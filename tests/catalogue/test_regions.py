"""Which place lies in which area."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.catalogue import within

calm = settings(deadline=None)
"""No limit per example: the machine is shared."""

pairs = st.integers(1, 99).map("{:02d}".format)
counties = st.tuples(pairs, pairs, pairs).map("".join)
streets = st.integers(1, 999).map("{:03d}".format)


@pytest.mark.parametrize(
    ("place", "area", "inside"),
    [
        ("620102", "620000", True),
        ("620102", "620100", True),
        ("620102", "620102", True),
        ("620102003", "620102", True),
        ("620102003000", "620102003", True),
        ("620171", "620100", True),
        ("620201", "620100", False),
        ("620100", "620102", False),
        ("610102", "620000", False),
        ("620110", "620100", True),
        ("620102", "620110", False),
    ],
)
def test_examples(place: str, area: str, inside: bool) -> None:
    assert within(place, area) is inside


@calm
@given(counties, streets, streets)
def test_a_place_lies_in_everything_above_it(county: str, street: str, village: str) -> None:
    chain = [county[:2] + "0000", county[:4] + "00", county, county + street, county + street + village]
    for low, place in enumerate(chain):
        for high, area in enumerate(chain):
            assert within(place, area) is (high <= low)


@calm
@given(counties, counties)
def test_two_areas_hold_one_another_only_where_they_are_the_same(one: str, other: str) -> None:
    assert (within(one, other) and within(other, one)) is (one == other)
