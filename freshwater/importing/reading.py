"""Cells as people type them: amounts with a unit, dates in every notation, numbers that a spreadsheet has spoilt."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

FOREVER = frozenset({"长期", "永久", "无固定期限", "长期有效", "无"})
_SPOILT = re.compile(r"^\d(?:\.\d+)?[Ee]\+?\d{1,3}$")
_UNITS = {"亿": 100_000_000, "千万": 10_000_000, "百万": 1_000_000, "万": 10_000, "千": 1_000, "百": 100, "": 1}
_AMOUNT = re.compile(r"^[¥￥]?([-+]?\d+(?:\.\d+)?)(亿|千万|百万|万|千|百|)(?:人民币)?(元|圆|块)?(?:整)?$")
_DATE = re.compile(r"^(\d{4})[./年-]?(\d{1,2})(?:[./月-]?(\d{1,2})日?)?月?(?:[ T].*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")


class NotReadable(ValueError):
    """The text says what would do."""


def plain(text: str) -> str:
    """Full-width letters and digits as plain ones, without blanks inside."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_spoilt(text: str) -> bool:
    """Whether a spreadsheet has made a number of it and dropped its last digits: 6.2E+17."""
    return bool(_SPOILT.match(text.strip()))


def code(text: str) -> str:
    """A number that identifies: capital letters, no blanks, no apostrophe in front, no `.0` behind."""
    found = plain(text).upper().lstrip("'’`")
    return found.removesuffix(".0") if found.removesuffix(".0").isdigit() else found


def yuan(text: str, times: Decimal = Decimal(1)) -> int:
    """`20万元`, `5千`, `1,200元`, `￥300`; a number without a unit is multiplied by `times`. Raises NotReadable."""
    found = _AMOUNT.match(plain(text).replace(",", ""))
    if not found:
        raise NotReadable("an amount such as 50000, 5万元 or 1,200元")
    number, unit, currency = Decimal(found[1]), found[2], found[3]
    factor = Decimal(_UNITS[unit]) if unit or currency else times
    return int((number * factor).to_integral_value())


def decimal(text: str) -> Decimal:
    """Raises NotReadable."""
    try:
        number = Decimal(plain(text).replace(",", ""))
    except InvalidOperation:
        raise NotReadable("a number") from None
    if not number.is_finite():
        raise NotReadable("a number")
    return number


def day(text: str) -> date | None:
    """`2026.3`, `2026年3月5日`, `2026/3/5`, `20260305`; a month is its first day; None where it has no end (长期).

    Raises NotReadable.
    """
    said = plain(text) if "T" not in text and ":" not in text else text.strip()
    if said in FOREVER:
        return None
    found = _COMPACT.match(said) or _DATE.match(said)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        pass
    raise NotReadable("a date such as 2026-03-05, 2026.3, 2026年3月 or 长期")


def months_between(earlier: date, later: date) -> int:
    """Whole months; none where `earlier` is the later one."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(months, 0)
