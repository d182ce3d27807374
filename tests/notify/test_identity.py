"""Identity on a partner's door: encrypted to its own key, as far as the consent goes, or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from freshwater.places import CHECKOUT
from services.notify.adapters.encrypting import Encrypting
from shared.contracts.told import Told
from shared.partner_keys import PartnerKey
from shared.vault import Erased
from tests.databases import Databases
from tests.notify.room import Room, partner
from tests.notify.stage import Household, accepted, bank_accepts
from tests.notify.test_channels import shop

CLEAR = {"contact_name": "某人", "phone": "13900000007", "id_number": "62010219800101001X"}
MINE, OTHER = OKPKey.generate_key("X25519", {"kid": "2026"}), ECKey.generate_key("P-256")


class Vault:
    """Opens by name; or says that the household was erased, or that it is away."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.opened: list[str] = []

    async def open(self, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
        if self.fails:
            raise self.fails
        self.opened += sealed
        return {name: CLEAR[name] for name in sealed}


def public(key: Any) -> str:
    return json.dumps(key.as_dict(private=False))


@pytest.fixture
async def vault() -> Vault:
    return Vault()


@pytest.fixture
async def room(databases: Databases, vault: Vault) -> AsyncIterator[Room]:
    dsn = await databases.fresh()
    made = Room(dsn)
    made.encrypts = Encrypting(vault)
    await made.build(doors=("niulang", "zhinu"))
    made.register(
        partner("niulang", door=True, encryption_key=public(MINE)),
        partner("zhinu", door=True),
        partner("jingxiu", door=True, encryption_key=public(OTHER)),
    )
    yield made
    await made.close()
    await databases.drop(dsn)


def told_to(room: Room, bank: str) -> list[dict[str, Any]]:
    """What stands on its door of an acceptance."""
    doors = [json.loads(each.value or b"") for each in room.told if each.topic == f"freshwater.door.{bank}.out.v1"]
    return [each["data"] for each in doors if each["type"] == Told.TYPE and each["data"].get("disclosure")]


def as_documented() -> Any:
    """How docs/partners.md has a partner open it: the block of its text, run as it stands."""
    text = (CHECKOUT / "docs" / "partners.md").read_text("utf-8")
    (block,) = [each for each in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "jwe" in each]
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102 - our own document
    return names["opened"]


def opened(text: str, key: Any) -> str:
    return (jwe.decrypt_compact(text, key).plaintext or b"").decode()


async def test_a_door_carries_the_fields_that_only_its_partner_can_open(room: Room, vault: Vault) -> None:
    of = shop(1, *CLEAR)
    await room.hear(accepted(of), bank_accepts(of, "niulang"), bank_accepts(of, "zhinu"))
    (mine,), (plain,) = told_to(room, "niulang"), told_to(room, "zhinu")
    # What the table names for a bank and the household gave: its identity number is not among it.
    assert as_documented()({"data": mine}, MINE) == {"contact_name": "某人", "phone": "13900000007"}
    assert mine["disclosure"]
    assert plain["disclosed"] == {}
    assert "id_number" not in vault.opened
    for text in mine["disclosed"].values():
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever another's key makes of it
            opened(text, OKPKey.generate_key("X25519"))
    everything = b"".join(each.value or b"" for each in room.told)
    assert b"13900000007" not in everything


async def test_consent_of_now_decides_and_the_contact_may_have_come_long_before(room: Room, vault: Vault) -> None:
    silent, earlier = shop(2, *CLEAR), shop(3, *CLEAR)
    await room.hear(accepted(silent, boxes=("messages",)), accepted(earlier))
    await room.hear(bank_accepts(silent, "niulang"), bank_accepts(earlier, "niulang"))
    (told,) = told_to(room, "niulang")
    assert told["demand"] == str(earlier.demand)
    assert set(told["disclosed"]) == {"contact_name", "phone"}


@pytest.mark.parametrize("fault", [Erased("gone"), OSError("the vault is away")])
async def test_what_can_not_be_opened_goes_as_a_link_alone(room: Room, vault: Vault, fault: Exception) -> None:
    vault.fails = fault
    of: Household = shop(4, *CLEAR)
    await room.hear(accepted(of), bank_accepts(of, "niulang"))
    (told,) = told_to(room, "niulang")
    assert told["disclosed"] == {}
    assert told["disclosure"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is a JWK of kty OKP and crv X25519"),
        ('{"kty": "RSA"}', "is a JWK of kty OKP and crv X25519"),
        (json.dumps(MINE.as_dict(private=True)), "the private half"),
        ('{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}', "no point of its curve"),
        ('{"kty": "OKP", "crv": "X25519"}', "no point of its curve"),
        ("[1]", "is a JWK"),
    ],
)
def test_a_key_that_is_none_says_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PartnerKey(text)


def test_both_curves_encrypt() -> None:
    for key in (MINE, OTHER):
        assert opened(PartnerKey(public(key)).encrypt("某人"), key) == "某人"
