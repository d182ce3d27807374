"""What becomes of each row of a worklist that was handed in: sent, the same again, stale, refused, not this house's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg import Record

from services.desk.domain.worklist import Filled, form_of, is_stale, revision_of, uuid_of
from services.desk.store import sent
from services.desk.store.worklists import Answered
from services.desk.web.inbox.acting import send
from services.desk.web.inbox.forms import DETAILS, Fields
from services.desk.web.inbox.inboxes import desk_of, more_of, offers_of
from services.desk.web.language import CODES, Code, language
from services.desk.web.rendering import Visit
from services.desk.web.wording.labels import ACT
from services.desk.web.wording.words import CHINA, Words
from shared.catalogue import Release
from shared.contracts.ids import caused_id

_IN_BRACKETS = re.compile(r"\[([A-Za-z0-9_.:/-]{1,80})\]\s*$")
_CODED = frozenset({"code", "outcome", "to", "evidence_kind"})
_MOVED = (
    "该事项在下载台账后已有变化，现为：%s。请重新下载。",
    "This item has moved since the list was taken; it is now: %s. Take a new list.",
)
_FOREIGN = ("本机构没有该事项。", "There is no such item in your house.")
_OVER = ("此项已过时限或已办结，不再受理。", "This item has ended, or its time is over: nothing is taken any more.")
_NOT_OFFERED = ("当前状态不能做此操作。", "The state of this item does not offer this act.")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one worklist are judged by: the officer's items as they stand now."""

    visit: Visit
    release: Release
    known: Mapping[UUID, Record]

    async def answer(self, row: Filled) -> Answered:
        """What becomes of one row."""
        about = desk_of(self.visit)[0]
        item = self.known.get(uuid_of(row.about) or UUID(int=0))
        if item is None:
            return Answered(row.line, row.about[:64], None, None, "unknown", None, *_FOREIGN)
        place = (row.line, row.about, item["demand"])
        action = action_of(row.cells["result"])
        sequence = item["matching_sequence" if about == "referral" else "escalation_sequence"]
        if is_stale(row.revision, revision_of(sequence, item["state"], item["due_at"])):
            return await self._moved(row, item, action)
        offers = offers_of(item, self.visit.office.clock.now())
        if action is None or action not in offers:
            return Answered(*place, action, "refused", None, *(_NOT_OFFERED if offers else _OVER))
        fields, problems = self._read(action, row)
        if problems is not None:
            return Answered(*place, action, "refused", None, *problems)
        return await self._send(row, item, action, {**fields, **more_of(self.visit, item, action)})

    def _read(self, action: str, row: Filled) -> tuple[dict[str, object], tuple[str, str] | None]:
        """The details of the claim, or all that is wrong with the row, in both languages."""
        cells = form_of(action, row.cells)
        form = {name: code_in(value) if name in _CODED else value for name, value in cells.items()}
        today = self.visit.office.clock.now().astimezone(CHINA).date()
        zh, en = (Fields(form, self._words(code)) for code in CODES)
        details = DETAILS[action](zh, self.release, today)
        DETAILS[action](en, self.release, today)
        return details, ("".join(zh.problems), " ".join(en.problems)) if zh.problems else None

    def _words(self, code: Code) -> Words:
        return Words(language(code), lambda: self.release, self.visit.office.clock.now)

    async def _moved(self, row: Filled, item: Record, action: str | None) -> Answered:
        """Stale, unless this very row was handed in before: then it is only the same again."""
        act = self._act_id(UUID(row.about), row, action)
        async with self.visit.office.connection() as connection:
            before = await sent.one(connection, act, self.visit.signed_in.account)
        if before is not None:
            return Answered(row.line, row.about, item["demand"], action, "repeated", act)
        table = desk_of(self.visit)[0]
        zh, en = (
            text % self._words(code).label(item["state"], table) for code, text in zip(CODES, _MOVED, strict=True)
        )
        return Answered(row.line, row.about, item["demand"], action, "stale", None, zh, en)

    def _act_id(self, item: UUID, row: Filled, action: str | None) -> UUID:
        """Made from the row: the same row of the same revision is the same act, however often it comes."""
        cells = "|".join(f"{name}={value}" for name, value in sorted(row.cells.items()) if not name.startswith("shown"))
        return caused_id(item, f"{self.visit.signed_in.account}/{action}/{cells}")

    async def _send(self, row: Filled, item: Record, action: str, details: dict[str, object]) -> Answered:
        about, office, act = desk_of(self.visit)[0], self.visit.office, self._act_id(UUID(row.about), row, action)
        one = sent.Act(
            act,
            self.visit.signed_in.account,
            item["household"],
            item["demand"],
            item[about],
            action,
            office.clock.now(),
        )
        try:
            await send(self.visit, one, about, details)
        except asyncpg.UniqueViolationError:
            return Answered(row.line, row.about, item["demand"], action, "repeated", act)
        return Answered(row.line, row.about, item["demand"], action, "sent", act)


def action_of(result: str) -> str | None:
    """The act that a cell names: by its code in brackets, its code, or its name in either language."""
    named = code_in(result)
    if named in ACT:
        return named
    wanted = result.strip().casefold()
    labels = {language(code).text(label).casefold(): act for act, label in ACT.items() for code in CODES}
    return labels.get(wanted)


def code_in(text: str) -> str:
    """`Overdue loan [OVERDUE]` as `OVERDUE`."""
    found = _IN_BRACKETS.search(text)
    return found[1] if found else text.strip()
