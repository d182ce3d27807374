"""What other sides' HTTP answers and failures come to, in short codes that repeat nothing of theirs."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from shared.clock import wall

LONGEST_RETRY_AFTER = 3600.0


def retry_after(answer: httpx.Response) -> float | None:
    """The seconds that a 429 or 503 asks for, given as seconds or as a date (RFC 9110); never more than an hour."""
    text = answer.headers.get("retry-after", "")
    if answer.status_code not in (429, 503) or not text:
        return None
    try:
        seconds = float(text) if text.isdigit() else _until(text)
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _until(text: str) -> float:
    when = parsedate_to_datetime(text)
    return (when.replace(tzinfo=when.tzinfo or UTC) - wall()).total_seconds()


def code_of(error: BaseException) -> str:
    """A short code for what went wrong on the way, without the address."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
