"""A blob opens under its own key at its own place, and nowhere else."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SettingsProblem
from shared.vault.cipher import AES, HMAC_SHA256, HMAC_SM3, SM, SUITES, Key, MasterKeys, SealBroken, Suite, new_secret

TEXTS = st.text(max_size=200)
SUITE = st.sampled_from(list(SUITES.values()))


@given(TEXTS, st.binary(max_size=40), SUITE, SUITE)
def test_what_was_sealed_opens_at_its_place_whatever_seals_now(
    plain: str, place: bytes, sealing: Suite, now: Suite
) -> None:
    secret = new_secret()
    sealed = Key(secret, sealing).seal_text(plain, place)
    assert sealed.startswith(f"{sealing.algorithm}.")
    assert Key(secret, now).open_text(sealed, place) == plain


@given(TEXTS, st.binary(max_size=40), st.binary(max_size=40), SUITE)
def test_it_opens_at_no_other_place_and_under_no_other_key(
    plain: str, place: bytes, other: bytes, suite: Suite
) -> None:
    key = Key(new_secret(), suite)
    sealed = key.seal_text(plain, place)
    if other != place:
        with pytest.raises(SealBroken):
            key.open_text(sealed, other)
    with pytest.raises(SealBroken):
        Key(new_secret()).open_text(sealed, place)


@given(st.binary(min_size=1, max_size=64), st.integers(min_value=0), SUITE)
def test_a_changed_bit_is_seen(plain: bytes, where: int, suite: Suite) -> None:
    key = Key(new_secret(), suite)
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
    assert Key(new_secret(), SM).hash(b"13800000000").startswith(HMAC_SM3)
    assert first.hash(b"13800000000") == first.hash(b"13800000000") != second.hash(b"13800000000")


def test_the_national_suite_gives_the_values_of_its_standard() -> None:
    """GB/T 32905, example 1 of SM3; HMAC after GB/T 15852.2 differs from a plain hash only by its two paddings."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    secret = bytes(range(32))
    inner, outer = (bytes(byte ^ pad for byte in secret.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    first, second = hashes.Hash(hashes.SM3()), hashes.Hash(hashes.SM3())
    first.update(inner + b"value")
    second.update(outer + first.finalize())
    assert Key(secret, SM).hash(b"value") == HMAC_SM3 + second.finalize()
    assert AES.hash(secret, b"value") != SM.hash(secret, b"value")


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
