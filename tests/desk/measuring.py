"""What the campaign is measured by, beside a whole story."""

from __future__ import annotations

from typing import Any

from shared.contracts import actions, capacity, cases, county, households, referrals
from shared.contracts.envelope import Event
from tests.desk.stories import START, Story


def measured(number: int) -> list[Event[Any]]:
    """A visit, a rating, limits, a policy that was paid."""
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


def asked(number: int) -> list[Event[Any]]:
    """What a case asks of the next level, answered and not, and what is said of a county."""
    story = Story(number)
    issue = county.CommonIssueFormed(county="620102", obstacle="FIRE_CHECK", households=6, blocked_yuan=600_000)
    return [
        story.cased(cases.Opened, "opened", reason="authority_acts"),
        story.cased(cases.ExtensionAsked, "opened", until=START.date(), reason="papers are missing"),
        story.cased(cases.Extended, "opened", until=START.date()),
        story.cased(cases.Raised, "overdue", draft=True, to="market_regulation-620100", level="city"),
        story.event("escalation", issue),
    ]
