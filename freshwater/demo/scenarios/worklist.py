"""`--scenario worklist-roundtrip`: a bank's officer takes the open items as a spreadsheet, fills it, hands it in.

Good rows are taken; a row whose item has moved meanwhile, one with an unknown code, one with an act that its state
does not offer and one of another house are refused, each with its reason.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
from openpyxl import load_workbook

from freshwater.demo.plan import DemoProblem, Plan
from freshwater.demo.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

LOGIN = "bank"
ENOUGH = 6
"""So many open items a worklist needs, that one row of each kind is in it."""
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.5
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
_FIRST_ROW = 5
_KEYS_ROW = 3


@dataclass(slots=True)
class RoundTrip:
    """What went out, and the answer to each row that came back."""

    out: int = 0
    answers: list[dict[str, str]] = field(default_factory=list)
    chinese: list[list[str]] = field(default_factory=list)
    problem: str | None = None

    def take(self, topic: str, value: bytes, at: int) -> None:
        """Nothing: it looks at the desk, as the officer does."""

    def figures(self) -> dict[str, Any]:
        """Rows out, rows back, and by answer how many."""
        counted = Counter(row["Answer"] for row in self.answers)
        return {"worklist": {"out": self.out, "back": len(self.answers), **counted, "problem": self.problem}}

    def lines(self) -> list[str]:
        """Row by row, in English and beneath it in Chinese: act, answer and why."""
        if self.problem:
            return [f"The round trip ended early: {self.problem}"]
        head = f"Worklist: {self.out} rows out, {len(self.answers)} filled and handed in"
        rows = [f"  line {row['Line']:>3}  {row['Act']:<16} {row['Answer']:<18} {row['Why']}" for row in self.answers]
        beneath = {line: f"  第 {line} 行  {' · '.join(filter(None, said))}" for line, _, *said in self.chinese}
        both = [[text, beneath.get(row["Line"])] for text, row in zip(rows, self.answers, strict=True)]
        return [head, *(text for pair in both for text in pair if text)]


class Officer:
    """The bank's officer at the desk's pages: what a browser would send, and nothing more."""

    def __init__(self, desk: str) -> None:
        self._client = httpx.AsyncClient(base_url=desk, cookies={"language": "en"}, timeout=60, follow_redirects=True)
        self._token = ""

    async def close(self) -> None:
        await self._client.aclose()

    async def page(self, path: str) -> str:
        answer = (await self._client.get(path)).raise_for_status()
        found = _TOKEN.search(answer.text)
        self._token = found[1] if found else self._token
        return answer.text

    async def send(self, path: str, **fields: str) -> httpx.Response:
        return (await self._client.post(path, data={"token": self._token, **fields})).raise_for_status()

    async def sign_in(self, login: str, password: str) -> None:
        await self.page("/sign-in")
        await self.send("/sign-in", login=login, password=password, next="/worklist")
        await self.page("/worklist")

    async def take(self) -> Any:
        """The worklist as it is downloaded."""
        answer = await self.send("/worklist/take", reason="demonstration")
        return load_workbook(io.BytesIO(answer.content))

    async def hand_in(self, book: Any) -> str:
        """Upload it; returns the number under which its answers stand."""
        out = io.BytesIO()
        book.save(out)
        files = {"file": ("worklist.xlsx", out.getvalue(), "application/octet-stream")}
        answer = (await self._client.post("/worklist", data={"token": self._token}, files=files)).raise_for_status()
        return answer.url.path.rpartition("/")[2]

    async def answers(self, worklist: str) -> list[dict[str, str]]:
        """The answers as they stand now, by their English heads."""
        head, *rows = await self._exported(worklist)
        return [dict(zip(head, row, strict=True)) for row in rows]

    async def answers_in_chinese(self, worklist: str) -> list[list[str]]:
        """The same as a Chinese officer reads them: line, item, act, answer, why."""
        self._client.cookies.set("language", "zh")
        return (await self._exported(worklist))[1:]

    async def _exported(self, worklist: str) -> list[list[str]]:
        """Head and rows by the table's own export; its last line, which says who took it away, is left out."""
        answer = await self.send(f"/export/worklist?of={worklist}", kind="csv", reason="demonstration")
        rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        return [row for row in rows if not row[0].startswith("#")]


def fill(sheet: Any) -> str:
    """One row of each kind, the others accepted; returns the id of the one that the officer then answers by hand."""
    places = {cell.value: cell.column for cell in sheet[_KEYS_ROW]}
    last = sheet.max_row

    def put(row: int, **cells: Any) -> None:
        for name, value in cells.items():
            sheet.cell(row, places[name]).value = value

    for row in range(_FIRST_ROW, last + 1):
        put(row, result="Accept [bank-accepts]")
    by_hand = str(sheet.cell(_FIRST_ROW, places["id"]).value)
    put(_FIRST_ROW + 1, result="Decline [bank-declines]", code="BECAUSE")
    put(_FIRST_ROW + 2, result="Offer [bank-offers]", amount=80_000, term=12, rate=3.85)
    put(_FIRST_ROW + 3, result="Decline [bank-declines]", code="Annual report [ANNUAL_REPORT]")
    put(last + 1, id=str(uuid4()), revision="1-00000000", result="Accept [bank-accepts]")
    return by_hand


async def _beside(on: Scene, plan: Plan) -> None:
    trip = on.observer
    assert isinstance(trip, RoundTrip)
    login = next(each for each in on.stack.entrance.logins if each.login == LOGIN)
    officer = Officer(on.stack.desk_url)
    try:
        with on.pace.standing():
            await officer.sign_in(login.login, login.password)
            await _round_trip(officer, trip)
    except (httpx.HTTPError, DemoProblem) as error:
        trip.problem = str(error) or type(error).__name__
    finally:
        await officer.close()
    on.report("The worklist has been handed in; time runs on")


async def _round_trip(officer: Officer, trip: RoundTrip) -> None:
    sheet, give_up = None, time.monotonic() + PATIENCE_SECONDS
    while sheet is None or sheet.max_row < _FIRST_ROW + ENOUGH - 1:
        if time.monotonic() > give_up:
            raise DemoProblem(f"no {ENOUGH} referrals have come to the bank: bring more demands (--demands)")
        await asyncio.sleep(LOOK_SECONDS)
        book = await officer.take()
        sheet = book["worklist"]
    trip.out = sheet.max_row - _FIRST_ROW + 1
    by_hand = fill(sheet)
    await officer.send(f"/bank/{by_hand}/bank-accepts")
    worklist = await officer.hand_in(book)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not trip.answers or any(row["Answer"] == "Sent" for row in trip.answers):
        trip.answers = await officer.answers(worklist)
        if time.monotonic() > give_up:
            break
        await asyncio.sleep(LOOK_SECONDS)
    trip.chinese = await officer.answers_in_chinese(worklist)


SCENARIO = Scenario(
    "worklist-roundtrip",
    "150 demands; a bank's open items out as XLSX, filled and handed in: taken, refused with reasons, stale ones named",
    demands=150,
    beside=_beside,
    observer=lambda _: RoundTrip(),
)
