"""Whether a text holds personal data: a value that was sealed, or a number in the form of one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stdnum.cn import ric, uscc

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
# Neither an id nor ciphertext is anybody's number, whatever digits it holds.
_OPAQUE = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|(?:A256GCM|SM4GCM)\.[0-9A-Za-z+/=]+|[0-9a-f]{32,}|\\x[0-9a-f]+"
)
_DIGITS = re.compile(r"(?<![0-9A-Za-z.])\+?\d(?:[ -]?\d){5,19}[ -]?[\dXx](?![0-9A-Za-z])")
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{18}(?![0-9A-Za-z])")
_EMAIL = re.compile(r"[^\s\"'<>,;:@]+@[^\s\"'<>,;:@]+")
_HAN = re.compile(r"[\w·•（）()]+")
_MOBILE = re.compile(r"^(?:\+?86)?1[3-9]\d{9}$")
SHORTEST_PART = 4
"""A name of two or three characters stands in many a sentence by chance: it counts where it stands alone."""


def plain(text: str) -> str:
    """A value in the one form in which it is compared."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


@dataclass(slots=True)
class Known:
    """What was sealed: each value by its field."""

    fields: dict[str, str] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)

    def learn(self, name: str, value: str) -> None:
        self.fields[plain(value)] = name
        if len(value) >= SHORTEST_PART and not value.isascii():
            self.lengths.add(len(plain(value)))


def found_in(text: str, known: Known) -> set[str]:
    """The kinds of personal data that it holds."""
    if "\\u" in text:
        text = _ESCAPED.sub(lambda one: chr(int(one[1], 16)), text)
    text = _OPAQUE.sub(" ", text)
    return {kind for kind in (*_numbers(text, known), *_words(text, known)) if kind}


def _numbers(text: str, known: Known) -> Iterator[str | None]:
    for one in _DIGITS.findall(text):
        number = plain(one)
        yield known.fields.get(number) or _form_of(number)
    for one in _CODE.findall(text):
        yield known.fields.get(one) or ("credit_code" if _is_credit_code(one) else None)
    for one in _EMAIL.findall(text):
        yield known.fields.get(plain(one))


def _form_of(number: str) -> str | None:
    if _MOBILE.match(number):
        return "phone"
    if len(number) == 18 and number[:17].isdigit() and number[6:8] in ("19", "20"):
        return "id_number" if ric.is_valid(number) else None
    return None


def _is_credit_code(text: str) -> bool:
    return text.startswith("92") and bool(uscc.is_valid(text))


def _words(text: str, known: Known) -> Iterator[str | None]:
    for run in _HAN.findall(text):
        word = plain(run)
        yield known.fields.get(word)
        if word.isascii():
            continue
        for length in known.lengths:
            for start in range(len(word) - length + 1):
                yield known.fields.get(word[start : start + length])


@dataclass(slots=True)
class Report:
    """What was looked at, and where something was found: kinds by place, with how often."""

    looked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    places: set[str] = field(default_factory=set)
    excepted: int = 0
    known: int = 0

    def note(self, place: str, kinds: Iterable[str]) -> None:
        for kind in kinds:
            self.found[place][kind] += 1

    @property
    def total(self) -> int:
        return sum(count for kinds in self.found.values() for count in kinds.values())
