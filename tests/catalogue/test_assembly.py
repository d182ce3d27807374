"""From records to releases: whole, or not at all; the same from a compacted topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freshwater.catalogue.release import Changes, Standing, compare, records_of
from shared.catalogue import Assembly, Release, ReleaseRefused, load_directory
from shared.catalogue.release import Key, release_of
from shared.contracts.registry import UnreadableEvent
from tests.catalogue.builders import write

calm = settings(deadline=None)
"""No limit per example: the machine is shared."""

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
Record = tuple[bytes, bytes, Any]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_directory(write(tmp_path_factory.mktemp("small")))


def read(records: Iterable[Record]) -> Assembly:
    """All records through a new assembly, as a reader from the beginning would; refusals are passed over."""
    assembly = Assembly()
    for key, value, _ in records:
        marker = assembly.take(key, value)
        try:
            if marker is not None:
                assembly.close(marker)
        except ReleaseRefused:
            continue
    return assembly


def published(content: Release, topic: list[Record]) -> Changes:
    """What a publication would append to a topic that holds `topic`."""
    assembly = read(topic)
    changes = compare(content, Standing(assembly, assembly.current))
    if changes.needed:
        topic += records_of(content, changes, NOW)
    return changes


def compacted(topic: list[Record]) -> list[Record]:
    """The newest record of each key, in the order in which they stand: what a cleaner may leave at any time."""
    newest = {record[0]: place for place, record in enumerate(topic)}
    return [record for place, record in enumerate(topic) if newest[record[0]] == place]


def rated(content: Release, rates: Mapping[str, int]) -> Release:
    """The release with other products: copies of its one loan, by id, each at its rate."""
    loan = content.products["loan"]
    entities: dict[Key, Any] = {key: entity for key, entity in content.entities() if key[0] != "product"}
    for name, rate in rates.items():
        entities["product", name] = loan.model_copy(update={"id": name, "rate_bp": rate})
    return release_of(0, entities)


def test_a_release_read_back_is_the_one_that_was_published(small: Release) -> None:
    topic: list[Record] = []
    changes = published(small, topic)
    back = read(topic).current
    assert back is not None
    assert (back.number, back.sha256) == (1, small.sha256)
    assert back.bodies() == small.bodies()
    assert len(changes.added) == len(topic) - 1
    assert topic[-1][0] == b"release/marker"


def test_the_same_content_publishes_nothing(small: Release) -> None:
    topic: list[Record] = []
    published(small, topic)
    assert not published(small, topic).needed


def test_only_what_changed_is_written(small: Release) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 300, "b": 400}), topic)
    before = len(topic)
    changes = published(rated(small, {"b": 450, "c": 500}), topic)
    assert (changes.added, changes.changed, changes.removed) == (
        (("product", "c"),),
        (("product", "b"),),
        (("product", "a"),),
    )
    assert len(topic) - before == 4
    back = read(topic).current
    assert back is not None
    assert {name: product.rate_bp for name, product in back.products.items()} == {"b": 450, "c": 500}


edits = st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 900), max_size=4), min_size=1, max_size=6)


@calm
@given(edits=edits, data=st.data())
def test_any_history_compacted_anywhere_reads_as_the_newest(
    small: Release, edits: list[dict[str, int]], data: st.DataObject
) -> None:
    topic: list[Record] = []
    for rates in edits:
        published(rated(small, rates), topic)
        if data.draw(st.booleans()):
            topic = compacted(topic)
    back = read(topic).current
    assert back is not None
    assert back.sha256 == rated(small, edits[-1]).sha256
    assert {name: product.rate_bp for name, product in back.products.items()} == edits[-1]


@calm
@given(edits=edits, data=st.data())
def test_an_interrupted_publication_changes_nothing_until_the_next_one_ends_it(
    small: Release, edits: list[dict[str, int]], data: st.DataObject
) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 1}), topic)
    for rates in edits:
        whole = read(topic).current
        more = list(topic)
        if not published(rated(small, rates), more).needed:
            continue
        cut = data.draw(st.integers(len(topic), len(more) - 1))
        during = read(more[:cut]).current
        assert whole is not None
        assert during is not None
        assert during.sha256 == whole.sha256
        topic = more[:cut]
        published(rated(small, rates), topic)
        after = read(compacted(topic)).current
        assert after is not None
        assert after.sha256 == rated(small, rates).sha256
        assert after.number > whole.number


@calm
@given(data=st.data())
def test_a_record_lost_or_doubled_never_makes_another_release(small: Release, data: st.DataObject) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 300, "b": 400}), topic)
    place = data.draw(st.integers(0, len(topic) - 2))
    assert read(topic[:place] + topic[place + 1 :]).current is None
    doubled = read([*topic[:place], topic[place], *topic[place:]]).current
    assert doubled is not None
    assert doubled.number == 1


def refusal_of(topic: list[Record]) -> str:
    assembly = Assembly()
    for key, value, _ in topic:
        marker = assembly.take(key, value)
        if marker is not None:
            with pytest.raises(ReleaseRefused) as refused:
                assembly.close(marker)
            return refused.value.reason
    raise AssertionError("no marker")


def test_each_refusal_has_its_reason(small: Release) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 300}), topic)
    at = next(place for place, record in enumerate(topic) if record[0] == b"product/a")
    assert refusal_of([*topic[:at], *topic[at + 1 :]]) == "incomplete"
    tampered = (topic[at][0], topic[at][1].replace(b'"rate_bp":300', b'"rate_bp":200'), topic[at][2])
    assert tampered != topic[at]
    assert refusal_of([*topic[:at], tampered, *topic[at + 1 :]]) == "digest"
    bad: list[Record] = []
    published(rated(small, {"a": -5}), bad)
    assert refusal_of(bad) == "invalid"


def test_an_older_marker_does_not_bring_an_older_release_back(small: Release) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 300}), topic)
    first_marker = topic[-1]
    published(rated(small, {"a": 301}), topic)
    assembly = read(topic)
    marker = assembly.take(first_marker[0], first_marker[1])
    assert marker is not None
    with pytest.raises(ReleaseRefused, match="old_number"):
        assembly.close(marker)
    assert assembly.current is not None
    assert assembly.current.number == 2


def test_a_tombstone_removes_an_entity(small: Release) -> None:
    topic: list[Record] = []
    published(rated(small, {"a": 300, "b": 300}), topic)
    assembly = read(topic)
    assert assembly.take(b"product/a", None) is None
    assert ("product", "a") not in assembly.bodies


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"type": "x"}', b"\xff\xfe", b'{"type": ' * 3000])
def test_bytes_that_are_no_event_are_refused_alone(value: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        Assembly().take(b"product/a", value)


def test_the_shipped_catalogue_goes_through(tmp_path: Path) -> None:
    from freshwater.places import CHECKOUT

    shipped = load_directory(CHECKOUT / "catalogue")
    topic: list[Record] = []
    published(shipped, topic)
    back = read(topic).current
    assert back is not None
    assert back.bodies() == shipped.bodies()
    assert max(len(value) for _, value, _ in topic) < 100_000
