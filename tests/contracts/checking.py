"""JSON Schema with the formats that the contracts use, checked as RFC 3339 and RFC 9562 say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from shared.contracts.documents import event_schema
from shared.contracts.registry import TYPES

FORMATS = FormatChecker(["date", "uuid"])
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or (bool(_RFC3339.fullmatch(value)) and bool(datetime.fromisoformat(value)))


def _pattern(checker: Any, pattern: str, instance: object, schema: Any) -> Iterator[ValidationError]:
    # JSON Schema's regular expressions are JavaScript's: there "$" is the very end, in Python it lets a newline follow.
    end = pattern.removesuffix("$") + (r"\Z" if pattern.endswith("$") else "")
    if isinstance(instance, str) and not re.search(end, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


Checker = validators.extend(Draft202012Validator, {"pattern": _pattern})


@cache
def validator(kind: str) -> Any:
    """What says whether an event fits the published schema of its type."""
    return Checker(event_schema(TYPES[kind]), format_checker=FORMATS)


def faults(kind: str, event: Any) -> list[str]:
    """JSON pointers of all that does not fit."""
    return [
        "".join(f"/{part}" for part in [*error.absolute_path, *_missing(error)])
        for error in validator(kind).iter_errors(event)
    ]


def _missing(error: Any) -> list[str]:
    """The field that `required` misses: the error itself names only the object that lacks it."""
    return (
        [name for name in error.validator_value if name not in error.instance] if error.validator == "required" else []
    )
