"""All of matching's own SQL: units and recorded demands, and the calls to the demands that wait."""

from __future__ import annotations

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
from services.matching.store.rows import (
    Declared,
    Moved,
    Recorded,
    all_waiting,
    books,
    load_units,
    recorded,
    recorded_one,
    save,
)

__all__ = [
    "RE_EVALUATE",
    "Call",
    "Declared",
    "Moved",
    "Raised",
    "Recorded",
    "all_waiting",
    "ask_for_days",
    "ask_for_limits",
    "ask_for_release",
    "books",
    "call_up",
    "done",
    "hold_release",
    "load_units",
    "open_calls",
    "recorded",
    "recorded_one",
    "save",
    "waiting",
]
