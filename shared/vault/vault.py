"""Intake's side of the vault: finds or makes households, seals what is said about them, erases them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from secrets import token_hex
from uuid import UUID

import asyncpg
import msgspec

from shared.contracts.ids import timed_id
from shared.errors import Stale
from shared.vault import files
from shared.vault.cipher import Key, MasterKeys
from shared.vault.files import FileFacts
from shared.vault.identities import Book, Hashed, Wanted
from shared.vault.keys import (
    HASHES,
    LETTERS,
    PARTNERS,
    DataKeys,
    Erased,
    Held,
    load_service_keys,
    migrate_vault,
    open_pool,
)
from shared.vault.opener import open_fields, seal_fields

ATTEMPTS = 10

_BOOK = """
SELECT hash, kind, household FROM identities
WHERE household IN (SELECT household FROM identities WHERE hash = ANY($1::bytea[]))
"""
_BOOK_OF_KNOWN = """
SELECT hash, kind, household FROM identities
WHERE household IN (SELECT household FROM identities WHERE hash = ANY($1::bytea[])) OR household = ANY($2::uuid[])
"""
_ADD = "INSERT INTO identities SELECT * FROM unnest($1::bytea[], $2::text[], $3::uuid[]) ON CONFLICT DO NOTHING"
_ERASE = tuple(f"DELETE FROM {table} WHERE household = $1" for table in ("data_keys", "identities", "contacts"))  # noqa: S608
_HOUSEHOLD_OF = "SELECT household FROM identities WHERE hash = $1"
_RELEASE_SHOP = """
WITH numbers AS (DELETE FROM identities WHERE household = $1 AND kind <> 'id_number')
DELETE FROM contacts WHERE household = $1
"""
_REACH = "INSERT INTO contacts SELECT * FROM unnest($1::bytea[], $2::uuid[]) ON CONFLICT DO NOTHING"
_REACHED = """
SELECT household FROM identities WHERE hash = ANY($1::bytea[])
UNION SELECT household FROM contacts WHERE hash = ANY($1::bytea[])
ORDER BY household DESC LIMIT 200
"""
_canonical = msgspec.json.Encoder(order="sorted").encode


class Vault:
    """`start` makes tables and keys where they are missing; `stop` closes. Many tasks may use it at once."""

    def __init__(self, dsn: str, masters: MasterKeys) -> None:
        self._dsn, self._masters = dsn, masters
        self._keys = DataKeys(masters)
        self._pool: asyncpg.Pool | None = None
        self._service: dict[str, Key] = {}

    async def start(self) -> None:
        """Raises one of shared.database.LOST where the server is away, SealBroken under a wrong master key."""
        await migrate_vault(self._dsn)
        self._pool = await open_pool(self._dsn, "vault")
        self._service = await load_service_keys(self._pool, self._masters, make=True)

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def find_or_create(self, wanted: Sequence[Wanted]) -> list[UUID]:
        """The household of each, all in one query; new ones get an id that begins with their time, and a key.

        Their keys are at hand afterwards, for `seal`. Raises Stale where others make the same ones again and again.
        """
        if not wanted:
            return []
        rungs = [self._hashed(one) for one in wanted]
        for _ in range(ATTEMPTS):
            found = await self._settle(wanted, rungs)
            if found is not None:
                return found
        raise Stale("other members keep making the same households")

    def _hash(self, kind: str, value: str) -> bytes:
        return self._service[HASHES].hash(f"{kind}\x1f{value}".encode())

    def _hashed(self, wanted: Wanted) -> list[Hashed]:
        return [Hashed(kind, self._hash(kind, value)) for kind, value in wanted.identities]

    async def _settle(self, wanted: Sequence[Wanted], rungs: Sequence[Sequence[Hashed]]) -> list[UUID] | None:
        """One attempt; None where another member was faster with one of the identities."""
        async with self._pooled.acquire() as connection:
            book = await self._read(connection, wanted, rungs)
            households = [book.place(own, one.known, _new_id(one)) for one, own in zip(wanted, rungs, strict=True)]
            if book.added and not await self._write(connection, book):
                return None
            await self._reach(connection, wanted, households, book)
        return households

    async def _reach(self, connection: Held, wanted: Sequence[Wanted], households: Sequence[UUID], book: Book) -> None:
        """Telephones that do not lead to their household by themselves: of one that does, nothing more is kept."""
        given = [(one.contact, household) for one, household in zip(wanted, households, strict=True) if one.contact]
        pairs = {
            (self._contact(phone), household)
            for phone, household in given
            if book.household_of.get(self._hash("phone", phone)) != household
        }
        if pairs:
            await connection.execute(_REACH, *zip(*sorted(pairs), strict=True))

    def _contact(self, phone: str) -> bytes:
        return self._hash("phone", f"contact:{phone}")

    async def _read(self, connection: Held, wanted: Sequence[Wanted], rungs: Sequence[Sequence[Hashed]]) -> Book:
        hashes = [rung.hash for own in rungs for rung in own]
        known = [one.known for one in wanted if one.known]
        rows = await (connection.fetch(_BOOK_OF_KNOWN, hashes, known) if known else connection.fetch(_BOOK, hashes))
        return Book.of((row["hash"], row["kind"], row["household"]) for row in rows)

    async def _write(self, connection: Held, book: Book) -> bool:
        """All or nothing: a household of which another member took one identity away must not stay behind."""
        hashes = sorted(book.added)
        kinds, households = zip(*(book.added[digest] for digest in hashes), strict=True)
        transaction = connection.transaction()
        await transaction.start()
        try:
            keys = await self._keys.make(connection, book.made) if book.made else {}
            status = await connection.execute(_ADD, hashes, kinds, households)
        except BaseException:
            await transaction.rollback()
            raise
        if int(status.rsplit(" ", 1)[1]) != len(hashes):
            await transaction.rollback()
            return False
        await transaction.commit()
        self._keys.remember(keys)
        return True

    async def sealer(self, households: Iterable[UUID]) -> Sealer:
        """Seals for these households without waiting any more."""
        return Sealer(await self._keys.load(self._pooled, households))

    async def open(self, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
        """The fields in clear. Raises Erased, SealBroken."""
        return open_fields((await self.sealer([household])).key(household), household, sealed)

    async def erase(self, household: UUID) -> None:
        """Forget the key and every way from an identity to the household. Again changes nothing."""
        async with self._pooled.acquire() as connection, connection.transaction():
            for statement in _ERASE:
                await connection.execute(statement, household)
        self._keys.forget(household)

    async def release_shop(self, household: UUID) -> None:
        """Somebody else runs the shop: what leads to it leads here no more; who ran it remains who it was."""
        async with self._pooled.acquire() as connection:
            await connection.execute(_RELEASE_SHOP, household)

    async def household_of(self, kind: str, value: str) -> UUID | None:
        """Whom an identity in its normal form leads to."""
        async with self._pooled.acquire() as connection:
            found: UUID | None = await connection.fetchval(_HOUSEHOLD_OF, self._hash(kind, value))
        return found

    async def reached_by(self, phone: str) -> list[UUID]:
        """All households that gave this telephone, in its normal form, as theirs; the newest first, two hundred at
        most. One question, whether there is none or many."""
        hashes = [self._hash("phone", phone), self._contact(phone)]
        async with self._pooled.acquire() as connection:
            return [row["household"] for row in await connection.fetch(_REACHED, hashes)]

    async def keep_file(self, facts: FileFacts, content: bytes) -> None:
        """Raises Erased."""
        await files.keep(self._pooled, (await self.sealer([facts.household])).key(facts.household), facts, content)

    async def files(self, ids: Sequence[UUID]) -> dict[UUID, FileFacts]:
        return await files.facts_of(self._pooled, ids)

    async def forget_files(self, ids: Sequence[UUID]) -> None:
        await files.forget(self._pooled, ids)

    def code(self, event: UUID) -> str:
        """Six digits for the contact, the same for the same event, and nobody's to guess without the vault's key."""
        digest = self._service[HASHES].hash(b"code\x1f" + event.bytes)[-8:]
        return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"

    def fingerprint(self, fields: Mapping[str, str]) -> str:
        """A keyed hash of personal data, to see whether two copies say the same without keeping either."""
        return self._service[HASHES].hash(b"fingerprint\x1f" + _canonical(fields))[-16:].hex()

    def seal_letter(self, letter: bytes) -> bytes:
        """A dead letter's bytes, under a key that intake alone uses."""
        return self._service[LETTERS].seal(letter, b"letter")

    def open_letter(self, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        return self._service[LETTERS].open(sealed, b"letter")

    def seal_secret(self, partner: str, secret: str) -> str:
        """A partner's webhook secret, for notify's `Opener.open_secret`."""
        return self._service[PARTNERS].seal_text(secret, partner.encode())

    @property
    def _pooled(self) -> asyncpg.Pool:
        assert self._pool is not None, "start() first"
        return self._pool


class Sealer:
    """Keys of some households, at hand for one batch."""

    def __init__(self, keys: Mapping[UUID, Key]) -> None:
        self._keys = keys

    def has(self, household: UUID) -> bool:
        """Whether anything can be sealed for it: not after it was erased."""
        return household in self._keys

    def key(self, household: UUID) -> Key:
        """Raises Erased where the household has no key."""
        key = self._keys.get(household)
        if key is None:
            raise Erased("the household has been erased, or was never here")
        return key

    def seal(self, household: UUID, fields: Mapping[str, str]) -> dict[str, str]:
        """Each field encrypted alone, so that a recipient can be given one without the others. Raises Erased."""
        return seal_fields(self.key(household), household, fields)


def _new_id(wanted: Wanted) -> Callable[[], UUID]:
    return lambda: wanted.told or timed_id(wanted.at, token_hex(16))
