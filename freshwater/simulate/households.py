"""How simulated households behave: they answer through whoever handed their demand in, promptly, slowly or never.

What one answers is what is true of it (`profiles`), so that facts asked for later fit those given at first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from freshwater.simulate.banks import day_of
from freshwater.simulate.chance import chance, hours, pick
from freshwater.simulate.notices import NOTHING, Act, Heard, Response, claim
from freshwater.simulate.profiles import Profile, profile
from shared.catalogue import Release
from shared.contracts import door

CHOOSES, CONSENTS, WITHDRAWS, REVIVES, FILES, ASKS_HELP, RATES = 0.9, 0.75, 0.02, 0.3, 0.6, 0.2, 0.5
CONFIRMS = 0.8
STARS = {5: 50, 4: 30, 3: 12, 2: 5, 1: 3}


class Household:
    """All simulated households: what one does follows from what its submitter hears."""

    def __init__(self, seed: int, release: Release, obstructed: bool = False) -> None:
        self._seed, self._all_obstructed = seed, obstructed
        named = {bank for consent in release.consents.values() for bank in consent.banks}
        self._unnamed = sorted(set(release.institutions) - named)
        self._table: Mapping[str, Callable[[Heard, Profile, Random], Response]] = {
            "referral.facts-requested": self._facts_wanted,
            "referral.obstructed": self._obstructed,
            "referral.consent-requested": self._consent_wanted,
            "referral.contacted": self._not_reached,
            "referral.offered": self._offered,
            "referral.chosen": self._chosen,
            "referral.funded": self._funded,
            "referral.standing": self._standing,
            "referral.dormant": self._dormant,
            "case.guided": self._guided,
            "case.household-asked": self._asked,
            "case.cleared": self._over,
        }

    def respond(self, heard: Heard) -> Response:
        """What follows from one notice. A silent household's chance is drawn for it like any other's, and not used."""
        notice = heard.data
        respond = self._table.get(notice.name)
        if respond is None or notice.audience != "submitter" or notice.source_id is None:
            return NOTHING
        of = profile(self._seed, notice.source_id, self._all_obstructed)
        if of.temper == "silent":
            return NOTHING
        return respond(heard, of, chance(self._seed, notice.name, notice.source_id))

    def _delay(self, of: Profile, rng: Random) -> timedelta:
        return hours(rng, 1, 20) if of.temper == "prompt" else hours(rng, 24, 120)

    def _facts_wanted(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """The facts of all remedies that facts alone make: one message asked for them, one answers."""
        after = self._delay(of, rng)
        wanted = [
            step.fact
            for remedy in heard.data.remedies
            if all(step.kind == "supply" for step in remedy.steps)
            for step in remedy.steps
        ]
        on = day_of(heard.time + after).isoformat()
        facts = {
            name: {"value": of.facts[name], "source": "household", "as_of": on, "assurance": "self"}
            for name in dict.fromkeys(wanted)
            if name in of.facts
        }
        return self._act(heard, after, door.FactsSupplied.TYPE, {"facts": facts}) if facts else NOTHING

    def _obstructed(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """Where nothing is to be cleared, something else can be asked for; else an office acts, or guidance comes."""
        after = self._delay(of, rng)
        if rng.random() < WITHDRAWS:
            return self._act(heard, after, door.DemandWithdrawn.TYPE, {"reason": "不再需要（模拟）"})
        first = heard.data.remedies[0] if heard.data.remedies else None
        if first is None or any(step.kind in ("clear", "wait") for step in first.steps) or rng.random() > CHOOSES:
            return NOTHING
        asked: dict[str, Any] = {"facts": {}}
        for step in first.steps:
            value = step.target if step.kind == "adjust" else of.facts.get(step.fact)
            if value is None:
                return NOTHING
            place = asked if step.fact in ("amount_yuan", "term_months") else asked["facts"]
            place[step.fact] = value
        return self._act(heard, after, door.DemandAdjusted.TYPE, asked)

    def _consent_wanted(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """One tap: yes to the banks that the consent does not name, or nothing. Its submitter hears no bank's name."""
        after = self._delay(of, rng)
        if not self._unnamed or rng.random() > CONSENTS:
            return NOTHING
        given = (heard.time + after).isoformat()
        consent = {"version": "v1", "given_at": given, "evidence": f"simulated/{heard.data.source_id}/tap"}
        return self._act(heard, after, door.ConsentGiven.TYPE, {"consent": consent, "banks": self._unnamed})

    def _offered(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """It looks at its first offer for a while, and takes the one at hand then; some take none."""
        referral = heard.data.concerns
        after = self._delay(of, rng) + timedelta(hours=6)
        if referral is None or rng.random() > CHOOSES:
            return NOTHING
        choice = claim(after, "household-chooses", referral=referral)
        # Of the demand, so that one choice calls off the others.
        return Response((replace(choice, thing=heard.data.demand, name=f"chooses/{referral}"),))

    def _not_reached(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """A bank could not reach it, or doubts that it wants anything: it says that they have spoken, or not yet."""
        referral, lot = heard.data.concerns, rng.random()
        if referral is None or lot > CONFIRMS:
            return NOTHING
        act = claim(
            self._delay(of, rng), "household-confirms-contact", referral=referral, contacted=lot < CONFIRMS - 0.1
        )
        return Response((act,))

    def _chosen(self, heard: Heard, _: Profile, __: Random) -> Response:
        return Response(over=(heard.data.demand,))

    def _funded(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """Half of them say how they were served, most of them well."""
        if rng.random() > RATES:
            return NOTHING
        said = {"stars": pick(rng, STARS), "about": "bank"}
        data = {"action": "household-rates", "demand": str(heard.data.demand), "details": said}
        return Response((Act(self._delay(of, rng), door.ClaimMade.TYPE, data, heard.data.demand, "rates"),))

    def _standing(self, heard: Heard, of: Profile, rng: Random) -> Response:
        if rng.random() > WITHDRAWS:
            return NOTHING
        return self._act(heard, self._delay(of, rng), door.DemandWithdrawn.TYPE, {"reason": "等不及（模拟）"})

    def _dormant(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """Some come back, once."""
        if rng.random() > REVIVES:
            return NOTHING
        data = {"demand_source_id": heard.data.source_id}
        return Response((Act(hours(rng, 24, 200), door.DemandRevived.TYPE, data, heard.data.demand, "revived"),))

    def _guided(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """It files, and tells the receipt's number; or asks for help; or does it alone and says what is true now."""
        case, lot, after = heard.data.concerns, rng.random(), self._delay(of, rng)
        if case is None:
            return NOTHING
        if lot < FILES:
            number = f"SIM-{int(rng.random() * 10**8):08d}"
            return Response((claim(after, "household-filed", case=case, receipt_number=number),))
        if lot < FILES + ASKS_HELP:
            return Response((claim(after, "household-asks-help", case=case),))
        return NOTHING

    def _asked(self, heard: Heard, of: Profile, rng: Random) -> Response:
        """It sends what the authority still needs; some forget."""
        case = heard.data.concerns
        if case is None or rng.random() > CHOOSES:
            return NOTHING
        return Response((claim(self._delay(of, rng), "household-answers", case=case, answer="材料已交（模拟）"),))

    def _over(self, heard: Heard, _: Profile, __: Random) -> Response:
        return Response(over=(heard.data.concerns,)) if heard.data.concerns else NOTHING

    def _act(self, heard: Heard, after: timedelta, type_name: str, said: Mapping[str, Any]) -> Response:
        """Something said about the demand, which is named by the number that its submitter gave it."""
        thing: UUID = heard.data.demand
        data = {"demand_source_id": heard.data.source_id, **said}
        return Response((Act(after, type_name, data, thing, f"{heard.data.name}/{heard.data.notice}"),))
