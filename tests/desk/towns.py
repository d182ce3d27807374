"""Events about a county as escalation writes them: an agenda, decisions, an end, accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.contracts import actions, county
from shared.contracts.envelope import Data, Event, sequence_of
from shared.contracts.ids import caused_id, county_id, timed_id
from shared.contracts.registry import model_of

TEAM, HERE = "county_team-620102", "620102"
MEMBERS = [TEAM, "market_regulation-620102", "tax-620102"]


class Town:
    """One county; every method returns its next event. Every event is a minute after the one before."""

    def __init__(self, code: str = HERE, begins: datetime = datetime(2026, 11, 25, 9, tzinfo=UTC)) -> None:
        self.code, self.key, self.begins, self.count = code, county_id(code), begins, 0
        self.session = caused_id(self.key, f"session/{begins.isoformat()}")
        self.team = f"county_team-{code}"

    def item(self, obstacle: str) -> UUID:
        return caused_id(self.session, obstacle)

    def event(self, data: Data, cause: UUID | None = None, trace: UUID | None = None) -> Event[Any]:
        self.count += 1
        at = int(self.begins.timestamp() * 1000) + self.count * 60_000
        name = f"{self.session}/{self.count}"
        return model_of(type(data))(
            id=timed_id(at, name),
            source="/freshwater/escalation",
            type=data.TYPE,
            subject=self.code,
            time=datetime.fromtimestamp(at / 1000, UTC),
            partitionkey=str(self.key),
            correlationid=name,
            causationid=str(cause or timed_id(0, name)),
            sequence=sequence_of(self.count),
            actor="service:test",
            traceparent=trace and f"00-{trace.hex}-{trace.hex[:16]}-01",
            data=data,
        )

    def agenda(self, *obstacles: str) -> Event[Any]:
        items = [
            county.AgendaItem(
                id=self.item(obstacle),
                obstacle=obstacle,
                reasons=["breached", "common"],
                households=place,
                demands=place + 1,
                blocked_yuan=place * 100_000,
                authorities=[f"market_regulation-{self.code}"],
            )
            for place, obstacle in enumerate(obstacles, 5)
        ]
        members = [self.team, *MEMBERS[1:]]
        on = date(2026, 11, 26)
        data = county.SessionOpened(
            county=self.code, session=self.session, session_on=on, team=self.team, members=members, items=items
        )
        return self.event(data)

    def decided(self, obstacle: str, decision: str = "clear", cause: UUID | None = None, **more: Any) -> Event[Any]:
        said = {"number": f"{self.code}-2026-001", "decision": decision, "reason": "waived <b>", "demands": 6, **more}
        place = {"county": self.code, "session": self.session, "item": self.item(obstacle), "obstacle": obstacle}
        return self.event(county.ItemDecided.model_validate({**place, **said}), cause)

    def refused(self, about: UUID, claim: UUID) -> Event[Any]:
        words = {"rule": "items_undecided", "zh": "尚缺议题", "en": "still open: TAX_OVERDUE"}
        data = county.ConsultationRefused(county=self.code, about=about, claim=claim, partner="desk", **words)
        return self.event(data, claim)

    def closed(self, decided: int, settled: int = 0, carried: int = 0) -> Event[Any]:
        counts = {"decided": decided, "settled": settled, "carried": carried}
        on = date(2026, 11, 26)
        return self.event(county.SessionClosed(county=self.code, session=self.session, session_on=on, **counts))

    def claimed(self, made: type[Any], about: UUID, trace: UUID, **more: Any) -> Event[Any]:
        data = made(demand=about, case=about, partner="desk", role="authority", **more)
        return self.event(data, trace=trace)


DECIDES = {"decision": "clear", "reason": "waived <b>"}
CLAIMS = {"consultation-decides": actions.ConsultationDecides, "consultation-closes": actions.ConsultationCloses}


def account(town: Town, at: datetime, *lines: tuple[str, str, int, int, int], median: int | None = 3) -> Event[Any]:
    """A day's account: obstacle, kind of authority, opened and cleared so far, and the money that is blocked."""
    made = [
        county.AccountLine(
            obstacle=obstacle,
            authority=f"{kind}-{town.code}",
            opened=opened,
            open=opened - cleared,
            overdue=1,
            cleared=cleared,
            median_net_days=median,
            blocked_yuan=blocked,
            released_yuan=cleared * 50_000,
        )
        for obstacle, kind, opened, cleared, blocked in lines
    ]
    households = {line.obstacle: line.open for line in made}
    blocked_yuan = {line.obstacle: line.blocked_yuan for line in made}
    data = county.ObstacleAccount(county=town.code, at=at, households=households, blocked_yuan=blocked_yuan, lines=made)
    return town.event(data).model_copy(update={"time": at})


def issue(town: Town, at: datetime, obstacle: str = "FOOD_PERMIT") -> Event[Any]:
    """A common issue of the town."""
    data = county.CommonIssueFormed(
        county=town.code, obstacle=obstacle, households=7, blocked_yuan=700_000, issue=town.item(obstacle), demands=8
    )
    return town.event(data).model_copy(update={"time": at})
