"""What each activity brought, and each printed QR code, form and partner: counted, never entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from asyncpg import Record

from services.desk.domain.board import Board
from services.desk.domain.channels import ChannelRow, by_activity, code_of
from services.desk.web.wording.words import Words

NOTHING = ChannelRow("", 0, 0, 0, 0)
POSTER = "poster"


def number_of(activity: UUID) -> str:
    """How a QR code names an activity."""
    return activity.hex[:12]


def query_of(campaign: str, activity: UUID, channel: str) -> str:
    """What stands in the address of a form that is opened by this activity's code, hung up at `channel`."""
    return urlencode({"campaign": campaign, "activity": number_of(activity), "channel": channel})


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """An activity and what came by its codes."""

    row: Record
    brought: ChannelRow


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way in: `title` where it is a code of an activity that is known."""

    brought: ChannelRow
    title: str | None = None
    place: str | None = None
    campaign: str | None = None

    def way(self, words: Words) -> str:
        first = self.brought.channel.partition(".")[0]
        return words.label(first, "way")


def activity_rows(board: Board, activities: Sequence[Record]) -> list[ActivityRow]:
    brought = by_activity(board.channels)
    return [ActivityRow(row, brought.get(number_of(row["activity"]), NOTHING)) for row in activities]


def way_rows(board: Board, activities: Sequence[Record]) -> list[WayRow]:
    """Most demands first."""
    titles = {number_of(row["activity"]): row["title"] for row in activities}
    found = []
    for row in board.channels:
        code = code_of(row.channel)
        if code is None:
            found.append(WayRow(row))
        else:
            title = titles.get(code.activity, code.activity) if code.activity else None
            found.append(WayRow(row, title, code.place, code.campaign))
    return found
