"""The campaign's pages: funnel, clocks, league table, obstacles, money; what is planned stands in plans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain.board import Board, common_issues, obstacle_map, within
from services.desk.domain.league import LEAST_REFERRALS
from services.desk.store import counties
from services.desk.web.campaign import charts
from services.desk.web.campaign.boards import Boards
from services.desk.web.campaign.rows import (
    clock_rows,
    clocks_of,
    days_of,
    policy_rows,
    product_rows,
    reach,
    standings,
)
from services.desk.web.campaign.tables import (
    BRIEF_LEAGUE,
    CLOCKS,
    FUNNEL,
    ISSUES,
    JUDGED,
    LEAGUE,
    OBSTACLES,
    POLICIES,
    PRODUCTS,
    Stage,
)
from services.desk.web.figures import Figures
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Listing, shown
from services.desk.web.wording.words import CHINA

COUNTIES_ON_THE_MAP = 12
MOST_ISSUES = 40
"""The dearest; all of them are in the table that can be taken away."""
CHART_DAYS = 31
Page = Callable[[Visit], Awaitable[Response]]


def _least(visit: Visit) -> int:
    """From so many households of one county on, an obstacle is common."""
    release = visit.office.catalogue()
    return release.campaign.common_issue_households if release else 5


class Campaign:
    """The pages that show what was counted. `boards` counts, `figures` are the live ones."""

    def __init__(self, boards: Boards, figures: Figures) -> None:
        self._boards, self._figures = boards, figures

    async def funnel(self, visit: Visit) -> Response:
        """How far demands have come, in number and money, and what kind of money it was."""
        board, stages = await self._boards.current(), await self._stages()
        most = max((stage.n for stage in stages), default=0) or 1
        reached = reach(board, visit.office.catalogue())
        return visit.page("campaign_funnel.html", stages=stages, most=most, board=board, reach=reached)

    async def _stages(self) -> list[Stage]:
        """From the visit to the money: at the last two stages the money is what was granted and drawn."""
        board, live = await self._boards.current(), await self._figures.current()
        rejected = live.events.get("demand.rejected")
        asked = live.demands.n + (rejected.n if rejected else 0)
        stages = [Stage("visited", sum(row.n for row in board.visits), None), Stage("asked", asked, None)]
        money = {"granted": live.granted.yuan, "disbursed": live.disbursed.yuan}
        return stages + [Stage(name, each.n, money.get(name, each.yuan)) for name, each in live.funnel.items()]

    async def clocks(self, visit: Visit) -> Response:
        """How long each stage takes, by bank; with `bank=` by unit."""
        board, bank = await self._boards.current(), self._bank(visit)
        rows = clock_rows(board, clocks_of(visit.office.catalogue()), bank)
        return visit.page("campaign_clocks.html", table=shown(CLOCKS, rows, visit.words), board=board, bank=bank)

    async def league(self, visit: Visit) -> Response:
        """Who helps, in time, of all that they were given."""
        board, release = await self._boards.current(), visit.office.catalogue()
        rows, words = standings(board, release), visit.words
        return visit.page(
            "campaign_league.html",
            table=shown(LEAGUE, rows, words),
            ranks=shown(BRIEF_LEAGUE, rows, words),
            judged=shown(JUDGED, rows, words),
            board=board,
            window=days_of(clocks_of(release))["offer"],
            least=LEAST_REFERRALS,
        )

    async def obstacles(self, visit: Visit) -> Response:
        """What stands in whose way, priced in the money that waits."""
        board, least = await self._boards.current(), _least(visit)
        made = obstacle_map(board.obstacles)
        issues = shown(ISSUES, common_issues(board.obstacles, least)[:MOST_ISSUES], visit.words)
        async with visit.office.connection() as connection:
            taken_up = await counties.issues(connection, None)
        return visit.page(
            "campaign_obstacles.html",
            map=made,
            columns=list(enumerate(made.counties[:COUNTIES_ON_THE_MAP])),
            more=max(0, len(made.counties) - COUNTIES_ON_THE_MAP),
            issues=issues,
            table=shown(OBSTACLES, board.obstacles, visit.words),
            taken_up=list(taken_up)[::-1][:12],
            least=least,
            board=board,
        )

    async def money(self, visit: Visit) -> Response:
        """Money by product and by policy: 政策直达, 资金直达, 金融服务直达."""
        board, words = await self._boards.current(), visit.words
        return visit.page(
            "campaign_money.html",
            reach=reach(board, visit.office.catalogue()),
            products=shown(PRODUCTS, product_rows(board), words),
            policies=shown(POLICIES, policy_rows(board), words),
            board=board,
        )

    async def chart(self, visit: Visit) -> Response:
        """`days`: what came and what was granted; `money`: granted and drawn."""
        draw = {"days": self._days_chart, "money": self._money_chart}
        name = visit.request.path_params["name"]
        if name not in draw:
            raise HTTPException(404)
        response = charts.drawn(await draw[name](visit))
        response.headers.update(charts.HEADERS)
        return response

    async def _days_chart(self, visit: Visit) -> bytes:
        names = {"demanded": N_("Demands"), "offered": N_("Offers"), "granted": N_("Grants")}
        return self._daily(visit, await self._boards.current(), names, lambda n, yuan: n)

    async def _money_chart(self, visit: Visit) -> bytes:
        names = {"granted": N_("Granted, 10,000 yuan"), "disbursed": N_("Drawn, 10,000 yuan")}
        return self._daily(visit, await self._boards.current(), names, lambda n, yuan: yuan / 10_000)

    def _daily(self, visit: Visit, board: Board, names: dict[str, str], take: Callable[[int, int], float]) -> bytes:
        today = board.at.astimezone(CHINA).date()
        first = max(today - timedelta(CHART_DAYS - 1), min((row.day for row in board.days), default=today))
        days = [first + timedelta(number) for number in range((today - first).days + 1)]
        found = {day: within(board.days, day, day) for day in days}
        text = visit.words.language.text
        series = {text(name): [take(*found[day].get(what, (0, 0))) for day in days] for what, name in names.items()}
        return charts.daily([f"{day:%m-%d}" for day in days], series)

    def _bank(self, visit: Visit) -> str | None:
        """A bank sees its own units; whoever oversees chooses one, or none."""
        officer, release = visit.signed_in, visit.office.catalogue()
        if not officer.oversees:
            return officer.subject
        asked = visit.request.query_params.get("bank")
        return asked if release and asked in release.institutions else None

    def listings(self) -> list[Listing]:
        """The tables that can be taken away."""

        async def of_funnel(visit: Visit, limit: int) -> Sequence[Any]:
            return (await self._stages())[:limit]

        async def of_league(visit: Visit, limit: int) -> Sequence[Any]:
            return standings(await self._boards.current(), visit.office.catalogue())[:limit]

        async def of_clocks(visit: Visit, limit: int) -> Sequence[Any]:
            clocks = clocks_of(visit.office.catalogue())
            return clock_rows(await self._boards.current(), clocks, self._bank(visit))[:limit]

        async def of_obstacles(visit: Visit, limit: int) -> Sequence[Any]:
            return (await self._boards.current()).obstacles[:limit]

        async def of_issues(visit: Visit, limit: int) -> Sequence[Any]:
            board = await self._boards.current()
            return common_issues(board.obstacles, _least(visit))[:limit]

        async def of_products(visit: Visit, limit: int) -> Sequence[Any]:
            return product_rows(await self._boards.current())[:limit]

        async def of_policies(visit: Visit, limit: int) -> Sequence[Any]:
            return policy_rows(await self._boards.current())[:limit]

        return [
            Listing(FUNNEL, "campaign_funnel", of_funnel),
            Listing(LEAGUE, "campaign_league", of_league),
            Listing(CLOCKS, "campaign_clocks", of_clocks),
            Listing(OBSTACLES, "campaign_obstacles", of_obstacles),
            Listing(ISSUES, "campaign_obstacles", of_issues),
            Listing(PRODUCTS, "campaign_money", of_products),
            Listing(POLICIES, "campaign_money", of_policies),
        ]
