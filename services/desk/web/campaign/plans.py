"""What people promise and plan: commitments, activities, visit lists. The campaign office enters it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.plans import ACTIVITY_KINDS, MEASURES
from services.desk.store import plans as store
from services.desk.web.campaign.boards import Boards
from services.desk.web.campaign.rows import CommitmentRow, commitment_rows
from services.desk.web.campaign.tables import ACTIVITIES, ACTIVITIES_SHOWN, CHANNELS, COMMITMENTS, VISIT_LISTS
from services.desk.web.campaign.ways import POSTER, activity_rows, query_of, way_rows
from services.desk.web.inbox.forms import MOST_YUAN, Fields
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Listing, Table, shown
from services.desk.web.wording.places import NAMES
from services.desk.web.wording.words import CHINA
from shared.clock import wall

MOST_ROWS = 500
_ENDS = {"held": "held", "called_off": "called_off"}


def made(visit: Visit) -> store.Made:
    """Who enters it, now."""
    return store.Made(uuid4(), visit.signed_in.account, wall())


def today(visit: Visit) -> date:
    """The campaign's day in China."""
    return visit.office.clock.now().astimezone(CHINA).date()


def counties() -> dict[str, tuple[str, str]]:
    """Counties by code: what stands in a list to choose from."""
    return {code: names for code, names in NAMES.items() if not code.endswith("00")}


def own_bank(visit: Visit) -> str | None:
    """A bank sees what is its own; whoever oversees sees all."""
    return None if visit.signed_in.oversees else visit.signed_in.subject


class Plans:
    """The pages of commitments, activities and visit lists."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    async def commitments(self, visit: Visit) -> Response:
        return await self._commitments(visit, [])

    async def _commitments(self, visit: Visit, problems: Sequence[str]) -> Response:
        rows = await self.commitment_rows(visit, MOST_ROWS)
        release = visit.office.catalogue()
        return visit.page(
            "campaign_commitments.html",
            422 if problems else 200,
            table=shown(COMMITMENTS, rows, visit.words),
            rows=rows,
            banks=sorted(release.institutions) if release else [],
            measures=list(MEASURES),
            problems=problems,
            today=today(visit),
            ends_on=release.campaign.ends_on if release else today(visit),
        )

    async def commitment_rows(self, visit: Visit, limit: int) -> list[CommitmentRow]:
        """With what each has reached."""
        async with visit.office.connection() as connection:
            rows = await store.commitments(connection, own_bank(visit), limit)
        return commitment_rows(rows, await self._boards.current(), today(visit))

    async def promise(self, visit: Visit) -> Response:
        """A bank has committed itself."""
        fields, release = Fields(visit.form, visit.words), visit.office.catalogue()
        bank = fields.code("bank", release.institutions if release else {}, N_("Choose the bank from the list."))
        measure = fields.code("measure", MEASURES, N_("Choose what was promised from the list."))
        target = fields.whole("target", 1, MOST_YUAN * 100, N_("The target is a whole number of at least 1."))
        days = _days(fields, "from_day", "due_on")
        note = str(visit.form.get("note", "")).strip()[:300] or None
        if fields.problems or days is None:
            return await self._commitments(visit, fields.problems)
        async with visit.office.connection() as connection:
            await store.add_commitment(connection, made(visit), bank, measure, target, days, note)
        return RedirectResponse("/campaign/commitments", 303)

    async def take_back(self, visit: Visit) -> Response:
        """It was entered wrongly, or it no longer stands."""
        async with visit.office.connection() as connection:
            if not await store.withdraw(connection, _id(visit), wall()):
                raise HTTPException(404)
        return RedirectResponse("/campaign/commitments", 303)

    async def activities(self, visit: Visit) -> Response:
        return await self._activities(visit, [])

    async def _activities(self, visit: Visit, problems: Sequence[str]) -> Response:
        async with visit.office.connection() as connection:
            rows = await store.activities(connection, MOST_ROWS)
        board, release = await self._boards.current(), visit.office.catalogue()
        campaign = release.campaign.id if release else ""
        planned = [row for row in rows if row["state"] == "planned"]
        return visit.page(
            "campaign_activities.html",
            422 if problems else 200,
            table=shown(ACTIVITIES_SHOWN, activity_rows(board, rows), visit.words),
            ways=shown(CHANNELS, way_rows(board, rows), visit.words),
            planned=[(row, query_of(campaign, row["activity"], POSTER)) for row in planned],
            board=board,
            kinds=ACTIVITY_KINDS,
            counties=counties(),
            problems=problems,
            today=today(visit),
        )

    async def plan_activity(self, visit: Visit) -> Response:
        """A fair, a lecture, a round through a street."""
        fields = Fields(visit.form, visit.words)
        title = fields.said("title", N_("Say what it is, at most 100 characters."), 100)
        kind = fields.code("kind", dict.fromkeys(ACTIVITY_KINDS), N_("Choose the kind from the list."))
        county = fields.code("county", counties(), N_("Choose the county from the list."))
        day = fields.day("on_day", None, N_("The day is needed."))
        host = fields.said("host", N_("Say who holds it, at most 100 characters."), 100)
        expected = fields.whole("expected", 0, 1_000_000, N_("Say how many are expected, as a whole number."))
        if fields.problems:
            return await self._activities(visit, fields.problems)
        place = str(visit.form.get("place", "")).strip()[:200] or None
        values = (title, kind, county, place, date.fromisoformat(day), host, expected)
        async with visit.office.connection() as connection:
            await store.add_activity(connection, made(visit), values)
        return RedirectResponse("/campaign/activities", 303)

    async def end_activity(self, visit: Visit) -> Response:
        """It took place, and so many came; or it was called off."""
        fields = Fields(visit.form, visit.words)
        state = fields.code("state", _ENDS, N_("Say whether it took place."))
        came = None
        if state == "held":
            came = fields.whole("came", 0, 1_000_000, N_("Say how many came, as a whole number."))
        if fields.problems:
            return await self._activities(visit, fields.problems)
        async with visit.office.connection() as connection:
            if not await store.end_activity(connection, _id(visit), state, came):
                raise HTTPException(404)
        return RedirectResponse("/campaign/activities", 303)

    async def visit_lists(self, visit: Visit) -> Response:
        return await self._visit_lists(visit, [])

    async def _visit_lists(self, visit: Visit, problems: Sequence[str]) -> Response:
        async with visit.office.connection() as connection:
            rows = await store.visit_lists(connection, own_bank(visit), MOST_ROWS)
        release = visit.office.catalogue()
        return visit.page(
            "campaign_visits.html",
            422 if problems else 200,
            table=shown(VISIT_LISTS, rows, visit.words),
            banks=sorted(release.institutions) if release else [],
            counties=counties(),
            problems=problems,
            today=today(visit),
            board=await self._boards.current(),
        )

    async def hand_out(self, visit: Visit) -> Response:
        """Who goes where, until when."""
        fields, release = Fields(visit.form, visit.words), visit.office.catalogue()
        title = fields.said("title", N_("Name the street or market, at most 100 characters."), 100)
        bank = fields.code("bank", release.institutions if release else {}, N_("Choose the bank from the list."))
        county = fields.code("county", counties(), N_("Choose the county from the list."))
        planned = fields.whole("planned", 1, 100_000, N_("Say how many shops there are, as a whole number."))
        days = _days(fields, "from_day", "to_day")
        if fields.problems or days is None:
            return await self._visit_lists(visit, fields.problems)
        async with visit.office.connection() as connection:
            await store.add_visit_list(connection, made(visit), (title, bank, county, planned, *days))
        return RedirectResponse("/campaign/visits", 303)

    def listings(self) -> list[Listing]:
        """The tables that can be taken away."""

        async def of_activities(visit: Visit, limit: int) -> Sequence[Any]:
            return activity_rows(await self._boards.current(), await _activities_of(visit, limit))

        async def of_ways(visit: Visit, limit: int) -> Sequence[Any]:
            return way_rows(await self._boards.current(), await _activities_of(visit, MOST_ROWS))[:limit]

        async def of_lists(visit: Visit, limit: int) -> Sequence[Any]:
            async with visit.office.connection() as connection:
                return await store.visit_lists(connection, own_bank(visit), limit)

        loads: list[tuple[Table, str, Any]] = [
            (COMMITMENTS, "campaign_commitments", self.commitment_rows),
            (ACTIVITIES, "campaign_activities", of_activities),
            (CHANNELS, "campaign_activities", of_ways),
            (VISIT_LISTS, "campaign_visits", of_lists),
        ]
        return [Listing(*each) for each in loads]


async def _activities_of(visit: Visit, limit: int) -> Sequence[Any]:
    async with visit.office.connection() as connection:
        return await store.activities(connection, limit)


def _days(fields: Fields, first: str, last: str) -> tuple[date, date] | None:
    """Two days in their order; what is wrong is among the problems."""
    start = fields.day(first, None, N_("The first day is needed."))
    end = fields.day(last, date.fromisoformat(start) if start else None, N_("The last day is not before the first."))
    return (date.fromisoformat(start), date.fromisoformat(end)) if start and end else None


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
