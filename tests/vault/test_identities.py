"""Which household an identity leads to: pure, over what the vault holds and what the batch adds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.vault.identities import LADDER, SINGLE, Book, Hashed

Rungs = list[Hashed]


def rungs(**values: str) -> Rungs:
    return [Hashed(kind, f"{kind}:{values[kind]}".encode()) for kind in LADDER if kind in values]


def maker() -> Callable[[], UUID]:
    numbers = count(1)
    return lambda: UUID(int=next(numbers))


def test_the_strongest_identity_decides() -> None:
    book, make = Book(), maker()
    shop = book.place(rungs(credit_code="A", phone="1"), None, make)
    other = book.place(rungs(credit_code="B", phone="2"), None, make)
    assert book.place(rungs(credit_code="A", phone="2"), None, make) == shop != other


def test_a_shared_telephone_never_joins_two_shops() -> None:
    book, make = Book(), maker()
    first = book.place(rungs(credit_code="A", phone="1"), None, make)
    assert book.place(rungs(credit_code="B", phone="1"), None, make) != first
    assert book.place(rungs(id_number="X", phone="1"), None, make) == first
    assert book.place(rungs(id_number="Y", phone="1"), None, make) != first


def test_a_household_climbs_the_ladder_without_becoming_another() -> None:
    book, make = Book(), maker()
    first = book.place(rungs(phone="1"), None, make)
    assert book.place(rungs(credit_code="A", phone="1"), None, make) == first
    assert book.place(rungs(credit_code="A"), None, make) == first


def test_what_is_known_already_only_learns_more() -> None:
    book, make = Book(), maker()
    known = UUID(int=99)
    assert book.place(rungs(credit_code="A"), known, make) == known
    assert book.made == []
    assert book.place(rungs(credit_code="A"), None, make) == known


identities = st.fixed_dictionaries(
    {}, optional={kind: st.sampled_from("abc") for kind in LADDER if kind != "submission"}
)


@given(st.lists(identities.filter(bool), min_size=1, max_size=12))
def test_no_household_ever_has_two_of_what_it_has_once_and_every_hash_leads_to_one(batch: list[dict[str, str]]) -> None:
    book, make = Book(), maker()
    placed = [book.place(rungs(**one), None, make) for one in batch]
    for household, kinds in book.rungs.items():
        assert household in placed
        for kind, hashes in kinds.items():
            assert kind not in SINGLE or len(hashes) == 1
    # The same batch again finds the same households and makes none: what a retry rests on.
    made = len(book.made)
    again = [book.place(rungs(**one), None, make) for one in batch]
    assert len(book.made) == made
    assert [book.place(rungs(**one), None, make) for one in batch] == again


@given(st.lists(identities.filter(bool), min_size=1, max_size=8))
def test_a_book_read_back_from_its_rows_decides_the_same(batch: list[dict[str, str]]) -> None:
    book, make = Book(), maker()
    for one in batch:
        book.place(rungs(**one), None, make)
    rows = [(digest, kind, household) for digest, (kind, household) in book.added.items()]
    read = Book.of(rows)
    assert [read.place(rungs(**one), None, make) for one in batch] == [
        book.place(rungs(**one), None, make) for one in batch
    ]
