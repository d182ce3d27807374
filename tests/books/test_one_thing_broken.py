"""One thing of a history is broken, and the books say which."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freshwater.books import Books, Report
from freshwater.books.records import Place, seen
from shared.contracts.topics import CASES, DEMANDS, FEEDBACK, REFERRALS, SERVICES
from shared.ledger import digest_of
from shared.rendering import Output, pack, unpack
from tests.books.paper import Paper
from tests.books.shop import DOOR, OUT
from tests.books.test_any_history import WHAT, explained

Draw = st.DataObject
Break = Callable[[Paper, Draw], tuple[str, str]]
"""Breaks a paper, by drawn choices; gives the balance that must not hold and what its names must hold."""


def at_rest(draw: Draw) -> Paper:
    """Some demands of every kind, settled; the books balance."""
    paper = Paper()
    for what in [*WHAT, *draw.draw(st.lists(st.sampled_from(WHAT), max_size=6))]:
        paper.submit(what)
    paper.settle()
    report = Books(paper).balance()
    assert report.balanced, explained(report)
    return paper


def one_line(paper: Paper, draw: Draw, topics: tuple[str, ...]) -> tuple[Place, int]:
    places = [(place, n) for place, lines in paper.logs.items() if place.topic in topics for n in range(len(lines))]
    return draw.draw(st.sampled_from(places))


def names_of(report: Report, balance: str) -> str:
    return " ".join(name for each in report.balances if each.name == balance for name in each.names)


INNER = (DEMANDS, REFERRALS, CASES)


def a_row_is_gone(paper: Paper, draw: Draw) -> tuple[str, str]:
    """A line of a journal was deleted: whoever reads the topic sees that it was not taken."""
    service = draw.draw(st.sampled_from(("matching", "notify", "desk")))
    rows = [row for row in paper.members[service].journal.values() if row.place.topic == DEMANDS]
    row = draw.draw(st.sampled_from(rows))
    del paper.members[service].journal[row.id]
    return f"taken {service}", str(row.id)


def a_door_row_is_gone(paper: Paper, draw: Draw) -> tuple[str, str]:
    rows = [row for row in paper.members["intake"].journal.values() if row.place.topic == DOOR]
    row = draw.draw(st.sampled_from(rows))
    del paper.members["intake"].journal[row.id]
    return "doors", DOOR


def a_door_was_not_answered(paper: Paper, draw: Draw) -> tuple[str, str]:
    rows = [row for row in paper.members["intake"].journal.values() if row.place.topic == DOOR]
    row = draw.draw(st.sampled_from([row for row in rows if row.outcome != "dead_lettered"]))
    paper.members["intake"].journal[row.id] = replace(row, outputs=None, outcome="decided")
    return "doors", row.type


def an_output_was_never_published(paper: Paper, draw: Draw) -> tuple[str, str]:
    """The journal says that it was told, and it was not."""
    rows = [row for row in paper.members["matching"].journal.values() if row.outputs]
    row = draw.draw(st.sampled_from(rows))
    lost = Output(REFERRALS, 0, b"", b'{"id": "lost"}', (("ce_type", b"lost-type"),))
    paper.members["matching"].journal[row.id] = replace(row, outputs=pack([*unpack(row.outputs), lost]))
    return "outputs referrals", f"lost-type caused by {row.id}"


def a_copy_has_other_bytes(paper: Paper, draw: Draw) -> tuple[str, str]:
    place, offset = one_line(paper, draw, (*INNER, OUT))
    value, headers = paper.logs[place][offset] or (b"", ())
    paper.logs[place].append(((value or b"") + b" ", headers))
    name = {OUT: "door.out"}.get(place.topic) or place.topic.split(".")[1]
    return f"outputs {name}", f"{seen(place, 0, value, headers).id}: the copy"


def a_record_was_altered(paper: Paper, draw: Draw) -> tuple[str, str]:
    place, offset = one_line(paper, draw, INNER)
    value, headers = paper.logs[place][offset] or (b"", ())
    paper.logs[place][offset] = ((value or b"") + b" ", headers)
    return f"outputs {place.topic.split('.')[1]}", seen(place, 0, value, headers).id


def nobody_said_it(paper: Paper, draw: Draw) -> tuple[str, str]:
    """A record that no journal accounts for."""
    place, offset = one_line(paper, draw, INNER)
    value, headers = paper.logs[place][offset] or (b"", ())
    event = json.loads(value or b"") | {"id": "0c0ffee0-0000-8000-8000-000000000000"}
    paper.logs[place].append((json.dumps(event).encode(), headers))
    paper.settle()
    return f"outputs {place.topic.split('.')[1]}", event["id"]


def a_notice_was_told_twice(paper: Paper, draw: Draw) -> tuple[str, str]:
    """Two decisions told the same notice: each stands in the journal, so only the notices differ from the rows."""
    rows = list(paper.members["notify"].journal.values())
    row = draw.draw(st.sampled_from(rows))
    told = next(output for output in unpack(row.outputs) if output.topic == OUT)
    event = json.loads(told.value or b"") | {"id": "0c0ffee0-0000-8000-8000-000000000000"}
    again = told._replace(value=json.dumps(event).encode())
    paper.members["notify"].journal[row.id] = replace(row, outputs=pack([*unpack(row.outputs), again]))
    paper.append(again)
    return "told", event["data"]["notice"]


def a_delivery_is_gone(paper: Paper, draw: Draw) -> tuple[str, str]:
    del paper.shop.deliveries[draw.draw(st.sampled_from(sorted(paper.shop.deliveries)))]
    return "notices", ""


def the_end_of_a_delivery_was_not_told(paper: Paper, draw: Draw) -> tuple[str, str]:
    mail = sorted(each for each, (channel, _) in paper.shop.deliveries.items() if channel == "email")
    chosen = draw.draw(st.sampled_from(mail)).encode()
    for place, lines in paper.logs.items():
        if place.topic == FEEDBACK:
            lines[:] = [None if line and b'"causationid": "' + chosen in (line[0] or b"") else line for line in lines]
    return "sendings", ""


def a_demand_is_in_no_state(paper: Paper, draw: Draw) -> tuple[str, str]:
    demand = draw.draw(st.sampled_from(sorted(paper.shop.states)))
    del paper.shop.states[demand]
    return "demands", demand


def a_demand_that_nobody_sent(paper: Paper, draw: Draw) -> tuple[str, str]:
    paper.shop.states["stray"] = ("referred", "bank:x")
    return "demands", "stray"


def a_demand_has_no_owner(paper: Paper, draw: Draw) -> tuple[str, str]:
    waiting = sorted(each for each, (label, _) in paper.shop.states.items() if label != "closed")
    paper.shop.states[draw.draw(st.sampled_from(waiting))] = ("referred", None)
    return "owners", ""


def standing_belongs_to_the_campaign_office(paper: Paper, draw: Draw) -> tuple[str, str]:
    waiting = sorted(each for each, (label, _) in paper.shop.states.items() if label != "closed")
    paper.shop.states[draw.draw(st.sampled_from(waiting))] = ("standing", "bank:x")
    return "owners", "bank"


def an_obstacle_has_no_case(paper: Paper, draw: Draw) -> tuple[str, str]:
    """Escalation has decided nothing about one of the obstacles that it was told of."""
    member = paper.members["escalation"]
    row = draw.draw(st.sampled_from([row for row in member.journal.values() if row.outputs]))
    kept, lost = unpack(row.outputs)
    member.journal[row.id] = replace(row, outputs=pack([kept]))
    for place, lines in paper.logs.items():
        if place.topic == CASES:
            lines[:] = [line for line in lines if line is None or line[0] != lost.value]
    paper.shop.lines["case.guided"] -= 1
    return "obstacles", json.loads(lost.value or b"")["data"]["obstacle"]


def a_deadline_is_stuck(paper: Paper, draw: Draw) -> tuple[str, str]:
    """It has fired, and the event was handled without it."""
    paper.shop.clocks["stuck"] = True
    return "deadlines matching", "stuck"


def the_desk_has_no_row(paper: Paper, draw: Draw) -> tuple[str, str]:
    demand = draw.draw(st.sampled_from(sorted(paper.shop.rows)))
    del paper.shop.rows[demand]
    return "desk demands", demand


def the_desk_shows_an_old_row(paper: Paper, draw: Draw) -> tuple[str, str]:
    demand = draw.draw(st.sampled_from(sorted(paper.shop.rows)))
    paper.shop.rows[demand][0] = 0
    return "desk sequences", demand


def the_timeline_lacks_a_line(paper: Paper, draw: Draw) -> tuple[str, str]:
    place, offset = one_line(paper, draw, INNER)
    record = seen(place, offset, *(paper.logs[place][offset] or (b"", ())))
    paper.shop.shown.remove(record.id)
    paper.shop.lines[record.type.removeprefix("org.freshwater.").rpartition(".")[0]] -= 1
    return "desk timeline", record.id


BREAKS: tuple[Break, ...] = (
    a_row_is_gone, a_door_row_is_gone, a_door_was_not_answered, an_output_was_never_published, a_copy_has_other_bytes,
    a_record_was_altered, nobody_said_it, a_notice_was_told_twice, a_delivery_is_gone,
    the_end_of_a_delivery_was_not_told, a_demand_is_in_no_state, a_demand_that_nobody_sent, a_demand_has_no_owner,
    standing_belongs_to_the_campaign_office, an_obstacle_has_no_case, a_deadline_is_stuck, the_desk_has_no_row,
    the_desk_shows_an_old_row, the_timeline_lacks_a_line,
)  # fmt: skip


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda each: each.__name__)
@settings(max_examples=15, deadline=None)
@given(draw=st.data())
def test_it_is_found_and_named(breaks: Break, draw: Draw) -> None:
    paper = at_rest(draw)
    balance, name = breaks(paper, draw)
    report = Books(paper).balance()
    assert not report.balanced
    assert balance in [each.name for each in report.balances if not each.balanced], explained(report)
    assert name in names_of(report, balance), explained(report)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_copies_are_counted_apart(draw: Draw) -> None:
    """A crash before the commit repeats what was published: the same bytes, once more."""
    paper = at_rest(draw)
    service = draw.draw(st.sampled_from(SERVICES))
    before = Books(paper).balance()
    paper.members[service].committed = {}
    paper.crash(service)
    paper.settle()
    after = Books(paper).balance()
    assert after.balanced, explained(after)
    assert after.copies - before.copies == after.read - before.read
    assert [(each.name, each.left, each.right) for each in after.balances] == [
        (each.name, each.left, each.right) for each in before.balances
    ]


def test_what_is_on_the_way_is_in_flight() -> None:
    """Each step of a demand's way shows where it is, and nothing is missed."""
    paper = Paper()
    paper.submit("obstructed")

    def flying() -> dict[str, int]:
        report = Books(paper).balance()
        assert report.balanced, explained(report)
        return {each.name: each.in_flight for each in report.balances if each.in_flight}

    assert flying() == {"doors": 1}
    paper.take("intake")
    assert flying() == {"outputs demands": 1}
    paper.publish("intake")
    on_the_desk = ("taken desk", "desk demands", "desk sequences", "desk timeline")
    assert flying() == {"demands": 1, **dict.fromkeys(on_the_desk, 1)}
    paper.commit("intake")
    for service in ("matching", "intake", "notify", "desk"):
        paper.take(service)
        paper.publish(service)
        paper.commit(service)
    paper.take("escalation")
    # Decided and not yet told: that the cases are missing on the topic is no fault.
    assert flying()["obstacles"] == flying()["outputs cases"] == 2
    paper.settle()
    assert flying() == {}


def test_a_digest_is_of_the_bytes_and_of_a_letters_id() -> None:
    letter = (("dlq-id", b"1"),)
    assert digest_of(b"x", ()) == digest_of(b"x", (("ce_type", b"t"),))
    assert digest_of(b"x", ()) != digest_of(b"y", ())
    assert digest_of(b"x", letter) != digest_of(b"x", (("dlq-id", b"2"),))
    assert digest_of(None, letter) != digest_of(None, ())
