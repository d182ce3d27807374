"""The course of a demand that no bank has: to banks, to the household, to an authority, to wait, or to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.matching.domain.consent import lets_authorities
from services.matching.domain.demand import Demand, Remedy
from services.matching.domain.docking import KEPT_REFERRALS, Docking, close, let_see, settle, start, turn
from services.matching.domain.ranking import Candidate
from services.matching.domain.weighing import AskConsent, AskHousehold, NoRemedy, Remove, Stand, ToBanks, weigh


def evaluate(docking: Docking, *, answer: bool) -> None:
    """Take the best course. Without `answer` nothing is said where it is the course that the demand is on already."""
    course, before, said = weigh(docking), docking.demand, len(docking.said)
    if isinstance(course, ToBanks):
        _open_round(docking, course.candidates)
    elif isinstance(course, NoRemedy):
        close(docking, "no_remedy")
    else:
        _take(docking, course)
        same = before.obstacles == docking.demand.obstacles != () and before.alone == docking.demand.alone
        if before.label == "obstructed" and same:
            # The same obstacles: whoever removes them goes on, under the deadline that was set.
            docking.change(owner=before.owner, turn_due=before.turn_due, reminders=before.reminders)
        if not answer and _situation(docking.demand) == _situation(before):
            docking.restore(before)
            del docking.said[said:]


def go_on(docking: Docking) -> None:
    """A referral has ended: the other banks of the round go on, and after the last of them the next course is taken."""
    if docking.demand.live:
        settle(docking)
    else:
        evaluate(docking, answer=True)


def _situation(demand: Demand) -> tuple[object, ...]:
    """What makes a course another one: the first remedy, and which others there are."""
    told = [lasting(remedy) for remedy in demand.remedies]
    return (demand.label, demand.asked, demand.obstacles, demand.alone, told[:1], frozenset(told))


def lasting(remedy: Remedy) -> Remedy:
    """Without the days that are left: they grow fewer by themselves, which is no news to anybody."""
    return remedy._replace(days=0, steps=tuple(step._replace(days=0) for step in remedy.steps))


def _open_round(docking: Docking, candidates: Sequence[Candidate]) -> None:
    number = docking.demand.round + 1
    card = docking.card()
    opened = tuple([start(docking, candidate, number, card) for candidate in candidates])
    let_see(docking, [referral.bank for referral in opened])
    first = min(opened, key=lambda referral: (referral.due_at or referral.since, referral.bank))
    docking.change(
        label="referred",
        owner=f"bank:{first.bank}",
        reminders=0,
        round=number,
        referrals=(docking.demand.referrals + opened)[-KEPT_REFERRALS:],
        remedies=(),
        obstacles=(),
        asked=None,
        turn_due=None,
        review_on=None,
    )
    docking.say("round_opened", round=number, opened=[referral.id for referral in opened])


def _take(docking: Docking, course: AskConsent | AskHousehold | Remove | Stand) -> None:
    """Whose turn it is on this course, until when, and what is said. Always a fresh turn."""
    household, campaign = f"household:{docking.demand.household}", docking.snapshot.rules.campaign
    docking.change(turn_due=None, remedies=(), obstacles=(), alone=False, asked=None, review_on=None)
    if isinstance(course, AskConsent):
        docking.change(asked=(course.bank, course.product))
        turn(docking, "consent_wanted", household, docking.moment.due(campaign.household_days))
        docking.say("consent_requested", bank=course.bank, product=course.product)
        return
    docking.change(remedies=course.remedies)
    if isinstance(course, AskHousehold):
        turn(docking, "obstructed", household, docking.moment.due(campaign.household_days))
        if course.facts:
            docking.say("facts_requested", facts=list(course.facts))
        else:
            docking.say("obstructed", obstacles=[])
    elif isinstance(course, Remove):
        _obstruct(docking, course.obstacles)
        if course.facts:
            docking.say("facts_requested", facts=list(course.facts))
    else:
        stand(docking, course.review_on)
        if course.for_limit:
            waiting = docking.household.waiting
            docking.change_household(waiting=tuple(dict.fromkeys((*waiting, docking.demand.id))))


def stand(docking: Docking, review_on: date) -> None:
    """Until a day, in the care of the campaign's office."""
    campaign = docking.snapshot.rules.campaign
    docking.change(review_on=review_on)
    turn(docking, "standing", f"campaign_office:{campaign.id}", docking.moment.morning_of(review_on))
    docking.say("standing", review_on=review_on)


def _obstruct(docking: Docking, codes: tuple[str, ...]) -> None:
    """An authority's turn where one acts on any of the obstacles, else the household's, with the time that it takes.

    Where its consent lets no authority see it, the household acts alone, whatever the obstacle.
    """
    rules, campaign = docking.snapshot.rules, docking.snapshot.rules.campaign
    obstacles = [rules.obstacles[code] for code in codes]
    days = max(obstacle.days for obstacle in obstacles)
    alone = not lets_authorities(docking.household, docking.moment.today)
    leads = [obstacle.lead for obstacle in obstacles if obstacle.acts != "household" and not alone]
    docking.change(obstacles=codes, alone=alone)
    if leads:
        # Until escalation has found the office itself, the kind of authority that leads is the owner.
        due = docking.moment.due(campaign.handling_days + 2 * days)
        turn(docking, "obstructed", f"authority:{leads[0]}", due)
    else:
        turn(
            docking,
            "obstructed",
            f"household:{docking.demand.household}",
            docking.moment.due(campaign.household_days + days),
        )
    docking.say("obstructed", obstacles=list(codes), authorities=not alone)
