"""The league table cannot be gamed: neither leaving things open nor a quick no ever improves a place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from services.desk.domain.league import LEAST_REFERRALS, Record, Standing, Terms, league, reduced_hours
from services.desk.domain.survival import Spells, interval, median, share_by, together, waiting

TERMS = Terms(window=9, leads={"ANNUAL_REPORT": "obstacle", "BANK_DECISION": "final"})


@dataclass(frozen=True)
class Item:
    """One referral: its age today, and what became of it after how many working days."""

    age: int
    outcome: str
    days: int


@st.composite
def items(draw: st.DrawFn) -> Item:
    age = draw(st.integers(0, 30))
    outcome = draw(st.sampled_from(["done", "never", "cut", "open"]))
    return Item(age, outcome, age if outcome == "open" else draw(st.integers(0, age)))


portfolios = st.lists(items(), min_size=LEAST_REFERRALS - 2, max_size=LEAST_REFERRALS + 15)


def spells(portfolio: list[Item]) -> Spells:
    by = {name: Counter(item.days for item in portfolio if item.outcome == name) for name in ("done", "cut", "open")}
    return Spells(by["done"], by["cut"] + by["open"], sum(item.outcome == "never" for item in portfolio))


def record(bank: str, portfolio: list[Item], declines: int = 0) -> Record:
    return Record(bank, {"offer": spells(portfolio)}, {"BANK_DECISION": declines})


def place_of(bank: str, lines: list[Standing]) -> float:
    """Without a place is behind every place."""
    return next(line.place or float("inf") for line in lines if line.record.bank == bank)


def worse(item: Item, way: str) -> Item:
    """The same referral left open until today, or declined on the first day."""
    return replace(item, outcome="open", days=item.age) if way == "open" else replace(item, outcome="never", days=0)


@example(ours=[Item(25, "done", 20)] * LEAST_REFERRALS, others=[], chosen=list(range(11)), way="open")
@given(
    ours=portfolios,
    others=st.lists(portfolios, max_size=3),
    chosen=st.lists(st.integers(0, 200), min_size=1, max_size=12),
    way=st.sampled_from(["open", "declined"]),
)
def test_leaving_open_or_declining_on_day_one_never_improves_a_place(
    ours: list[Item], others: list[list[Item]], chosen: list[int], way: str
) -> None:
    rest = [record(f"other-{number}", portfolio) for number, portfolio in enumerate(others)]
    before = league([record("ours", ours), *rest], TERMS)
    changed = list(ours)
    for number in chosen:
        # What has left without the bank's doing is not the bank's to change.
        if changed[number % len(ours)].outcome == "done" or way == "declined":
            changed[number % len(ours)] = worse(changed[number % len(ours)], way)
    after = league([record("ours", changed, len(chosen)), record("twin", ours), *rest], TERMS)
    # Neither among the others nor beside the same bank as it was, where nothing but the change tells the two apart.
    assert place_of("ours", after) >= max(place_of("ours", before), place_of("twin", after))
    assert median(spells(changed)) is None or (median(spells(ours)) or 0) <= (median(spells(changed)) or 0)


@given(ours=portfolios, days=st.integers(0, 40))
def test_a_share_is_one_and_agrees_with_a_count_where_nothing_is_cut(ours: list[Item], days: int) -> None:
    whole = spells([item for item in ours if item.outcome in ("done", "never")])
    counted = sum(n for day, n in whole.done.items() if day <= days) / whole.total if whole.total else 0
    assert abs(share_by(whole, days) - counted) < 1e-9
    shares = [share for _, share in waiting(spells(ours))]
    assert shares == sorted(shares, reverse=True)
    assert all(-1e-9 <= share <= 1 for share in shares)


def test_open_ones_count_with_the_time_they_have_waited() -> None:
    answered = Spells(done={1: 5})
    assert median(answered) == 1
    assert median(Spells(done={1: 5}, cut={8: 6})) is None
    assert median(Spells(done={1: 5}, cut={0: 6})) == 1
    assert median(Spells(done={1: 5}, never=6)) is None
    assert median(together([answered, Spells(done={3: 6})])) == 3


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_an_interval_holds_its_share_and_rises_with_it(n: int, one: float, other: float) -> None:
    low, high = interval(one, n)
    assert low - 1e-9 <= one <= high + 1e-9
    lesser, greater = sorted((one, other))
    assert interval(lesser, n)[0] <= interval(greater, n)[0] + 1e-9


def test_too_few_have_no_place_and_few_ratings_are_not_shown() -> None:
    few = record("few", [Item(1, "done", 0)] * (LEAST_REFERRALS - 1))
    many = replace(record("many", [Item(9, "never", 0)] * LEAST_REFERRALS), stars={5: 4})
    lines = league([few, many], TERMS)
    assert [(line.record.bank, line.place) for line in lines] == [("many", 1), ("few", None)]
    assert lines[0].satisfaction is None
    assert lines[1].high == 1
    rated = league([replace(many, stars={5: 3, 2: 2})], TERMS)
    assert rated[0].satisfaction == 19 / 5


def test_few_and_all_in_time_are_not_placed_before_many_and_nearly_all() -> None:
    few, many = record("few", [Item(1, "done", 0)] * LEAST_REFERRALS), [Item(1, "done", 0)] * 400
    lines = league([few, record("many", [*many, *[Item(9, "never", 0)] * 4])], TERMS)
    assert [line.record.bank for line in lines] == ["many", "few"]
    for line in lines:
        assert (line.low, line.high) == interval(line.share, line.received)


def test_declines_are_told_apart_by_where_they_lead() -> None:
    given = {"ANNUAL_REPORT": 3, "BANK_DECISION": 1}
    (line,) = league([Record("one", {"offer": Spells(never=40)}, given)], TERMS)
    assert (line.coded.share, line.on_the_whole.share) == (0.75, 0.25)


def test_hours_at_reduced_intake() -> None:
    start = datetime(2026, 11, 2, tzinfo=UTC)

    def after(hours: int) -> datetime:
        return start + timedelta(hours=hours)

    assert reduced_hours([(start, 50)], after(100)) == 0
    assert reduced_hours([(start, 50), (after(10), 0), (after(30), 50)], after(100)) == 20
    assert reduced_hours([(start, 50), (after(10), 49)], after(15)) == 5
    assert reduced_hours([(start, 10), (after(10), 50)], after(15)) == 0
