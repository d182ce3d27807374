"""Who may do what at Kafka: computed from the list of topics, and no more than that."""

from __future__ import annotations

import pytest

from freshwater.access.rules import BOOKS, OPERATOR, OWN_USERS, Grant, grants, is_ours, partner_user
from shared.contracts.topics import SERVICES, partner_of, topics

PARTNERS = ("hotline", "beichen")
ALL = grants(PARTNERS)


def may(user: str, operation: str) -> set[str]:
    return {each.name for each in ALL if each.user == user and each.operation == operation and each.resource == "topic"}


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in ("intake", "notify")])
def test_only_the_gate_and_notify_come_near_a_door(service: str) -> None:
    assert not [each for each in ALL if each.user == service and partner_of(each.name)]


def test_a_partner_writes_one_door_reads_another_and_has_one_group() -> None:
    own = {each for each in ALL if each.user == partner_user("hotline")}

    assert own == {
        Grant("partner.hotline", "topic", "freshwater.door.hotline.in.v1", "WRITE"),
        Grant("partner.hotline", "topic", "freshwater.door.hotline.out.v1", "READ"),
        Grant("partner.hotline", "group", "partner.hotline", "READ"),
    }


def test_nobody_but_its_writers_writes_a_topic() -> None:
    for topic in topics(partners=PARTNERS):
        partner = partner_of(topic.name)
        native = partner in PARTNERS
        expected = {partner_user(name) if native and name == partner else name for name in topic.writers}
        assert {each.user for each in ALL if each.name == topic.name and each.operation == "WRITE"} == expected


def test_only_the_gate_deletes_and_only_in_native_doors() -> None:
    deletes = {(each.user, each.name) for each in ALL if each.operation == "DELETE"}

    assert deletes == {("intake", f"freshwater.door.{partner}.in.v1") for partner in PARTNERS}


def test_the_books_change_nothing_and_read_no_door_that_leads_in() -> None:
    operations = {each.operation for each in ALL if each.user == BOOKS}

    assert operations == {"READ", "DESCRIBE"}
    assert not [name for name in may(BOOKS, "READ") if name.endswith(".in.v1")]


def test_a_service_reads_what_it_said_so_that_an_old_backup_can_be_brought_up_to_date() -> None:
    assert "freshwater.referrals.v1" in may("matching", "READ")
    assert "freshwater.cases.v1" in may("escalation", "READ")
    assert "freshwater.matching.dlq.v1" in may("matching", "READ")
    assert "freshwater.catalogue.v1" in may(OPERATOR, "READ")


def test_a_partner_cannot_be_called_like_one_of_ours() -> None:
    for name in (*OWN_USERS, "admin"):
        assert partner_user(name) not in (*OWN_USERS, "admin")
        assert is_ours(partner_user(name))
    assert not is_ours("admin")


def test_two_installations_on_one_cluster_share_no_topic() -> None:
    here, there = grants(PARTNERS, prefix="a."), grants(PARTNERS, prefix="b.")

    shared = {each.name for each in here} & {each.name for each in there}
    assert shared == {"freshwater.books"}
