"""How simulated authorities behave: most sign, plan and resolve; some are late, transfer, park or refuse; a few sleep.

As with banks, a mood follows from (seed, demand, obstacle), so that another run with the same seed is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any, Literal

from freshwater.simulate.banks import day_of
from freshwater.simulate.chance import chance, hours, pick
from freshwater.simulate.notices import NOTHING, Act, AgendaItem, Case, Heard, Response, claim
from shared.catalogue import Release
from shared.workdays import Calendar

Mood = Literal["resolves", "late", "refuses", "transfers", "parks", "extends", "asks", "sleeps"]
MOODS: Mapping[Mood, float] = {
    "resolves": 70, "late": 8, "refuses": 4, "transfers": 4, "parks": 3, "extends": 4, "asks": 4, "sleeps": 3,
}  # fmt: skip
SAME_DAY = 0.35
"""How often the office simply does it at once, with signature and plan."""
PERSON = "officer-1"
TOLD_ABOVE = ("case.raised", "case.extension-asked")
"""What the next level hears of somebody else's case."""


class Authority:
    """All simulated authorities: what one does follows from what it hears."""

    def __init__(self, seed: int, release: Release, workdays: Calendar) -> None:
        self._seed, self._obstacles, self._authorities = seed, release.obstacles, release.authorities
        self._workdays = workdays
        self._table: Mapping[str, Callable[[Heard, Case], Response]] = {
            "case.opened": self._opened,
            "case.transferred": self._transferred,
            "case.overdue": self._overdue,
            "case.extension-asked": self._extension_asked,
            "case.raised": self._raised,
            "case.consultation-decided": self._overdue,
            "case.resumed": self._resumed,
            "case.cleared": self._over,
            "case.withdrawn": self._over,
        }

    def respond(self, heard: Heard, speaks_for: frozenset[str]) -> Response:
        """What follows from one notice to a partner that speaks for these. Who only supports does nothing."""
        notice = heard.data
        if notice.name == "case.session-opened":
            return self._session(heard, speaks_for)
        respond = self._table.get(notice.name)
        if respond is None or notice.audience != "authority" or notice.case is None:
            return NOTHING
        if notice.case.authority not in speaks_for and notice.name not in TOLD_ABOVE:
            return NOTHING
        return respond(heard, notice.case)

    def _rng(self, what: str, heard: Heard, case: Case) -> Random:
        return chance(self._seed, what, heard.data.demand, case.obstacle, case.authority)

    def _mood(self, heard: Heard, case: Case) -> Mood:
        return pick(self._rng("mood", heard, case), MOODS)

    def _opened(self, heard: Heard, case: Case) -> Response:
        mood, rng = self._mood(heard, case), self._rng("opened", heard, case)
        if mood in ("late", "sleeps"):
            return NOTHING
        signed = hours(rng, 0.5, 7)
        acts = [_says(case, signed, "authority-signs")]
        if mood == "transfers" and (other := self._somebody_else(rng, case)):
            reason = "不属于本单位职责（模拟）"
            acts = [_says(case, signed, "authority-transfers", to=other, reason=reason)]
        elif mood == "parks":
            review = day_of(heard.time + timedelta(days=14)).isoformat()
            waits: dict[str, Any] = {"review_on": review, "reason": "待政策明确（模拟）"}
            acts.append(_says(case, signed + hours(rng, 2, 24), "authority-parks", **waits))
        elif mood == "extends":
            acts += self._extend(rng, signed, heard, case)
        elif mood == "asks":
            what = "经营场所平面图（模拟）"
            acts.append(_says(case, signed + hours(rng, 1, 20), "authority-asks-household", what=what))
        elif mood == "refuses":
            reason = "经核查不符合条件（模拟）"
            acts.append(_says(case, signed + hours(rng, 4, 40), "authority-refuses", reason=reason))
        else:
            acts += self._solve(rng, signed, heard, case)
        return Response(tuple(acts))

    def _transferred(self, heard: Heard, case: Case) -> Response:
        """What the office before meant to do is void."""
        return Response(self._opened(heard, case).acts, over=(case.id,))

    def _solve(self, rng: Random, after: timedelta, heard: Heard, case: Case) -> list[Act]:
        """A promise and its keeping, somewhere inside the obstacle's own working days."""
        obstacle = self._obstacles.get(case.obstacle)
        if obstacle is None:
            return []
        days = max(1, round(obstacle.working_days * rng.random() * 0.8))
        if rng.random() < SAME_DAY:
            return [self._resolve(after + hours(rng, 0.5, 6), heard, case)]
        done = self._workdays.add_workdays(heard.time, days) - timedelta(hours=2) - heard.time
        planned = after + hours(rng, 1, 20)
        promised = day_of(heard.time + max(done, planned)).isoformat()
        plan = _says(case, planned, "authority-plans", promised_on=promised)
        return [plan, self._resolve(max(done, planned + hours(rng, 1, 4)), heard, case)]

    def _resolve(self, after: timedelta, heard: Heard, case: Case) -> Act:
        obstacle = self._obstacles[case.obstacle]
        fact = {
            "value": obstacle.cleared_value,
            "source": case.authority,
            "as_of": day_of(heard.time + after).isoformat(),
            "assurance": "register",
        }
        said: dict[str, Any] = {"evidence": f"{obstacle.evidence_zh}（模拟）", "facts": {obstacle.fact: fact}}
        if obstacle.evidence_kinds:
            said["evidence_kind"] = obstacle.evidence_kinds[0]
        return _says(case, after, "authority-resolves", **said)

    def _extend(self, rng: Random, signed: timedelta, heard: Heard, case: Case) -> list[Act]:
        """More time, asked for once; it is done on the way, whatever the next level says."""
        obstacle = self._obstacles.get(case.obstacle)
        if obstacle is None:
            return []
        until = self._workdays.add_workdays(heard.time, obstacle.working_days + 5)
        asked = signed + hours(rng, 2, 20)
        reason = "材料核实需要更多时间（模拟）"
        ask = _says(
            case,
            asked,
            "authority-asks-extension",
            until=day_of(until).isoformat(),
            reason=reason,
        )
        return [ask, self._resolve(until - timedelta(hours=8) - heard.time, heard, case)]

    def _overdue(self, heard: Heard, case: Case) -> Response:
        """Who was only late begins now; who sleeps goes on sleeping, and the next level hears of it."""
        mood = self._mood(heard, case)
        if mood == "sleeps" and heard.data.name == "case.overdue":
            return NOTHING
        rng = self._rng("overdue", heard, case)
        signed = hours(rng, 0.5, 5)
        sign = _says(case, signed, "authority-signs")
        return Response((sign, self._resolve(signed + hours(rng, 1, 20), heard, case)))

    def _resumed(self, heard: Heard, case: Case) -> Response:
        """Answered or not: it is done with what there is."""
        return Response((self._resolve(hours(self._rng("resumed", heard, case), 2, 20), heard, case),))

    def _extension_asked(self, heard: Heard, case: Case) -> Response:
        rng = self._rng("extension", heard, case)
        agreed = rng.random() < 0.8
        return Response((_says(case, hours(rng, 1, 8), "authority-agrees-extension", agreed=agreed),))

    def _raised(self, heard: Heard, case: Case) -> Response:
        """The next level's named person sends the draft on, mostly; otherwise it goes by itself."""
        rng = self._rng("raised", heard, case)
        if case.raised or rng.random() > 0.6:
            return NOTHING
        act = _says(
            case,
            hours(rng, 0.5, 4),
            "authority-confirms-raise",
            person=PERSON,
            confirmed=True,
        )
        return Response((act,))

    def _session(self, heard: Heard, speaks_for: frozenset[str]) -> Response:
        """The county team's own session: a decision on each item during the day, and then it closes.

        Who only sits in it has another team in its own county, and waits.
        """
        session = heard.data.concerns
        if session is None or heard.data.audience != "authority" or not any(map(_is_team, speaks_for)):
            return NOTHING
        acts = [self._decides(heard, item) for item in heard.data.agenda]
        return Response((*acts, claim(timedelta(hours=24), "consultation-closes", case=session, person=PERSON)))

    def _decides(self, heard: Heard, item: AgendaItem) -> Act:
        """Mostly somebody is told to get on with it; now and then the session waives it, or asks for a policy."""
        rng = chance(self._seed, "consultation", item.id, item.obstacle, str(heard.data.concerns))
        weights = {"assign": 64, "clear": 14, "cannot_be_removed": 10, "park": 6, "policy": 6}
        decision = pick(rng, weights if item.authorities else {"clear": 1})
        details: dict[str, Any] = {"decision": decision, "reason": "会诊决定（模拟）"}
        if decision == "assign":
            details["to"] = pick(rng, dict.fromkeys(item.authorities, 1.0))
        if decision == "park":
            details["until"] = day_of(heard.time + timedelta(days=21)).isoformat()
        return claim(hours(rng, 16, 22), "consultation-decides", case=item.id, person=PERSON, **details)

    def _over(self, _: Heard, case: Case) -> Response:
        return Response(over=(case.id,))

    def _somebody_else(self, rng: Random, case: Case) -> str | None:
        """Another kind of authority in the same place."""
        here = self._authorities.get(case.authority)
        if here is None:
            return None
        others = [
            each.id
            for each in self._authorities.values()
            if each.region == here.region and each.kind != here.kind and not each.catch_all
        ]
        return pick(rng, dict.fromkeys(sorted(others), 1.0)) if others else None


def _is_team(authority: str) -> bool:
    return authority.startswith("county_team-") and not authority.endswith("0000")


def _says(case: Case, after: timedelta, action: str, **details: Any) -> Act:
    """A claim of the office that has the case; another one may say the same of it later."""
    return claim(after, action, case=case.id, scope=case.authority, **details)
