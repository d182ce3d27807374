"""The vault on a real database: found again, sealed, opened, erased; two members at once; one key for all."""

from __future__ import annotations

import asyncio
import os
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.contracts.ids import milliseconds_of
from shared.database import connect
from shared.vault import (
    Erased,
    IdentityKind,
    MasterKeys,
    Opener,
    Rotated,
    SealBroken,
    SuiteName,
    Vault,
    Wanted,
    rewrap,
)
from shared.vault.cipher import SUITES
from shared.vault.keys import CACHE_SECONDS, DataKeys
from tests.vault.conftest import new_master

AT = 1_764_000_000_000
PHONE = "13900001111"


def wanted(*identities: tuple[IdentityKind, str], known: UUID | None = None) -> Wanted:
    return Wanted(identities, AT, known)


async def one(vault: Vault, *identities: tuple[IdentityKind, str]) -> UUID:
    return (await vault.find_or_create([wanted(*identities)]))[0]


async def test_a_household_is_found_again_and_its_id_begins_with_its_time(vault: Vault) -> None:
    first = await one(vault, ("credit_code", "92A"), ("phone", PHONE))
    assert milliseconds_of(first) == AT
    assert await one(vault, ("phone", PHONE)) == first
    assert await one(vault, ("credit_code", "92A")) == first
    assert await one(vault, ("credit_code", "92B"), ("phone", PHONE)) != first


async def test_a_batch_may_name_one_household_twice(vault: Vault) -> None:
    batch = [wanted(("phone", PHONE)), wanted(("credit_code", "92A"), ("phone", PHONE)), wanted(("phone", "1"))]
    first, second, other = await vault.find_or_create(batch)
    assert first == second != other
    assert await vault.find_or_create(batch) == [first, second, other]


async def test_a_known_household_learns_a_stronger_identity(vault: Vault) -> None:
    household = await one(vault, ("submission", "p/1"))
    assert await vault.find_or_create([wanted(("credit_code", "92A"), known=household)]) == [household]
    assert await one(vault, ("credit_code", "92A")) == household


async def test_the_database_holds_neither_the_identity_nor_the_key(vault: Vault, database: str) -> None:
    household = await one(vault, ("phone", PHONE))
    await vault.sealer([household])
    connection = await asyncpg.connect(database)
    try:
        for query in (
            "SELECT t::text AS row FROM vault.identities t",
            "SELECT t::text AS row FROM vault.data_keys t",
            "SELECT t::text AS row FROM vault.service_keys t",
        ):
            rows = await connection.fetch(query)
            assert rows
            for row in rows:
                assert PHONE not in row["row"]
                assert PHONE.encode().hex() not in row["row"]
    finally:
        await connection.close()


async def test_members_that_make_the_same_households_at_once_agree(vault: Vault, database: str, master: str) -> None:
    other = Vault(database, MasterKeys.parse(master))
    await other.start()
    try:
        for number in range(10):
            batch = [wanted(("credit_code", f"{number}-{each}"), ("phone", f"{number}{each}")) for each in range(20)]
            results = await asyncio.gather(
                vault.find_or_create(batch), other.find_or_create(batch[::-1]), vault.find_or_create(batch[5:])
            )
            assert results[0] == results[1][::-1]
            assert results[0][5:] == results[2]
    finally:
        await other.stop()


async def test_each_field_opens_alone_and_only_for_its_household(vault: Vault, database: str, master: str) -> None:
    household, stranger = await vault.find_or_create([wanted(("phone", PHONE)), wanted(("phone", "2"))])
    fields = {"phone": PHONE, "contact_name": "马·阿依古丽"}
    sealed = (await vault.sealer([household])).seal(household, fields)
    assert set(sealed) == set(fields)
    assert PHONE not in str(sealed)
    opener = Opener(database, MasterKeys.parse(master))
    await opener.start()
    try:
        assert await opener.open(household, sealed) == fields
        assert await opener.open(household, {"phone": sealed["phone"]}) == {"phone": PHONE}
        with pytest.raises(SealBroken):
            await opener.open(stranger, sealed)
        with pytest.raises(SealBroken):
            await opener.open(household, {"shop_name": sealed["phone"]})
    finally:
        await opener.stop()


async def test_what_is_erased_opens_nowhere_and_is_found_by_nobody(vault: Vault) -> None:
    household = await one(vault, ("credit_code", "92A"), ("phone", PHONE))
    sealed = (await vault.sealer([household])).seal(household, {"phone": PHONE})
    await vault.erase(household)
    await vault.erase(household)
    with pytest.raises(Erased):
        await vault.open(household, sealed)
    assert await one(vault, ("phone", PHONE)) != household


async def test_a_partner_secret_and_a_letter(vault: Vault, database: str, master: str) -> None:
    opener = Opener(database, MasterKeys.parse(master))
    await opener.start()
    try:
        sealed = vault.seal_secret("bank-01", "whsec_x")
        assert opener.open_secret("bank-01", sealed) == "whsec_x"
        with pytest.raises(SealBroken):
            opener.open_secret("bank-02", sealed)
    finally:
        await opener.stop()
    letter = vault.seal_letter(b"\x00 anything \xff")
    assert b"anything" not in letter
    assert vault.open_letter(letter) == b"\x00 anything \xff"


async def test_a_fingerprint_is_the_same_in_any_order_and_for_every_member(
    vault: Vault, database: str, master: str
) -> None:
    other = Vault(database, MasterKeys.parse(master))
    await other.start()
    try:
        here = vault.fingerprint({"phone": PHONE, "email": "a@example.org"})
        assert here == other.fingerprint({"email": "a@example.org", "phone": PHONE})
        assert here != vault.fingerprint({"phone": PHONE})
    finally:
        await other.stop()


async def test_another_master_key_opens_nothing(vault: Vault, database: str) -> None:
    stranger = Vault(database, MasterKeys.parse(new_master()))
    with pytest.raises(SealBroken):
        await stranger.start()
    await stranger.stop()


async def test_keys_are_forgotten_within_a_minute(vault: Vault, database: str, master: str) -> None:
    household = await one(vault, ("phone", PHONE))
    moments = [0.0]
    keys = DataKeys(MasterKeys.parse(master), lambda: moments[0])
    connection = await asyncpg.connect(database, server_settings={"search_path": "vault"})
    try:
        await keys.load(connection, [household])
        await vault.erase(household)
        for moments[0] in (1.0, CACHE_SECONDS / 2 + 1, CACHE_SECONDS - 1):
            assert household in await keys.load(connection, [household])
        moments[0] = CACHE_SECONDS
        assert household not in await keys.load(connection, [household])
        assert uuid4() not in await keys.load(connection, [uuid4()])
    finally:
        await connection.close()


async def test_all_keys_go_under_a_new_master_key_and_the_old_one_may_go(database: str) -> None:
    old, new = os.urandom(32), os.urandom(32)
    before = Vault(database, MasterKeys([old]))
    await before.start()
    households = await before.find_or_create([Wanted([("phone", f"1990000000{n}")], n) for n in range(1, 6)])
    sealed = (await before.sealer(households)).seal(households[0], {"phone": "19900000001"})
    await before.erase(households[4])
    await before.stop()
    connection = await connect(database, "vault")
    try:
        both = MasterKeys([new, old])
        assert await rewrap(connection, both, dry_run=True) == Rotated(7, 7)
        assert await rewrap(connection, both) == Rotated(7, 7)
        assert await rewrap(connection, both) == Rotated(7, 0)
        with pytest.raises(SealBroken):
            await rewrap(connection, MasterKeys([os.urandom(32)]))
    finally:
        await connection.close()
    after = Vault(database, MasterKeys([new]))
    await after.start()
    assert await after.open(households[0], sealed) == {"phone": "19900000001"}
    assert await after.find_or_create([Wanted([("phone", "19900000002")], 9)]) == [households[1]]
    await after.stop()


@pytest.mark.parametrize(("born", "later"), [("aes", "sm"), ("sm", "aes")])
async def test_a_vault_that_changes_its_suite_finds_and_opens_what_was_there(
    database: str, master: str, born: SuiteName, later: SuiteName
) -> None:
    wanted = Wanted([("phone", "19900000001")], 1)
    first = Vault(database, MasterKeys.parse(master, born))
    await first.start()
    (household,) = await first.find_or_create([wanted])
    sealed = (await first.sealer([household])).seal(household, {"phone": "19900000001"})
    await first.stop()
    second = Vault(database, MasterKeys.parse(master, later))
    await second.start()
    assert await second.find_or_create([wanted]) == [household]
    assert await second.open(household, sealed) == {"phone": "19900000001"}
    again = (await second.sealer([household])).seal(household, {"phone": "19900000001"})
    assert again["phone"].partition(".")[0] == SUITES[later].algorithm
    await second.stop()
