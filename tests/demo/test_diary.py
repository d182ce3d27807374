"""What simulated parties mean to say: in order of time, once, and not after it is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from freshwater.simulate.diary import Diary
from freshwater.simulate.notices import Act, Response
from freshwater.simulate.trips import Trips
from tests.demo.hearing import NOW, referral, told

ONE, OTHER = UUID(int=1), UUID(int=2)
LATER = NOW + timedelta(days=365)


def act(hours: float, thing: UUID = ONE, name: str = "accepts") -> Act:
    return Act(timedelta(hours=hours), "type", {"action": "bank-accepts"}, thing, name)


def test_nothing_is_said_before_its_time() -> None:
    diary = Diary(NOW)
    diary.take("bank", NOW, Response((act(2), act(1, OTHER))))
    assert diary.due(NOW + timedelta(minutes=59)) == []
    assert [said.thing for _, said in diary.due(NOW + timedelta(hours=3))] == [OTHER, ONE]
    assert len(diary) == 0


def test_a_notice_that_comes_again_changes_nothing() -> None:
    diary = Diary(NOW)
    for _ in range(3):
        diary.take("bank", NOW, Response((act(1),)))
    assert len(diary) == 1
    assert len(diary.due(LATER)) == 1
    diary.take("bank", NOW, Response((act(1),)))
    assert diary.due(LATER) == []


def test_what_is_over_is_not_said_and_what_is_decided_after_it_is() -> None:
    diary = Diary(NOW)
    diary.take("bank", NOW, Response((act(1), act(1, OTHER))))
    diary.take("bank", NOW, Response((act(2, name="again"),), over=(ONE,)))
    assert [(said.thing, said.name) for _, said in diary.due(LATER)] == [(OTHER, "accepts"), (ONE, "again")]


def test_a_later_run_says_only_what_the_earlier_one_had_not_come_to() -> None:
    diary = Diary(since=NOW + timedelta(hours=5))
    diary.take("bank", NOW, Response((act(4), act(6, OTHER))))
    assert [said.thing for _, said in diary.due(LATER)] == [OTHER]


steps = st.lists(
    st.tuples(st.sampled_from((ONE, OTHER, UUID(int=3))), st.integers(0, 9), st.integers(0, 4), st.booleans()),
    max_size=40,
)


@given(steps)
def test_it_knows_how_much_it_will_still_say(taken: list[tuple[UUID, int, int, bool]]) -> None:
    diary = Diary(NOW)
    for thing, hours, name, over in taken:
        diary.take("bank", NOW, Response((act(hours, thing, str(name)),), over=(thing,) if over else ()))
        if hours == 9:
            diary.due(NOW + timedelta(hours=name))
    expected = len(diary)
    assert len(diary.due(LATER)) == expected
    assert len(diary) == 0


def test_a_way_is_measured_from_the_word_to_its_answer() -> None:
    now = [0.0]
    trips = Trips(lambda: now[0])
    asked = referral(1)
    trips.said(act(0, asked["id"]))
    trips.said(Act(timedelta(0), "type", {"action": "bank-offers"}, ONE, "offers"))
    now[0] = 0.5
    trips.heard(told("referral.near-due", "bank", 1, referral=asked).data)
    means = [trips.seconds]
    for _ in range(2):
        trips.heard(told("referral.accepted", "bank", 1, referral=asked).data)
        means.append(trips.seconds)
    assert means == [None, 0.5, 0.5], "the reminder is no answer, and an answer that comes again is none"
