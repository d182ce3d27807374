"""A blob opens under its own key at its own place, and nowhere else."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SettingsProblem
from shared.vault.cipher import AES_GCM, HMAC_SHA256, Key, MasterKeys, SealBroken, new_secret

TEXTS = st.text(max_size=200)


@given(TEXTS, st.binary(max_size=40))
def test_what_was_sealed_opens_at_its_place(plain: str, place: bytes) -> None:
    key = Key(new_secret())
    sealed = key.seal_text(plain, place)
    assert sealed.startswith(f"{AES_GCM}.")
    assert key.open_text(sealed, place) == plain


@given(TEXTS, st.binary(max_size=40), st.binary(max_size=40))
def test_it_opens_at_no_other_place_and_under_no_other_key(plain: str, place: bytes, other: bytes) -> None:
    key = Key(new_secret())
    sealed = key.seal_text(plain, place)
    if other != place:
        with pytest.raises(SealBroken):
            key.open_text(sealed, other)
    with pytest.raises(SealBroken):
        Key(new_secret()).open_text(sealed, place)


@given(st.binary(min_size=1, max_size=64), st.integers(min_value=0))
def test_a_changed_bit_is_seen(plain: bytes, where: int) -> None:
    key = Key(new_secret())
    blob = bytearray(key.seal(plain, b"here"))
    blob[where % len(blob)] ^= 1
    with pytest.raises(SealBroken):
        key.open(bytes(blob), b"here")


@given(
    st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda raw: "A256GCM." + base64.b64encode(raw).decode()))
)
def test_anything_else_is_broken_and_never_another_error(text: str) -> None:
    with pytest.raises(SealBroken):
        Key(new_secret()).open_text(text, b"here")


def test_hashes_name_their_algorithm_and_depend_on_the_key() -> None:
    first, second = Key(new_secret()), Key(new_secret())
    assert first.hash(b"13800000000").startswith(HMAC_SHA256)
    assert first.hash(b"13800000000") == first.hash(b"13800000000") != second.hash(b"13800000000")


def test_an_older_master_key_still_opens_and_the_first_one_wraps() -> None:
    old, new, secret = os.urandom(32), os.urandom(32), new_secret()
    wrapped_before = MasterKeys([old]).wrap(secret, b"h")
    both = MasterKeys([new, old])
    assert both.unwrap(wrapped_before, b"h").open(Key(secret).seal(b"x", b""), b"") == b"x"
    with pytest.raises(SealBroken):
        MasterKeys([old]).unwrap(both.wrap(secret, b"h"), b"h")


def test_master_keys_come_from_text_or_from_a_file(tmp_path: Path) -> None:
    first, second = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    file = tmp_path / "master"
    file.write_text(f"{first}\n{second}\n")
    wrapped = MasterKeys.parse(str(file)).wrap(new_secret(), b"h")
    MasterKeys.parse(f"{first},{second}").unwrap(wrapped, b"h")


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"too short").decode(), "/no/such/file"])
def test_a_wrong_master_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SettingsProblem) as caught:
        MasterKeys.parse(text)
    assert not text or text not in str(caught.value)
