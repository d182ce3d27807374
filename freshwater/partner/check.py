"""`freshwater partner check`: the examples of the contract, sent to a running gate as a partner would, each judged.

The examples tell one story on one day. They are sent under numbers of this run and on the gate's own day, marked as
simulated; what could not exist in them (a region 000000, a check digit that does not fit) is left out first. The
demands that come of it are withdrawn at the end.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from shared.contracts import documents
from shared.errors import FreshwaterError

EXAMPLES = Path(documents.__file__).parent / "examples"
DOOR = "org.freshwater.door."
NOT_SENT = (f"{DOOR}gate-demand.v1", f"{DOOR}told.v1")
"""What only the gate says, and what only a partner hears."""
STORY_DAY = date(2026, 11, 24)
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
IMPOSSIBLE = ("id_number", "credit_code", "registration_number")
NOT_MINE = frozenset({"role-may-not", "unit-unknown"})
"""What a partner hears whose role or institution may not say it: the right answer to a right event."""
ASKED_FOR = frozenset({"missing", "nothing-said", "reference-missing", "demand-not-named", "other-not-named"})
"""What the gate asks for beyond the least that a schema requires."""
VERDICT_SECONDS = 20.0
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}(T.*)?$")


class CheckImpossible(FreshwaterError):
    """The gate cannot be reached with this key; the text says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One example or one promise: `ok`, what it was, and what came."""

    ok: bool
    name: str
    said: str


class Check:
    """One run against one gate with one key."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=30)
        me = self._answered(lambda: self._client.get("/v1/partner"))
        if me.status_code != 200:
            raise CheckImpossible(f"the gate at {url} does not know this key: it answered {me.status_code}")
        self.me: dict[str, Any] = me.json()
        now = datetime.fromisoformat(self.me["now"])
        self._run = f"check-{int(time.time() * 1000):x}"
        self._days = (now + timedelta(hours=8)).date() - timedelta(days=1) - STORY_DAY
        self._count = 0
        self._demands: list[str] = []

    def run(self) -> Iterator[Judged]:
        """Everything in order; a generator, so that each is told as it is known."""
        try:
            for file in sorted(EXAMPLES.glob(f"{DOOR}*/*.json")):
                if file.parent.name not in NOT_SENT:
                    yield self._example(file)
            if f"{DOOR}demand-submitted.v1" in self.me["may_send"]:
                yield from self._promises()
        finally:
            self._withdraw()
            self._client.close()

    def _example(self, file: Path) -> Judged:
        said = json.loads(file.read_text("utf-8"))
        name = f"{file.parent.name.removeprefix(DOOR)}/{file.stem}"
        if file.stem.startswith("invalid"):
            return self._refused(name, said["event"], said["at"], said["reason"])
        answer = self._post(self._prepared(said))
        problems = _problems(answer)
        right = NOT_MINE | ASKED_FOR if file.stem == "valid-minimal" else NOT_MINE
        ours = answer.status_code in (403, 422) and problems and all(code in right for code, _ in problems)
        return Judged(answer.status_code == 202 or bool(ours), name, _told(answer))

    def _refused(self, name: str, event: Any, at: str, reason: str) -> Judged:
        """It must be refused at the place where its fault lies, unless this partner may not say such a thing."""
        answer = self._post(event)
        problems = _problems(answer)
        place = any(pointer == at or pointer.startswith(f"{at}/") for _, pointer in problems)
        forbidden = any(code in NOT_MINE for code, _ in problems)
        unreadable = answer.status_code == 400
        ok = answer.status_code in (400, 403, 422) and (place or forbidden or unreadable)
        return Judged(ok, f"{name}: {reason}", _told(answer))

    def _promises(self) -> Iterator[Judged]:
        """What docs/partners.md promises of every way in."""
        plain = self._demand()
        first = self._post(plain["data"], "/v1/demands", "application/json")
        yield Judged(first.status_code == 202 and "location" in first.headers, "POST /v1/demands", _told(first))
        again = self._post(plain["data"], "/v1/demands", "application/json")
        same = again.status_code == 202 and again.json().get("receipt") == first.json().get("receipt")
        yield Judged(same, "the same again has the same receipt", _told(again))
        binary = self._demand()
        headers = {f"ce-{name}": str(binary[name]) for name in ("specversion", "id", "source", "type")}
        answer = self._post(binary["data"], "/v1/events", "application/json", headers | {"ce-simulated": "true"})
        yield Judged(answer.status_code == 202, "POST /v1/events, binary", _told(answer))
        mixed = [self._demand(), {"type": "nothing"}]
        answer = self._post(mixed, "/v1/events", BATCH)
        items = [item["status_code"] for item in answer.json()["items"]] if answer.status_code == 207 else []
        yield Judged(items[:1] == [202] and items[1:] == [422], "POST /v1/events, batched, item by item", _told(answer))
        yield self._verdict(first.headers.get("location", ""))

    def _verdict(self, location: str) -> Judged:
        """Asked until it has come."""
        give_up = time.monotonic() + VERDICT_SECONDS
        word = "nothing"
        while location and time.monotonic() < give_up:
            word = self._answered(lambda: self._client.get(location)).json().get("status", "nothing")
            if word not in ("sent", "unsent"):
                break
            time.sleep(0.1)
        return Judged(word == "accepted", f"GET {location or '/v1/receipts/…'}", word)

    def _demand(self) -> dict[str, Any]:
        """The minimum, by its own number and with a telephone that no one else in this run has."""
        file = EXAMPLES / f"{DOOR}demand-submitted.v1" / "valid-minimal.json"
        return self._prepared(json.loads(file.read_text("utf-8")))

    def _prepared(self, event: Mapping[str, Any]) -> dict[str, Any]:
        self._count += 1
        moved: dict[str, Any] = self._moved(event)
        moved |= {"id": f"{self._run}-{self._count}", "simulated": True}
        data = moved["data"]
        if "source_id" in data or event["type"].endswith("demand-submitted.v1"):
            data["source_id"] = moved["id"]
        if event["type"].endswith("demand-submitted.v1"):
            personal = {name: value for name, value in data["personal"].items() if name not in IMPOSSIBLE}
            data["personal"] = {**personal, "phone": f"000{time.time_ns() % 10**8:08d}{self._count:03d}"}
            data["sentence"] = f"［接口检查 check］{data['sentence']}"
            self._demands.append(data["source_id"])
        return moved

    def _moved(self, value: Any) -> Any:
        """The story on the day before the gate's own."""
        if isinstance(value, Mapping):
            return {name: self._moved(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._moved(each) for each in value]
        if isinstance(value, str) and _MOMENT.match(value):
            return (date.fromisoformat(value[:10]) + self._days).isoformat() + value[10:]
        return value

    def _withdraw(self) -> None:
        """Nothing of a check goes on to a bank."""
        events = [
            {
                "specversion": "1.0", "id": f"{self._run}-w{number}", "source": "/freshwater/check", "simulated": True,
                "type": f"{DOOR}demand-withdrawn.v1", "data": {"demand_source_id": each, "reason": "接口检查 check"},
            }
            for number, each in enumerate(self._demands)
        ]  # fmt: skip
        if events:
            self._post(events, "/v1/events", BATCH)

    def _post(
        self, body: Any, path: str = "/v1/events", kind: str = STRUCTURED, more: Mapping[str, str] | None = None
    ) -> httpx.Response:
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._answered(
            lambda: self._client.post(path, content=content, headers={"content-type": kind, **(more or {})})
        )

    def _answered(self, ask: Any) -> httpx.Response:
        try:
            answer: httpx.Response = ask()
        except httpx.TransportError as error:
            raise CheckImpossible(f"the gate does not answer: {type(error).__name__}") from None
        return answer


def _problems(answer: httpx.Response) -> list[tuple[str, str]]:
    try:
        return [(each["code"], each["pointer"]) for each in answer.json().get("problems", [])]
    except (ValueError, AttributeError):
        return []


def _told(answer: httpx.Response) -> str:
    found = ", ".join(f"{code} {pointer}".strip() for code, pointer in _problems(answer)[:3])
    return f"{answer.status_code} {found}".strip()
