"""What the scan finds, and what it leaves alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freshwater.scanning.finding import Known, found_in
from shared.vault.cipher import Key, new_secret
from tests.intake.people import credit_code, phone


def known(**fields: str) -> Known:
    made = Known()
    for name, value in fields.items():
        made.learn(name, value)
    return made


OPENED = known(
    phone="0931-0000001", contact_name="阿依古丽·买买提", shop_name="试验牛肉面馆一号", email="a@b.example", name="李四"
)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ('{"remark": "13900000001"}', {"phone"}),
        ("call +86 139-0000-0001 back", {"phone"}),
        ('"0931 0000001"', {"phone"}),
        (credit_code(1), {"credit_code"}),
        ("11010519491231002X", {"id_number"}),
        ("给试验牛肉面馆一号打电话", {"shop_name"}),
        (json.dumps({"x": "阿依古丽·买买提"}), {"contact_name"}),
        ("mail to a@b.example, please", {"email"}),
        ('"李四"', {"name"}),
        ("李四光的书", set()),
        ("01a20cea-f41f-845b-99d1-139000000012 1764000000000 620102", set()),
        ("110105194912310021", set()),
        ("想借5万元给面馆进货，2026-11-24", set()),
        pytest.param(Key(new_secret()).seal_text("13900000001", b"x"), set(), id="sealed"),
    ],
)
def test_found(text: str, kinds: set[str]) -> None:
    assert found_in(text, OPENED) == kinds


@given(st.text(max_size=60), st.text(max_size=60), st.integers(min_value=0, max_value=99_999_999))
def test_a_number_is_found_wherever_it_stands(before: str, after: str, number: int) -> None:
    assert "phone" in found_in(f'{before} "{phone(number)}" {after}', Known())
