"""The list of topics and the code must say the same: every context has its topics, every party is known."""

from __future__ import annotations

import re

import pytest

from shared.contracts import topics as listed
from shared.contracts.registry import CONTEXTS, TYPES
from shared.contracts.topics import (
    DEAD_LETTER_DAYS,
    LONGEST_DAYS,
    ROWS,
    SERVICES,
    Topic,
    dead_letters,
    door_in,
    door_out,
    doors_pattern,
    partner_of,
    readable_types,
    retry,
    topic,
    topics,
    topics_read_by,
    types_on,
)
from shared.settings import Settings

PARTIES = {*SERVICES, "partner", "<service>", "freshwater"}
# Kafka refuses longer names and other characters; "_" and "." collide in its metrics.
NAME = re.compile(r"freshwater(\.(<partner>|<service>|[a-z][a-z0-9-]*))+\.v[0-9]+")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_well_formed(row: Topic) -> None:
    assert NAME.fullmatch(row.name)
    assert {*row.writers, *row.readers} <= PARTIES
    assert row.writers
    assert row.readers
    assert row.events in {*CONTEXTS, "letters", "any"}
    assert row.without <= {data.TYPE for data in CONTEXTS.get(row.events, ())}
    assert row.partitions >= 1


def test_names_are_listed_once() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_context_has_a_topic_and_every_type_of_it_may_stand_somewhere(context: str) -> None:
    rows = [row for row in ROWS if row.events == context]

    assert {data for row in rows for data in types_on(row)} == {*CONTEXTS[context]}


@pytest.mark.parametrize("context", [context for context in CONTEXTS if context not in ("door", "clock")])
def test_a_context_has_one_writer_for_its_events_mean_one_thing(context: str) -> None:
    (row,) = (row for row in ROWS if row.events == context)

    assert len(row.writers) == 1


def test_each_sweeper_writes_its_own_type_of_deadline() -> None:
    (clock,) = (row for row in ROWS if row.events == "clock")

    assert {data.TYPE.split(".")[3].split("-")[0] for data in types_on(clock)} == {*clock.writers} == {*clock.readers}


def test_constants_name_topics_of_the_list() -> None:
    constants = {
        value
        for name, value in vars(listed).items()
        if re.fullmatch("[A-Z][A-Z_]*", name) and str(value).startswith("freshwater.")
    }

    assert constants == {row.name for row in ROWS if "<" not in row.name}


def test_inner_topics_are_co_partitioned() -> None:
    """The household decides the partition on all of them, so their counts are one."""
    assert {each.partitions for each in topics(keyed_partitions=9) if each.key == "household"} == {9}


def test_a_journal_may_not_be_shorter_than_what_can_be_replayed() -> None:
    assert Settings().journal_days >= LONGEST_DAYS + DEAD_LETTER_DAYS


def test_no_producer_may_send_what_an_inner_topic_refuses() -> None:
    """What comes through a door must fit on the inner topics, sealed and wrapped."""
    doors = max(row.max_message_bytes for row in ROWS if row.writers == ("partner",))

    assert all(row.max_message_bytes >= 2 * doors for row in ROWS if row.writers != ("partner",))


def test_topics_expands_services_and_partners() -> None:
    names = [each.name for each in topics(partners=["bank-01", "gate"], prefix="t1.")]

    assert len(set(names)) == len(names) == len([row for row in ROWS if "<" not in row.name]) + 2 * len(SERVICES) + 2
    assert "t1.freshwater.door.bank-01.in.v1" in names
    assert "t1.freshwater.desk.retry.v1" in names


def test_topics_of_one_service_are_those_it_touches() -> None:
    names = {each.name for each in topics(("notify",))}

    assert {listed.RECEIPTS, listed.FEEDBACK, dead_letters("notify"), retry("notify")} <= names
    assert listed.ACTIONS not in names
    assert dead_letters("desk") not in names


def test_intake_reads_doors_and_nobody_else_does() -> None:
    for service in SERVICES:
        reads = {each.name for each in topics_read_by(service, ["bank-01"])}
        assert ({door_in("bank-01"), listed.GATE_IN} <= reads) == (service == "intake")
        assert retry(service) in reads


def test_a_partner_writes_and_reads_its_own_doors_alone() -> None:
    inward, outward = topic(door_in("bank-01")), topic(door_out("bank-01"))

    assert (inward.writers, inward.readers) == (("bank-01",), ("intake",))
    assert (outward.writers, outward.readers) == (("notify",), ("bank-01",))


@pytest.mark.parametrize("partner", ["Bank", "a.b", "a_b", "", "-a", "a" * 64, "兰州", "a\n"])
def test_a_partner_whose_id_cannot_stand_in_a_name_has_no_door(partner: str) -> None:
    with pytest.raises(ValueError, match="cannot have a Kafka door"):
        door_in(partner)


def test_a_door_s_name_says_who_speaks() -> None:
    assert partner_of("t1." + door_in("bank-01"), "t1.") == "bank-01"
    assert partner_of(door_in("bank-01"), "t1.") is None
    assert partner_of(listed.DEMANDS) is None


def test_doors_pattern_matches_doors_that_lead_in() -> None:
    pattern = re.compile(doors_pattern("t.1."))

    assert pattern.match("t.1." + door_in("bank-01"))
    assert pattern.match("t.1." + listed.GATE_IN)
    assert not pattern.match("t.1." + door_out("bank-01"))
    assert not pattern.match("tx1." + door_in("bank-01"))
    assert not pattern.match("t.1." + door_in("bank-01") + ".dlq")


def test_only_the_gate_may_say_who_speaks() -> None:
    """Through its door a partner speaks for itself, in clear text; the gate has heard it already, and sealed it."""
    partner, gate = readable_types(door_in("bank-01")), readable_types(listed.GATE_IN)

    assert partner.keys() ^ gate.keys() == {
        "org.freshwater.door.demand-submitted.v1",
        "org.freshwater.door.gate-demand.v1",
    }
    assert "org.freshwater.door.gate-demand.v1" in gate


@pytest.mark.parametrize("service", SERVICES)
def test_a_retry_may_hold_whatever_the_service_reads(service: str) -> None:
    read = {kind for each in topics_read_by(service, ["bank-01"]) for kind in readable_types(each.name)}

    assert readable_types("p." + retry(service), "p.").keys() == read
    assert read <= TYPES.keys()


@pytest.mark.parametrize("name", ["freshwater.unheard.v1", "freshwater.billing.retry.v1", "demands"])
def test_a_topic_that_is_not_listed_is_an_error(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        topic(name)


def test_a_service_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such service: billing; there are intake"):
        topics(("billing",))
