"""What the campaign is measured by, beside a whole story."""

from __future__ import annotations

from typing import Any

from shared.contracts import actions, capacity, households, referrals
from shared.contracts.envelope import Event
from tests.desk.stories import START, Story


def measured(number: int) -> list[Event[Any]]:
    """A visit, ratings, limits, a policy that was paid."""
    story = Story(number)
    visit = households.Visited(
        household=story.household, visitor="beichen", county="620102", on=START.date(), outcome="demand", bank="beichen"
    )
    paid: dict[str, Any] = {"policy": "service_subsidy_2026", "step": "paid", "amount_yuan": 700}
    limits = [
        capacity.LimitDeclared(bank="beichen", unit="beichen-620102", version=version, open_limit=limit)
        for version, limit in ((1, 50), (2, 10))
    ]
    return [
        story.event("intake", visit),
        story.demanded(),
        story.opened(),
        story.moved(0, referrals.Contacted, "accepted", outcome="not_reached"),
        story.moved(0, referrals.Contacted, "contacted", outcome="reached"),
        story.moved(0, referrals.PolicyMoved, "contacted", **paid),
        story.moved(1, referrals.NotChosen, "not_chosen"),
        story.claimed(actions.HouseholdRates, "household:self", stars=4, about="bank"),
        *(story.event("intake", limit) for limit in limits),
    ]
