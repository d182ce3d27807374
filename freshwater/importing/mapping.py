"""A mapping file: how the rows of one kind of CSV become demands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from freshwater.importing.rules import Row, Rule, Unfit
from shared.contracts.door import DemandSubmitted
from shared.errors import FreshwaterError

GROUPS = ("fields", "personal", "consent", "facts")


class MappingProblem(FreshwaterError):
    """A mapping file that cannot be used, or does not fit the CSV. The text names all that is wrong."""


class Format(BaseModel):
    """How the CSV is written. Without `encoding`: UTF-8, and GB 18030 where it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str | None = None


class RowMapping(BaseModel):
    """`fields`, `personal`, `consent` and `facts` are those of a demand; `notice` is shown with every run.

    `header`: the columns by which a file is recognised; it may have more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    notice: str
    header: Annotated[list[str], Field(min_length=1)]
    format: Format = Format()
    simulated: bool = False
    source_id: Rule
    fields: dict[str, Rule]
    personal: dict[str, Rule]
    consent: dict[str, Rule]
    facts: dict[str, Rule] = {}

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
        data = {
            **parts["fields"],
            "source_id": source_id,
            "personal": parts["personal"],
            "consent": parts["consent"],
            "facts": parts["facts"],
        }
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


_DEMAND_FIELDS = set(DemandSubmitted.model_fields) - {"source_id", "personal", "consent", "facts"}


def load_mapping(file: Path) -> RowMapping:
    """Read a mapping file. Raises MappingProblem with all that is wrong."""
    try:
        mapping = RowMapping.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except OSError as error:
        raise MappingProblem(f"{file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise MappingProblem(f"{file.name} is not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise MappingProblem("\n".join([f"{file.name} is not a mapping:", *lines])) from error
    if unknown := mapping.fields.keys() - _DEMAND_FIELDS:
        allowed = ", ".join(sorted(_DEMAND_FIELDS))
        raise MappingProblem(f"{file.name}: a demand has no field {', '.join(sorted(unknown))}; it has {allowed}")
    return mapping


def find_mapping(header: Iterable[str], folder: Path) -> Path:
    """The mapping whose header this file has; of several the one that names most columns. Raises MappingProblem."""
    header = list(header)
    found = [
        (len(mapping.header), file)
        for file in sorted(folder.glob("*.yaml"))
        if (mapping := load_mapping(file)).fits(header)
    ]
    if not found:
        named = ", ".join(header[:12])
        raise MappingProblem(f"no mapping in {folder.name}/ knows a file with the columns {named}; give --mapping FILE")
    return max(found)[1]
