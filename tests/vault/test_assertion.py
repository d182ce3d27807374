"""Signed assertions: only who knows the secret makes one, for one purpose, for a short time."""

from __future__ import annotations

import time
from uuid import UUID

import pytest

from shared.assertion import (
    Actor,
    AssertionRefused,
    Disclosure,
    sign_actor,
    sign_disclosure,
    verify_actor,
    verify_disclosure,
)

SECRET = "a secret of this test"
OFFICER = Actor("bank", "account-7", institution="beichen", units=("beichen-chengguan",))
LINK = Disclosure(UUID(int=1), UUID(int=2), "beichen", "account-7", ("phone",), "contact")


def test_what_was_signed_is_read_back() -> None:
    assert verify_actor(SECRET, sign_actor(SECRET, OFFICER)) == OFFICER
    assert verify_disclosure(SECRET, sign_disclosure(SECRET, LINK)) == LINK


def test_two_links_to_the_same_are_two_links() -> None:
    again = Disclosure(LINK.demand, LINK.household, LINK.recipient, LINK.person, LINK.fields, LINK.reason)
    assert again.id != LINK.id


@pytest.mark.parametrize("text", ["", "x", "é", "a.b.c", sign_actor("another secret", OFFICER)])
def test_what_others_made_is_refused(text: str) -> None:
    with pytest.raises(AssertionRefused) as caught:
        verify_actor(SECRET, text)
    assert caught.value.reason == "broken"


def test_one_purpose_does_not_serve_another() -> None:
    with pytest.raises(AssertionRefused):
        verify_actor(SECRET, sign_disclosure(SECRET, LINK))


def test_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = sign_actor(SECRET, OFFICER)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 121)
    with pytest.raises(AssertionRefused) as caught:
        verify_actor(SECRET, signed)
    assert caught.value.reason == "expired"


def test_secrets_rotate() -> None:
    assert verify_actor(f"{SECRET},newer", sign_actor(SECRET, OFFICER)) == OFFICER
    assert verify_actor("newer", sign_actor(f"{SECRET},newer", OFFICER)) == OFFICER
