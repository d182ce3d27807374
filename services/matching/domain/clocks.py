"""Time has passed: banks are reminded and lapse, households are reminded and then left in peace, reviews come due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.matching.domain.alarms import SHARES, reached_at
from services.matching.domain.consent import recipients
from services.matching.domain.course import evaluate, go_on, stand
from services.matching.domain.demand import ENDED, Referral
from services.matching.domain.docking import Docking, end, settle, sleep
from services.matching.domain.weighing import Stand, weigh

REMINDERS = 2
STAGES = {"open": "accept", "accepted": "contact", "contacted": "decide", "chosen": "decide"}
"""Which clock of a bank has run out, by the state in which it did."""


def time_passed(docking: Docking, moment: datetime) -> None:
    """All that is due at `moment`: first the banks' clocks, then the turn of whoever else had it."""
    before = docking.demand
    if before.label in ENDED:
        return
    lapsed = [_ring(docking, referral, moment) for referral in before.live]
    if any(lapsed):
        go_on(docking)
    elif before.turn_due is not None and before.turn_due <= moment:
        TURNS[before.label](docking)


def _ring(docking: Docking, referral: Referral, moment: datetime) -> bool:
    """Remind a bank, or take the demand back from it; true for the latter."""
    end_of_clock = reached_at(referral, 100)
    if end_of_clock is None:
        return False
    if end_of_clock <= moment:
        stage = STAGES[referral.state]
        end(docking, referral, "lapsed")
        docking.record(referral.unit, lapsed=1)
        docking.bar(referral.bank, "lapsed")
        docking.say_of(referral, "lapsed", stage=stage)
        return True
    shares = [share for share in SHARES if (reached_at(referral, share) or moment) <= moment]
    if shares and shares[-1] > referral.warned:
        docking.put(replace(referral, warned=shares[-1]))
        docking.say_of(referral, "near_due", share=shares[-1])
    return False


def _households_turn(docking: Docking) -> None:
    """Two reminders, then peace: nothing more before the household says something.

    Where one bank cannot reach it and others are at work, only that bank gives up: the others did reach it.
    """
    demand = docking.demand
    count = demand.reminders + 1
    if count <= REMINDERS:
        _remind(docking, count)
        return
    unanswered = [each for each in demand.live if each.asks_household]
    if demand.label == "referred" and len(unanswered) < len(demand.live):
        for referral in unanswered:
            end(docking, referral, "recalled")
            docking.bar(referral.bank, "lapsed")
            docking.say_of(referral, "recalled", reason="not_reached")
        settle(docking)
    else:
        sleep(docking)


def _remind(docking: Docking, count: int) -> None:
    due = docking.moment.due(docking.snapshot.rules.campaign.household_days)
    docking.change(reminders=count, turn_due=due)
    docking.say("reminded", count=count)


def _consent(docking: Docking) -> None:
    """One reminder, and that bank is left out; where no bank at all may be asked, as for any turn of the household."""
    asked, rules = docking.demand.asked, docking.snapshot.rules
    may_ask_others = bool(recipients(rules, docking.household, docking.moment.today))
    if asked and may_ask_others and docking.demand.reminders >= 1:
        docking.bar(asked[0], "household")
        evaluate(docking, answer=True)
    else:
        _households_turn(docking)


def _obstructed(docking: Docking) -> None:
    """Time may have opened a product. If not: a household is reminded, an authority's clocks go on at escalation."""
    before = docking.demand
    evaluate(docking, answer=False)
    if docking.demand is not before:
        return
    if before.owner and before.owner.startswith("household:"):
        opens = _opens_by_itself(docking)
        if opens is not None and before.reminders >= REMINDERS:
            stand(docking, opens)
        else:
            _households_turn(docking)
    else:
        docking.change(turn_due=_in_days(docking, docking.snapshot.rules.campaign.review_days))


def _opens_by_itself(docking: Docking) -> date | None:
    """The next day worth looking at where time alone is one of the remedies: who waits for that need not be asleep."""
    alone = [each.steps for each in docking.demand.remedies if all(step.kind == "wait" for step in each.steps)]
    days = [max(step.on for step in steps if step.on) for steps in alone]
    if not days:
        return None
    review_on = docking.moment.today + timedelta(days=docking.snapshot.rules.campaign.review_days)
    return min(review_on, max(min(days), docking.moment.today + timedelta(days=1)))


def _review(docking: Docking) -> None:
    """The review date has come. Who only waits for a place is asked about quietly, the next day again.

    Otherwise silence is forgiven, rounds begin anew, and where nothing helps a new date is told.
    """
    demand, course = docking.demand, weigh(docking)
    if isinstance(course, Stand) and course.for_place:
        evaluate(docking, answer=False)
        docking.change(review_on=course.review_on, turn_due=docking.moment.morning_of(course.review_on))
        return
    if isinstance(course, Stand):
        waited = {until for until in demand.barred.values() if until.startswith("wait:")}
        docking.forgive("lapsed", *waited)
        docking.change(rounds_from=demand.round)
    evaluate(docking, answer=True)


def _granted(docking: Docking) -> None:
    """Granted and not drawn: two reminders, then the campaign's office has it, with a review date."""
    campaign = docking.snapshot.rules.campaign
    if docking.demand.reminders < REMINDERS:
        _remind(docking, docking.demand.reminders + 1)
    else:
        docking.change(
            owner=f"campaign_office:{campaign.id}",
            reminders=REMINDERS,
            turn_due=_in_days(docking, campaign.review_days),
        )


def _in_days(docking: Docking, days: int) -> datetime:
    day: date = docking.moment.today + timedelta(days=days)
    return docking.moment.morning_of(day)


TURNS = {
    "referred": _households_turn,
    "offered": _households_turn,
    "granted": _granted,
    "consent_wanted": _consent,
    "obstructed": _obstructed,
    "standing": _review,
}
