"""What the scenario of a new product counts: who waited, who came to its bank in time, and who was missed."""

from __future__ import annotations

from uuid import UUID

import msgspec

from freshwater.demo.scenarios.new_product import PRODUCT, NewProduct
from shared.contracts.topics import DEMANDS, REFERRALS

AT = 1_000_000


def said(number: int, name: str, state: str, at: int, watched: NewProduct, *products: str) -> None:
    """One event of matching's about a demand, with a second round of these products."""
    referrals = [{"product": "older", "round": 1}, *({"product": each, "round": 2} for each in products)]
    summary = {"demand": str(UUID(int=number)), "state": state, "round": 2, "referrals": referrals}
    event = {"type": f"org.freshwater.referral.{name}.v1", "data": {"summary": summary}}
    watched.take(REFERRALS, msgspec.json.encode(event), at)


def test_only_who_waited_and_came_in_time_counts() -> None:
    watched = NewProduct()
    for number in (1, 2, 3, 4):
        said(number, "obstructed", "obstructed", AT - 5_000, watched)
    said(5, "round-opened", "referred", AT - 4_000, watched, "older")
    watched.waited, watched.published = watched.waiting, AT
    said(1, "round-opened", "referred", AT + 2_000, watched, PRODUCT.id)
    said(1, "round-opened", "referred", AT + 9_000, watched, PRODUCT.id)
    said(2, "round-opened", "referred", AT + 3_000, watched, "older")
    said(3, "round-opened", "referred", AT + 12_000, watched, PRODUCT.id)
    said(5, "round-opened", "referred", AT + 1_000, watched, PRODUCT.id)
    watched.take(DEMANDS, b"{}", AT)
    found = watched.figures()
    assert (found["waited_when_published"], found["rematched"], found["seconds_of_the_last"]) == (4, 1, 2.0)
    assert found["missed"] is None, "nobody has looked again"
    other, late = {"demand": "d", "products": ["older"]}, {"demand": "e", "products": ["older", PRODUCT.id]}
    watched.again = {"waiting": 2, "overlooked": [other, late]}
    assert watched.figures()["missed"] == 1
    assert watched.lines()[-1].endswith("missed: 1")
