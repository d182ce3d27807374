"""A mapping file: how the rows of one kind of CSV become demands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from freshwater.importing.rules import Row, Rule, Unfit, column_name
from shared.contracts.door import DemandSubmitted, VisitLogged
from shared.contracts.envelope import Data
from shared.errors import FreshwaterError

GROUPS = ("fields", "personal", "consent", "facts")
EVENTS: Mapping[str, type[Data]] = MappingProxyType({"demand": DemandSubmitted, "visit": VisitLogged})
"""What a row may be."""


class MappingProblem(FreshwaterError):
    """A mapping file that cannot be used, or does not fit the CSV. The text names all that is wrong."""


class Format(BaseModel):
    """How the file is written. Without `encoding`: UTF-8, and GB 18030 where it is not. `sheet`: of a spreadsheet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str | None = None
    sheet: str | None = None


class RowMapping(BaseModel):
    """`fields`, `personal`, `consent` and `facts` are those of a demand; `notice` is shown with every run.

    `header`: the columns by which a file is recognised; it may have more. `row`: what a row is, a demand or a visit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    notice: str
    header: Annotated[list[str], Field(min_length=1)]
    format: Format = Format()
    simulated: bool = False
    row: Literal["demand", "visit"] = "demand"
    source_id: Rule
    fields: dict[str, Rule]
    personal: dict[str, Rule] = {}
    consent: dict[str, Rule] = {}
    facts: dict[str, Rule] = {}

    @field_validator("header", mode="after")
    @classmethod
    def _named(cls, header: list[str]) -> list[str]:
        return [column_name(column) for column in header]

    @model_validator(mode="after")
    def _whole(self) -> RowMapping:
        if self.row == "demand" and not (self.consent and self.personal):
            raise ValueError("a demand needs `consent` and `personal`")
        if self.row == "visit" and (self.consent or self.facts):
            raise ValueError("a visit has neither `consent` nor `facts`")
        return self

    @property
    def event(self) -> type[Data]:
        """The type of event that a row becomes."""
        return EVENTS[self.row]

    def columns(self) -> set[str]:
        """The columns that its rules look at."""
        rules = [self.source_id, *(rule for group in GROUPS for rule in getattr(self, group).values())]
        return {column for rule in rules for column in rule.columns()}

    def check(self, header: Iterable[str], name: str) -> None:
        """Raises MappingProblem where a column that a rule looks at is not there."""
        if missing := self.columns() - set(header):
            wanted, there = ", ".join(sorted(missing)), ", ".join(header)
            raise MappingProblem(f"{name} has no column {wanted}, which mapping {self.name} needs; it has {there}")

    def fits(self, header: Iterable[str]) -> bool:
        """Whether a file with this header is of its kind."""
        return set(self.header) <= set(header)

    def demand(self, row: Row) -> Mapped:
        """The row as a demand, with all that is wrong with it."""
        problems: list[str] = []
        source_id = str(self._value("source_id", self.source_id, row, "", problems) or "")
        if not source_id:
            problems.append("source_id: empty; every row needs a number of its own")
        parts = {group: self._group(group, row, source_id, problems) for group in GROUPS}
        data = {**parts.pop("fields"), "source_id": source_id, **{name: part for name, part in parts.items() if part}}
        if self.row == "demand":
            data = {"personal": {}, "consent": {}, "facts": {}, **data}
        return Mapped(source_id, data, tuple(problems))

    def _group(self, group: str, row: Row, source_id: str, problems: list[str]) -> dict[str, Any]:
        rules: Mapping[str, Rule] = getattr(self, group)
        found = {name: self._value(f"{group}.{name}", rule, row, source_id, problems) for name, rule in rules.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, name: str, rule: Rule, row: Row, source_id: str, problems: list[str]) -> Any:
        try:
            return rule.value(row, source_id)
        except Unfit as unfit:
            problems.append(f"{name}: {unfit}")
            return None


@dataclass(frozen=True, slots=True)
class Mapped:
    """One row: the number under which it is sent, the demand's data, and what is wrong with it."""

    source_id: str
    data: Mapping[str, Any]
    problems: tuple[str, ...] = ()


def _fields_of(event: type[Data]) -> Collection[str]:
    return event.model_fields.keys() - {"source_id", "personal", "consent", "facts", "speech"}


def load_mapping(file: Path) -> RowMapping:
    """Read a mapping file. Raises MappingProblem with all that is wrong."""
    return _mapping_of(file, _said_in(file))


def _said_in(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise MappingProblem(f"{file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise MappingProblem(f"{file.name} is not YAML: {error}") from error


def _mapping_of(file: Path, said: Any) -> RowMapping:
    try:
        mapping = RowMapping.model_validate(said)
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise MappingProblem("\n".join([f"{file.name} is not a mapping:", *lines])) from error
    known = _fields_of(mapping.event)
    if unknown := mapping.fields.keys() - set(known):
        allowed, named = ", ".join(sorted(known)), ", ".join(sorted(unknown))
        raise MappingProblem(f"{file.name}: a {mapping.row} has no field {named}; it has {allowed}")
    return mapping


def find_mapping(headers: Iterable[Collection[str]], folder: Path) -> Path:
    """The mapping whose header is one of these; of several the one that names most columns. Raises MappingProblem."""
    headers = list(headers)
    found = []
    for file in sorted(folder.glob("*.yaml")):
        said = _said_in(file)
        # Examples of other things lie in the same folder.
        if isinstance(said, dict) and "header" in said:
            mapping = _mapping_of(file, said)
            if any(map(mapping.fits, headers)):
                found.append((len(mapping.header), file))
    if not found:
        named = ", ".join([*headers[0]][:12]) if headers else "none"
        raise MappingProblem(f"no mapping in {folder.name}/ knows a file with the columns {named}; give --mapping FILE")
    return max(found)[1]
