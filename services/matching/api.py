"""What others ask of matching at once: what if the catalogue were another one, and why a demand stands where it stands.

Over HTTP (`POST /v1/what-if`, `POST /v1/diff`, `GET /v1/explain/{demand}`) for the desk, and as commands of the service
for the command line. Nothing is decided, written or published. Nothing that it answers with names anybody.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.matching import store
from services.matching.domain.demand import Demand
from services.matching.domain.docking import Docking, Moment, local_day
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.explaining import as_data, explained, overlooked
from services.matching.domain.whatif import as_data as difference_as_data
from services.matching.domain.whatif import compare
from services.matching.settings import MatchingSettings
from shared.broker import consumer_options
from shared.catalogue import CatalogueFollower, CatalogueRefused, Release
from shared.catalogue.edits import checked, edited, read_edit
from shared.clock import Clock
from shared.contracts.ids import caused_id
from shared.contracts.topics import CATALOGUE
from shared.database import connect
from shared.telemetry import set_up_logging
from shared.workdays import national

NAME = "matching"
MOST_BYTES = 4_000_000
Answer = dict[str, Any]
Compiled = Callable[[Release, Snapshot | None], Snapshot]


class Unanswerable(Exception):
    """What was asked makes no sense here; `problems` say why, each in words."""

    def __init__(self, status: int, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.status, self.problems = status, problems


class Asking:
    """Answers by the release in use and the demands as they are recorded.

    `release` gives the former, `compiled` makes its rules, taking over what is the same from those before it.
    """

    def __init__(
        self, settings: MatchingSettings, clock: Clock, release: Callable[[], Release], compiled: Compiled
    ) -> None:
        self._settings, self._clock, self._release, self._compiled = settings, clock, release, compiled

    async def what_if(self, data: Any, county: str | None = None) -> Answer:
        """The recorded demands under an edited catalogue; those of one county where somebody may see no others."""
        before = self._release()
        try:
            after = edited(before, read_edit(data))
        except CatalogueRefused as refused:
            raise Unanswerable(422, [str(problem) for problem in refused.problems]) from None
        return await self._compared(before, after, county)

    async def diff(self, data: Any) -> Answer:
        """The recorded demands under another catalogue, whose bodies are given whole, by section and id."""
        before = self._release()
        try:
            bodies = {(kind, name): body for kind, rows in dict(data).items() for name, body in dict(rows).items()}
            after = checked(bodies, before.number)
        except CatalogueRefused as refused:
            raise Unanswerable(422, [str(problem) for problem in refused.problems]) from None
        except (TypeError, ValueError):
            raise Unanswerable(422, ["wants entities by kind and id"]) from None
        return await self._compared(before, after)

    async def explain(self, name: str, bank: str | None = None) -> Answer:
        """One demand: the decision computed again, and criterion by criterion why."""
        try:
            identifier = UUID(name)
        except ValueError:
            raise Unanswerable(422, [f"{name!r} is not the id of a demand"]) from None
        connection = await connect(self._settings.postgres, NAME)
        try:
            found = await store.recorded_one(connection, identifier)
            units = await store.load_units(connection)
        finally:
            await connection.close()
        if found is None:
            raise Unanswerable(404, [f"matching has no demand {identifier}"])
        release, decided = self._release(), found.decided
        moment = self._moment(identifier, decided.decided_at if decided else None)
        snapshot = await asyncio.to_thread(self._compiled, release, None)
        why = explained(Docking(snapshot, units, moment, found.demand, found.household), bank)
        return {
            "demand": identifier,
            "state": found.demand.label,
            "decided": decided._asdict() if decided else None,
            "recomputed_by_release": release.number,
            **as_data(why),
        }

    async def overlooked(self) -> Answer:
        """All who wait, weighed again: whoever would go to banks now and has not been called up."""
        connection = await connect(self._settings.postgres, NAME)
        try:
            waiting, units = await store.all_waiting(connection), await store.load_units(connection)
        finally:
            await connection.close()
        release = self._release()
        snapshot = await asyncio.to_thread(self._compiled, release, None)

        def look() -> list[Answer]:
            found = []
            for demand, household in waiting:
                products = overlooked(Docking(snapshot, units, self._moment(demand.id), demand, household))
                if products:
                    found.append({"demand": demand.id, "state": demand.label, "products": products})
            return found

        return {"release": release.number, "waiting": len(waiting), "overlooked": await asyncio.to_thread(look)}

    def _moment(self, demand: UUID, now: datetime | None = None) -> Moment:
        """Now, or when something was decided; nothing gets an id that was not given already."""
        at, add = now or self._clock.now(), national().add_workdays
        return Moment(at, lambda days: add(at, days), lambda place: caused_id(demand, place))

    async def _compared(self, before: Release, after: Release, county: str | None = None) -> Answer:
        connection = await connect(self._settings.postgres, NAME)
        try:
            demands = [each for each in await store.recorded(connection) if each.county == (county or each.county)]
        finally:
            await connection.close()
        return await asyncio.to_thread(self._differing, before, after, demands)

    def _differing(self, before: Release, after: Release, demands: list[Demand]) -> Answer:
        one = self._compiled(before, None)
        found = compare(one, self._compiled(after, one), demands, local_day(self._clock.now()))
        names = {bank.id: f"{bank.zh} {bank.en}" for bank in after.institutions.values()}
        return {"release": before.number, **difference_as_data(found, names)}


def application(asking: Asking) -> Starlette:
    """The HTTP side."""

    def answered(ask: Callable[[Request], Awaitable[Answer]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return _json(await ask(request))
            except Unanswerable as error:
                return _json({"problems": error.problems}, error.status)

        return answer

    async def explain(request: Request) -> Answer:
        return await asking.explain(request.path_params["demand"], request.query_params.get("bank"))

    async def what_if(request: Request) -> Answer:
        return await asking.what_if(await _body(request), request.query_params.get("county"))

    async def diff(request: Request) -> Answer:
        return await asking.diff(await _body(request))

    return Starlette(
        routes=[
            Route("/v1/what-if", answered(what_if), methods=["POST"]),
            Route("/v1/diff", answered(diff), methods=["POST"]),
            Route("/v1/explain/{demand}", answered(explain)),
        ]
    )


async def _body(request: Request) -> Any:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unanswerable(413, [f"more than {MOST_BYTES} bytes"])
    return _read(body)


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Unanswerable(400, [f"not JSON: {error}"]) from None


def _json(data: Answer, status: int = 200) -> Response:
    return Response(msgspec.json.encode(data), status, media_type="application/json")


async def command(name: str, arguments: list[str], compiled: Compiled) -> None:
    """`what-if`, `diff` with JSON on standard input, `explain DEMAND [BANK]`, `overlooked`: one JSON object goes out.

    The release is read from Kafka first. What cannot be answered comes out as `problems`.
    """
    settings = MatchingSettings()
    # The answer alone goes to standard output.
    set_up_logging(NAME, "warning")
    follower = CatalogueFollower(consumer_options(settings), settings.topic_prefix + CATALOGUE)
    await follower.start()
    try:
        answer = await _asked(Asking(settings, settings.clock(), lambda: follower.current, compiled), name, arguments)
    except Unanswerable as error:
        answer = {"problems": error.problems}
    finally:
        await follower.stop()
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


async def _asked(asking: Asking, name: str, arguments: list[str]) -> Answer:
    if name == "explain":
        return await asking.explain(arguments[0] if arguments else "", arguments[1] if len(arguments) > 1 else None)
    if name == "overlooked":
        return await asking.overlooked()
    data = _read(sys.stdin.buffer.read())
    return await (asking.what_if(data) if name == "what-if" else asking.diff(data))
