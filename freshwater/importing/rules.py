"""One rule of a mapping: from the columns of a row to one value, or to what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from freshwater.importing import reading

Scalar = bool | int | str
Value = bool | int | str | list[str]
Row = Mapping[str, str]
SOURCES = ("constant", "column", "template", "spread")
_FIELD = re.compile(r"\{([^{}]+)\}")


def column_name(text: str) -> str:
    """A column's name however it was typed: brackets and letters in their plain form, no blanks, no line breaks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class Unfit(Exception):
    """A cell that the mapping does not take. The text says which column, and what would do; it quotes no cell, which
    may hold somebody's name."""


class Rule(BaseModel):
    """Where a value comes from (one of constant, column, template, spread), and what is done with it, in this order.

    `without`: texts that are taken out (units, signs). `empty`: texts that mean an empty cell; `blank`: what an empty
    cell becomes (without it the value is left out). `map`: texts to values; `prefixes`: the same by the longest prefix;
    `otherwise`: for all other texts. A list that the map gives, or `spread`, is choices: one is taken by the hash of
    the columns in `by` (without them, of the row's id). `to`: the type; `times`, `round_to`, `least`, `most` are for
    integers and for yuan (`times` for a number that brings no unit, as under 金额（万元）). A date is left out where it
    says 长期, unless `forever` says what to write; `months`: those from the date to `until`. `as_list`: the value is a
    list, and one value a list of one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: Value | None = None
    column: str | None = None
    template: str | None = None
    spread: Annotated[list[Scalar], Field(min_length=1)] | None = None
    by: list[str] = []
    without: list[str] = []
    empty: list[str] = []
    blank: Value | None = None
    map: dict[str, Value] | None = None
    prefixes: dict[str, Value] | None = None
    otherwise: Value | None = None
    to: Literal["text", "code", "integer", "yuan", "flag", "date", "time", "months"] = "text"
    times: Decimal = Decimal(1)
    round_to: Annotated[int, Field(ge=1)] = 1
    least: int | None = None
    most: int | None = None
    forever: str | None = None
    until: date | None = None
    as_list: bool = False

    @field_validator("column", mode="after")
    @classmethod
    def _named(cls, column: str | None) -> str | None:
        return None if column is None else column_name(column)

    @field_validator("by", mode="after")
    @classmethod
    def _all_named(cls, columns: list[str]) -> list[str]:
        return [column_name(column) for column in columns]

    @model_validator(mode="after")
    def _one_source(self) -> Rule:
        if sum(getattr(self, name) is not None for name in SOURCES) != 1:
            raise ValueError(f"give exactly one of {', '.join(SOURCES)}")
        if self.map is not None and self.prefixes is not None:
            raise ValueError("give map or prefixes, not both")
        if (self.to == "months") != (self.until is not None):
            raise ValueError("months are counted until a date: give `to: months` and `until` together")
        return self

    def columns(self) -> set[str]:
        """The columns that it looks at."""
        named = map(column_name, _FIELD.findall(self.template or ""))
        return {*([self.column] if self.column else []), *self.by, *named}

    def value(self, row: Row, source_id: str) -> Value | None:
        """The value, or None where it is left out. Raises Unfit."""
        if self.constant is not None:
            return self.constant
        if self.spread is not None:
            found: Any = self.spread
        else:
            text = self._text(row)
            if not text or text in self.empty:
                return self.blank
            found = self._translated(text)
        if isinstance(found, list) and not self.as_list:
            found = self._pick(found, row, source_id)
        typed: Value = self._typed(found)
        return typed

    def _text(self, row: Row) -> str:
        text = row[self.column].strip() if self.column is not None else filled(self.template or "", row)
        for part in self.without:
            text = text.replace(part, "")
        return text

    def _pick(self, choices: Sequence[Any], row: Row, source_id: str) -> Any:
        """The same for the same columns, on every machine."""
        key = "\x1f".join([row[name] for name in self.by] or [source_id])
        digest = blake2b(key.encode(), digest_size=8, person=b"spread").digest()
        return choices[int.from_bytes(digest, "big") % len(choices)]

    def _translated(self, text: str) -> Any:
        if self.map is None and self.prefixes is None:
            return text
        known = self.map if self.map is not None else self.prefixes or {}
        lengths = range(len(text), 0, -1) if self.prefixes is not None else (len(text),)
        found = next((known[text[:length]] for length in lengths if text[:length] in known), self.otherwise)
        if found is None:
            raise Unfit(f"{self._where()}: not in the mapping; it knows {', '.join(sorted(known)[:12])}")
        return found

    def _typed(self, found: Any) -> Any:
        if self.to in ("integer", "yuan"):
            return self._number(found)
        if self.to == "flag" and not isinstance(found, bool):
            raise Unfit(f"{self._where()}: map it to true or false")
        if self.to in ("date", "time", "months"):
            return self._date(found)
        if isinstance(found, str) and reading.is_spoilt(found):
            raise Unfit(
                f"{self._where()}: a spreadsheet has made a number of it and lost digits (6.2E+17); format the column"
                " as text and type it again (单元格设为“文本”后重新填写)"
            )
        if self.to == "code":
            found = reading.code(str(found))
        return [found] if self.as_list and not isinstance(found, list) else found

    def _number(self, found: Any) -> int:
        try:
            if self.to == "yuan":
                number = reading.yuan(str(found), self.times)
            else:
                number = int((reading.decimal(str(found)) * self.times).to_integral_value())
        except reading.NotReadable as wanted:
            raise Unfit(f"{self._where()}: not a number; it must be {wanted}") from None
        number = int((Decimal(number) / self.round_to).to_integral_value()) * self.round_to
        if self.least is not None and number < self.least:
            raise Unfit(f"{self._where()}: gives less than {self.least}")
        if self.most is not None and number > self.most:
            raise Unfit(f"{self._where()}: gives more than {self.most}")
        return number

    def _date(self, found: Any) -> str | int | None:
        try:
            day = reading.day(str(found))
        except reading.NotReadable as wanted:
            raise Unfit(f"{self._where()}: not a date; it must be {wanted}") from None
        if day is None:
            return self.forever
        if self.until is not None:
            return reading.months_between(day, self.until)
        return day.isoformat() if self.to == "date" else f"{day.isoformat()}T00:00:00+08:00"

    def _where(self) -> str:
        return f"column {self.column}" if self.column else f"template {self.template or self.spread}"


def filled(template: str, row: Row) -> str:
    """{Column} becomes its cell. Not str.format: a mapping file must not reach into objects."""
    return _FIELD.sub(lambda found: row[column_name(found[1])].strip(), template)
