"""The course of a demand that no bank has: to banks, to the household, to an authority, to wait, or to its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.matching.domain.capacity import seat_at
from services.matching.domain.consent import has_room, lets_authorities, limit_of, recipients
from services.matching.domain.demand import Demand, Remedy
from services.matching.domain.docking import KEPT_REFERRALS, Docking, close, let_see, start, turn
from services.matching.domain.eligibility import Matches, match
from services.matching.domain.pricing import Match
from services.matching.domain.ranking import Candidate, best_per_bank, order
from services.matching.domain.remedies import remedies_for, remedies_of_declines, worth_showing
from services.matching.domain.rules import Rules

ASKED_FOR = 8
"""How many facts are asked for at most in one message."""


@dataclass(frozen=True, slots=True)
class ToBanks:
    """A round: these banks at once."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The household is asked about a bank that its consent does not name."""

    bank: str
    product: str


@dataclass(frozen=True, slots=True)
class AskHousehold:
    """It is for the household: facts to supply, or something else to ask for. `facts` is empty for the latter."""

    remedies: tuple[Remedy, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Obstacles stand in the way. `facts`: what the household could say meanwhile, where that is the cheaper remedy."""

    remedies: tuple[Remedy, ...]
    obstacles: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """长期匹配: looked at again on a day.

    `for_place`: banks would be asked, but their units are full, or the household's limit is (`for_limit`: another
    demand of its own may make room before that day).
    """

    remedies: tuple[Remedy, ...]
    review_on: date
    for_place: bool = False
    for_limit: bool = False


@dataclass(frozen=True, slots=True)
class NoRemedy:
    """Nothing that anybody can do opens a product."""


Course = ToBanks | AskConsent | AskHousehold | Remove | Stand | NoRemedy


def weigh(docking: Docking) -> Course:
    """The best course on what is known now. Changes nothing."""
    demand, rules = docking.demand, docking.snapshot.rules
    matches = match(docking.snapshot, demand, docking.moment.today)
    barred, excluded = demand.barred, demand.excluded_banks
    open_now = [
        found for found in matches.eligible if found.product.bank not in barred and found.product.bank not in excluded
    ]
    if open_now and demand.round - demand.rounds_from < rules.campaign.rounds:
        return _to_banks(docking, best_per_bank(open_now))
    return _without_bank(docking, matches, tried=bool(open_now))


def _to_banks(docking: Docking, matches: list[Match]) -> Course:
    demand, rules, today = docking.demand, docking.snapshot.rules, docking.moment.today
    known_to = recipients(rules, docking.household, today)
    consented = [found for found in matches if found.product.bank in known_to]
    # Where one bank goes before all others and the consent does not hold it, the household is asked at once.
    first = first_bank(rules, demand)
    named = [found for found in matches if found.product.bank == first]
    if not consented or (named and named[0] not in consented):
        wanted = (named or matches)[0].product
        return AskConsent(wanted.bank, wanted.id)
    free = _with_room(docking, consented)
    if named and demand.kind != "loan":
        # The present lender, or who does a service, is asked alone.
        free = [candidate for candidate in free if candidate.match.product.bank == first]
    chosen = _first_allowed(docking, order(free, rules.campaign.cost_band_bp, first))
    if chosen:
        return ToBanks(tuple(chosen))
    return Stand((), _next_day(docking), for_place=True, for_limit=bool(free))


def first_bank(rules: Rules, demand: Demand) -> str | None:
    """The bank that goes before all others.

    For a renewal the present lender, for a service the payments desk where no bank was named, for a loan the named one.
    """
    if demand.kind == "service":
        return demand.named_bank or rules.campaign.payments_desk
    lender = demand.facts.get("present_lender") if demand.kind == "renewal" else None
    return str(lender.value) if lender and lender.value in rules.institutions else demand.named_bank


def _first_allowed(docking: Docking, ordered: Iterable[Candidate]) -> list[Candidate]:
    """As many as a round has banks, of those that the household's limit still lets see it."""
    household, rules = docking.household, docking.snapshot.rules
    limit, added = limit_of(rules, household), 0
    chosen: list[Candidate] = []
    for candidate in ordered:
        bank = candidate.match.product.bank
        if has_room(household, bank, added, limit):
            added += bank not in household.seeing
            chosen.append(candidate)
            if len(chosen) == rules.campaign.banks_per_round:
                break
    return chosen


def _with_room(docking: Docking, matches: Sequence[Match]) -> list[Candidate]:
    demand, found = docking.demand, []
    for each in matches:
        place = docking.snapshot.unit(each.product.bank, demand.county, demand.industry)
        if place is not None:
            seat = seat_at(*place, docking.units)
            if seat.free:
                found.append(Candidate(each, seat))
    return found


def _next_day(docking: Docking) -> date:
    """The next working day: a unit that is full today may have room then."""
    return docking.moment.day_of(docking.moment.due(1))


def _without_bank(docking: Docking, matches: Matches, *, tried: bool) -> Course:
    demand, rules, today = docking.demand, docking.snapshot.rules, docking.moment.today
    shut = {*demand.excluded_banks, *demand.barred}
    found = remedies_for(docking.snapshot, demand, matches, today, shut)
    declined = remedies_of_declines(rules, demand, matches.eligible)
    remedies = worth_showing(found, first=declined)
    review_on = today + timedelta(days=rules.campaign.review_days)
    if not remedies:
        # A service (账户与支付服务) that no product fits is for the campaign's office, as is what all declined.
        hopeless = not tried and not demand.barred and demand.kind != "service"
        return NoRemedy() if hopeless else Stand((), review_on)
    kinds = {step.kind for step in remedies[0].steps}
    facts = _facts(remedies) if kinds == {"supply"} else ()
    # Whatever the household may do beside it, what can be removed is worked on at once: the cheapest that there is.
    obstacles = next((codes for each in remedies if (codes := _obstacles(each))), ())
    if obstacles:
        return Remove(remedies, obstacles, facts)
    if "wait" in kinds:
        dates = [step.on for step in remedies[0].steps if step.on]
        return Stand(remedies, min(review_on, max(*dates, today + timedelta(days=1))))
    return AskHousehold(remedies, facts)


def _obstacles(remedy: Remedy) -> tuple[str, ...]:
    return tuple(step.obstacle for step in remedy.steps if step.obstacle)


def _facts(remedies: Sequence[Remedy]) -> tuple[str, ...]:
    """What to ask for in one message: the facts of the cheapest remedies that facts alone make, in that order."""
    supplies = [remedy for remedy in remedies if all(step.kind == "supply" for step in remedy.steps)]
    names = dict.fromkeys(step.fact for remedy in supplies for step in remedy.steps)
    first = [step.fact for step in remedies[0].steps]
    return tuple(names)[: max(ASKED_FOR, len(first))]


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


def _situation(demand: Demand) -> tuple[object, ...]:
    """What makes a course another one: the first remedy, and which others there are."""
    told = [lasting(remedy) for remedy in demand.remedies]
    return (demand.label, demand.asked, demand.obstacles, demand.alone, told[:1], frozenset(told))


def lasting(remedy: Remedy) -> Remedy:
    """Without the days that are left: they grow fewer by themselves, which is no news to anybody."""
    return remedy._replace(days=0, steps=tuple(step._replace(days=0) for step in remedy.steps))


def _open_round(docking: Docking, candidates: Sequence[Candidate]) -> None:
    number = docking.demand.round + 1
    opened = tuple([start(docking, candidate, number) for candidate in candidates])
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
