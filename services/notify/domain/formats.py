"""Days, money, rates and lists as a person reads them, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from services.notify.domain.names import side
from services.notify.domain.timing import SHANGHAI

WEEKDAYS = "一二三四五六日"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day(value: date | datetime | str | None, language: str) -> str:
    """A day in Shanghai, with its weekday; ISO text is read, and nothing gives nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    here = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    if side(language) == 0:
        return f"{here.year}年{here.month}月{here.day}日（星期{WEEKDAYS[here.weekday()]}）"
    return f"{DAYS[here.weekday()]} {here.day} {MONTHS[here.month - 1]} {here.year}"


def yuan(amount: int | None, language: str) -> str:
    """Whole yuan: in 万 where that is even."""
    if amount is None:
        return ""
    if side(language) == 1:
        return f"CNY {amount:,}"
    if amount and amount % 1000 == 0 and amount >= 10_000:
        return f"{amount / 10_000:g}万元"
    return f"{amount:,}元"


def rate(basis_points: int | None, language: str) -> str:
    """Basis points as a percentage, the same in all languages."""
    return "" if basis_points is None else f"{basis_points / 100:.2f}%"


def listed(items: Iterable[str] | None, language: str) -> str:
    """A list in one line."""
    return ("、", ", ")[side(language)].join(str(item) for item in items or ())
