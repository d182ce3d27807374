"""All SQL of notify, in bulk; nothing here commits. By user: the loop, the sending, the disclosure page, the books."""

from __future__ import annotations

from services.notify.store.rows import (
    CaughtUp,
    Deferred,
    Settled,
    collected,
    deferred,
    deliveries,
    numbered,
    save,
    sealed_fields,
    sealed_with,
)

__all__ = [
    "CaughtUp",
    "Deferred",
    "Settled",
    "collected",
    "deferred",
    "deliveries",
    "numbered",
    "save",
    "sealed_fields",
    "sealed_with",
]
