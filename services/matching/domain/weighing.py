"""Which course is best for a demand that no bank has, on what is known now. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.matching.domain.backing import backed, missing_guarantee
from services.matching.domain.capacity import fits, seat_at
from services.matching.domain.consent import has_room, limit_of, recipients
from services.matching.domain.demand import Demand, Remedy
from services.matching.domain.docking import Docking
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
    rounds = demand.round - demand.rounds_from
    if rounds and rounds < rules.campaign.rounds:
        open_now = sorted([*open_now, *_with_backing(docking, open_now)], key=lambda found: found.rank)
    if open_now and rounds < rules.campaign.rounds:
        return _to_banks(docking, best_per_bank(open_now))
    return _without_bank(docking, matches, tried=bool(open_now))


def _with_backing(docking: Docking, open_now: Sequence[Match]) -> list[Match]:
    """What a guarantee company and its policies open beside that, at banks that are not open by themselves.

    Also at one that declined for want of a guarantee: just that joins now.
    """
    demand, rules = docking.demand, docking.snapshot.rules
    shut = {bank for bank, until in demand.barred.items() if until != missing_guarantee(rules)}
    shut.update(demand.excluded_banks, (found.product.bank for found in open_now))
    known_to = recipients(rules, docking.household, docking.moment.today)
    found = backed(docking.snapshot, demand, docking.moment.today)
    joining = known_to - set(demand.excluded_banks)
    return [each for each in found if each.product.bank not in shut and each.product.backed_by in joining]


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
            if fits(seat, demand.amount_yuan or 0):
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
