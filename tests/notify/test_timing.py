"""When a notice goes out, and what an attempt or a receipt makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notify.adapters.lanes import Lanes
from services.notify.domain.delivery import Ended, Next, Patience, after_attempt, after_receipt
from services.notify.domain.links import Links
from services.notify.domain.timing import DISTURBING, SHANGHAI, expires, first_due, is_collected, next_morning, pause

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
ends = st.sampled_from(("sent", "failed", "refused", "gone", "unknown"))


@given(moments, st.sampled_from(("email", "sms", "wechat")), st.sampled_from(("normal", "low")))
def test_nobody_is_woken_for_what_can_wait(now: datetime, channel: str, urgency: str) -> None:
    due = first_due(now, "household", channel, urgency)
    assert now <= due <= now + timedelta(hours=11)
    assert 8 <= due.astimezone(SHANGHAI).hour < 21
    if 8 <= now.astimezone(SHANGHAI).hour < 21:
        assert due == now


@given(moments, st.sampled_from(("household", "bank", "submitter")), st.sampled_from(("email", "door", "desk")))
def test_urgent_notices_and_offices_do_not_wait(now: datetime, audience: str, channel: str) -> None:
    assert first_due(now, audience, channel, "urgent") == now
    if audience != "household":
        assert first_due(now, audience, channel, "low") == now


def test_what_is_urgent_is_worth_sending_for_a_shorter_time() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert now < expires(now, "urgent") < expires(now, "normal") < expires(now, "low")
    assert expires(now, "urgent", 1000.0) - now == 1000 * (expires(now, "urgent") - now)
    assert expires(now, "low", 1_000_000.0) > now, "a month in seconds does not run out of years"


@given(
    st.text(max_size=40),
    st.integers(1, 200),
    st.floats(0.01, 60, allow_nan=False),
    st.floats(60, 3600, allow_nan=False),
)
def test_a_pause_grows_to_its_longest_and_is_the_same_after_a_restart(
    key: str, attempt: int, first: float, longest: float
) -> None:
    whole = min(first * 2 ** (attempt - 1), longest) if attempt < 40 else longest
    waits = pause(key, attempt, first, longest)
    assert whole / 2 <= waits <= whole
    assert waits == pause(key, attempt, first, longest)


def test_recipients_that_failed_together_do_not_come_back_together() -> None:
    waits = {round(pause(str(UUID(int=number)), 3, 2, 600), 3) for number in range(200)}
    assert len(waits) > 150


@given(ends, st.sampled_from(("webhook", "email", "sms")), st.integers(1, 20), st.integers(1, 12))
def test_an_attempt_is_repeated_only_where_a_repeat_is_known_for_one(
    end: str, channel: str, attempt: int, attempts: int
) -> None:
    follows = after_attempt(UUID(int=1), channel, attempt, Ended(end), Patience(attempts, 1, 10))  # type: ignore[arg-type]
    if end == "sent":
        assert follows.state == "sent"
    elif end in ("refused", "gone"):
        assert follows.state == "failed"
    elif end == "unknown" and channel != "webhook":
        assert follows.state == "held"
    else:
        assert follows.state == ("failed" if attempt >= attempts else "pending")
    if follows.state == "pending":
        assert 0 < follows.pause_seconds <= 10
    if follows.state == "failed":
        assert follows.reason


def test_a_recipient_that_asks_for_time_gets_it() -> None:
    follows = after_attempt(UUID(int=1), "webhook", 1, Ended("failed", retry_after=120.0), Patience(5, 1, 10))
    assert follows.pause_seconds == 120


def test_a_receipt_settles_what_was_held_and_undoes_what_bounced() -> None:
    assert after_receipt("sent", "delivered", 1) is None
    assert after_receipt("failed", "bounced", 1) is None
    for state, outcome, becomes in (
        ("held", "delivered", "sent"),
        ("held", "bounced", "failed"),
        ("sent", "bounced", "failed"),
        ("sent", "rejected", "failed"),
    ):
        follows = after_receipt(state, outcome, 1)
        assert follows is not None
        assert follows.state == becomes


def test_a_telephone_call_is_made_three_times_before_it_is_given_up() -> None:
    ends = [after_receipt("held", "not_reached", attempt) for attempt in range(3)]
    assert [end and end.state for end in ends] == ["held", "held", "failed"]
    assert after_receipt("held", "reached", 2) == Next("sent")
    assert after_receipt("held", "wrong_number", 0) == Next("failed", "wrong_number")
    assert after_receipt("held", "refused", 0) == Next("failed", "refused")


@given(st.sampled_from(("email", "sms", "wechat", "call_list", "desk")), st.integers(0, 9), st.integers(1, 9))
def test_what_is_urgent_never_waits_and_what_is_low_always_does(channel: str, told: int, most: int) -> None:
    disturbing = channel in DISTURBING
    assert not is_collected(channel, "urgent", told, most)
    assert is_collected(channel, "low", told, most) == disturbing
    assert is_collected(channel, "normal", told, most) == (disturbing and told >= most)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_the_next_morning_is_eight_in_shanghai_within_a_day(now: datetime) -> None:
    morning = next_morning(now)
    assert timedelta(0) < morning - now <= timedelta(days=1)
    assert (morning.astimezone(SHANGHAI).hour, morning.astimezone(SHANGHAI).minute) == (8, 0)


@given(st.uuids(), st.binary(max_size=60))
def test_only_a_link_that_was_signed_here_opens(identifier: UUID, noise: bytes) -> None:
    old, new = Links("https://n.example", "old"), Links("https://n.example", "old,new")
    token = new.to(identifier).rpartition("/")[2]
    assert new.to(identifier) == new.to(identifier)
    assert new.disclosure(token) == identifier
    assert old.disclosure(token) is None
    assert new.disclosure(old.to(identifier).rpartition("/")[2]) == identifier
    assert new.disclosure(noise.decode("latin-1")) is None
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    assert new.disclosure(changed) is None


def test_what_flew_together_and_failed_together_is_one_failure() -> None:
    """Eight at once on a lane: it rests as after one, and then a single attempt sees whether it works."""
    lanes = Lanes(Patience(first_seconds=2.0, longest_seconds=600.0), width=8, most=100)
    assert lanes.places(["webhook/a"]) == {"webhook/a": 8}
    for _ in range(8):
        lanes.begun("webhook/a")
    for _ in range(8):
        lanes.ended("webhook/a", Ended("failed", "http_503", whole_lane=True))
    assert lanes.places(["webhook/a", "webhook/b"]) == {"webhook/b": 8}
    assert 0 < lanes.rest_seconds(60) <= 2.0
    lanes.begun("webhook/a")
    lanes.ended("webhook/a", Ended("failed", "http_429", whole_lane=True, retry_after=30))
    assert lanes.rest_seconds(60) > 29
