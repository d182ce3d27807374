"""What comes in about a demand beside claims and time: the gate's word, facts, cases, the household's consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.matching.domain.backing import backed
from services.matching.domain.consent import recipients
from services.matching.domain.course import evaluate, go_on
from services.matching.domain.demand import AT_BANKS, WAITING, Consent, Household, Referral
from services.matching.domain.docking import Docking, close, end, settle, sleep
from services.matching.domain.eligibility import match
from services.matching.domain.facts import ASSURANCE, Fact, merge, wins
from services.matching.domain.quota import give_back, holds

OWN_FIELDS = ("kind", "purpose", "amount_yuan", "term_months", "region", "industry")
"""The demand's own fields, asked under these names by the criteria: what was said last holds, whoever said it."""


@dataclass(frozen=True, slots=True)
class DemandSaid:
    """What the gate says of a demand. `facts` hold its own fields too.

    `news`: the names that this event is about. The others it only repeats, and a repetition never undoes what was
    learnt from elsewhere since. None: all of it is said for the first time.
    """

    id: UUID
    household: UUID
    county: str
    kind: str
    industry: str | None
    amount_yuan: int | None
    facts: Mapping[str, Fact]
    consent: Consent | None
    named_bank: str | None = None
    excluded_banks: tuple[str, ...] = ()
    simulated: bool = False
    news: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class HouseholdSaid:
    """What the gate says of a household. `change`: its consent was `given` or is `gone` (revoked, run out, another
    operator); empty where the event was about something else."""

    consent: Consent | None
    bank_limit: int
    change: str = ""
    erased: bool = False


def demand_said(docking: Docking, said: DemandSaid, *, anew: bool = False, spoken: bool = True) -> None:
    """A demand was accepted, corrected, adjusted, revived or reopened, or facts came with it.

    `anew`: also a demand that had ended is taken up. `spoken`: the household said something, so it hears an answer.
    """
    before = docking.demand
    changed = _learn(docking, said)
    if anew and before.label in ("closed", "funded"):
        docking.change(referrals=(), barred={}, unremovable=(), granted_yuan=0, disbursed_yuan=0, draws=(), reason=None)
    elif before.label == "funded" or (before.label == "closed" and not (before.reason == "no_remedy" and changed)):
        return
    if anew:
        docking.forgive("lapsed")
    _remember(docking, said.consent)
    _look_again(docking, answer=spoken or bool(changed))


def _learn(docking: Docking, said: DemandSaid) -> frozenset[str]:
    """Merge what was said into what is known; the names of the facts that are others now."""
    before, told = docking.demand, said.facts
    known = before.facts
    if not known:
        facts, changed = dict(told), frozenset(told)
    else:
        news = {name: fact for name, fact in told.items() if _is_news(name, fact, known.get(name), said.news)}
        own = {name: told[name] for name in OWN_FIELDS if name in told}
        facts, changed = merge(known, news)
        changed |= {name for name, fact in own.items() if name not in known or known[name].value != fact.value}
        facts.update(own)
    docking.change(
        facts=facts,
        county=said.county,
        kind=said.kind,
        industry=said.industry,
        amount_yuan=said.amount_yuan,
        named_bank=said.named_bank,
        excluded_banks=said.excluded_banks,
    )
    docking.count()
    _renew(docking, changed)
    return changed


def facts_learnt(docking: Docking, said: Mapping[str, Fact]) -> frozenset[str]:
    """Merge facts from elsewhere; the names of those that are others now."""
    facts, changed = merge(docking.demand.facts, said)
    docking.change(facts=facts)
    _renew(docking, changed)
    return changed


def _is_news(name: str, fact: Fact, known: Fact | None, news: frozenset[str] | None) -> bool:
    return known is None or news is None or name in news or name in OWN_FIELDS or not wins(known, fact)


def _renew(docking: Docking, changed: frozenset[str]) -> None:
    """Changed facts give the demand its rounds anew, and open the banks that waited for just these."""
    demand = docking.demand
    if changed and demand.rounds_from != demand.round:
        docking.change(rounds_from=demand.round)
    if demand.barred:
        docking.forgive(*(f"{kind}:{name}" for name in changed for kind in ("adjust", "supply")))


def _remember(docking: Docking, consent: Consent | None) -> None:
    """The household's open demands, so that a change of its consent reaches each; and the newest consent."""
    household, demand = docking.household, docking.demand.id
    if demand not in household.demands:
        docking.change_household(demands=(*household.demands, demand))
    if consent is not None and (household.consent is None or consent.given_at > household.consent.given_at):
        docking.change_household(consent=consent, revoked=False)


def _look_again(docking: Docking, *, answer: bool) -> None:
    if docking.demand.label in AT_BANKS:
        recheck(docking)
    else:
        evaluate(docking, answer=answer)


def recheck(docking: Docking) -> None:
    """Banks keep a demand that still meets their product; from the others it is taken back. What is chosen stays."""
    demand, today = docking.demand, docking.moment.today
    met = {found.product.id for found in match(docking.snapshot, demand, today).eligible}
    if any(referral.added for referral in demand.live):
        met.update(found.product.id for found in backed(docking.snapshot, demand, today))
    for referral in demand.live:
        if referral.state not in ("open", "accepted", "contacted"):
            continue
        if referral.product not in met or referral.bank in demand.excluded_banks:
            end(docking, referral, "recalled")
            docking.say_of(referral, "recalled", reason="adjusted")
        elif (amount := demand.amount_yuan or 0) != referral.held_yuan and referral.plan is None:
            _ask_for(docking, referral, amount)
    if docking.demand.live:
        if docking.demand is not demand:
            settle(docking)
    else:
        evaluate(docking, answer=True)


def _ask_for(docking: Docking, referral: Referral, amount_yuan: int) -> None:
    """Another amount at the same bank, or back from it where its unit has not so much left."""
    if holds(docking, referral, amount_yuan) is None:
        docking.hold(referral, amount_yuan)
    else:
        end(docking, referral, "recalled")
        docking.say_of(referral, "recalled", reason="unit_full")


def case_cleared(docking: Docking, obstacle: str, facts: Mapping[str, Fact]) -> None:
    """An obstacle is gone: the banks that declined for it may be asked again, and matching tries at once."""
    known = docking.demand.facts
    removed = docking.snapshot.rules.obstacles.get(obstacle)
    told = dict(facts)
    if removed and removed.fact in told and removed.fact in known:
        # The office that removed it says so: about this one fact its word is as sure as the one that it replaces.
        surer = max(told[removed.fact].assurance, known[removed.fact].assurance, key=ASSURANCE.__getitem__)
        told[removed.fact] = told[removed.fact]._replace(assurance=surer)
    facts_learnt(docking, told)
    docking.forgive(f"obstacle:{obstacle}")
    docking.change(
        unremovable=tuple(code for code in docking.demand.unremovable if code != obstacle),
        rounds_from=docking.demand.round,
    )
    if docking.demand.label in WAITING:
        evaluate(docking, answer=True)


def case_refused(docking: Docking, obstacle: str) -> None:
    """It cannot be removed: that remedy ends, and the household hears what stays."""
    if obstacle not in docking.demand.unremovable:
        docking.change(unremovable=(*docking.demand.unremovable, obstacle))
    if docking.demand.label in WAITING:
        evaluate(docking, answer=True)


def case_moved(docking: Docking, obstacle: str, authority: str, days: int) -> None:
    """An authority has it now (a case was opened, filed or passed on): it is its turn, and no household is reminded."""
    demand = docking.demand
    if demand.label == "obstructed" and obstacle in demand.obstacles:
        campaign = docking.snapshot.rules.campaign
        docking.change(
            owner=f"authority:{authority}", turn_due=docking.moment.due(campaign.handling_days + 2 * days), reminders=0
        )


def reconsider(docking: Docking) -> None:
    """Something around the demand has changed (release, consent, limit): take another course only if there is one."""
    household, label = docking.household, docking.demand.label
    if label in ("closed", "funded"):
        return
    if household.erased:
        close(docking, "erased")
        docking.change(facts={}, evidence=())
    elif household.revoked:
        if label not in ("granted", "dormant"):
            sleep(docking, "consent_revoked")
    elif label in AT_BANKS:
        _recheck_recipients(docking)
    elif label != "dormant":
        evaluate(docking, answer=False)
    elif recipients(docking.snapshot.rules, household, docking.moment.today):
        evaluate(docking, answer=True)


def _recheck_recipients(docking: Docking) -> None:
    """A new consent may name fewer banks than have the demand, and a unit may have run out."""
    named = recipients(docking.snapshot.rules, docking.household, docking.moment.today)
    gone = [each for each in docking.demand.live if each.state != "granted" and each.bank not in named]
    for referral in gone:
        end(docking, referral, "recalled")
        docking.say_of(referral, "recalled", reason="consent_revoked")
    if give_back(docking) or gone:
        go_on(docking)


def household_said(household: Household, said: HouseholdSaid) -> tuple[Household, tuple[UUID, ...]]:
    """The household as it is now, and its open demands where this touches them."""
    after = replace(
        household,
        consent=said.consent or household.consent,
        bank_limit=said.bank_limit,
        revoked=said.change == "gone" or (household.revoked and said.change != "given"),
        erased=household.erased or said.erased,
    )
    # The first word on the limit is the one that the consent's text gave already.
    limit_moved = household.bank_limit not in (None, after.bank_limit)
    before = (household.consent, household.revoked, household.erased)
    touched = limit_moved or before != (after.consent, after.revoked, after.erased)
    return after, household.demands if touched else ()
