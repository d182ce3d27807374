"""All of matching's own SQL: units, recorded demands, the books, and the calls to the demands that wait."""

from __future__ import annotations

from services.matching.store.books import books
from services.matching.store.calls import (
    RE_EVALUATE,
    Call,
    Raised,
    ask_for_days,
    ask_for_limits,
    ask_for_release,
    call_up,
    done,
    hold_release,
    open_calls,
    waiting,
)
from services.matching.store.rows import Recorded, all_waiting, recorded, recorded_one
from services.matching.store.units import (
    Declared,
    LooksAlike,
    Moved,
    Waiting,
    at_units,
    intakes,
    load_look_alikes,
    load_units,
    save,
    waiting_at,
)

__all__ = [
    "RE_EVALUATE",
    "Call",
    "Declared",
    "LooksAlike",
    "Moved",
    "Raised",
    "Recorded",
    "Waiting",
    "all_waiting",
    "ask_for_days",
    "ask_for_limits",
    "ask_for_release",
    "at_units",
    "books",
    "call_up",
    "done",
    "hold_release",
    "intakes",
    "load_look_alikes",
    "load_units",
    "open_calls",
    "recorded",
    "recorded_one",
    "save",
    "waiting",
    "waiting_at",
]
