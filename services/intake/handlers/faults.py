"""What a model refuses, as problems of ours: each at the place where it is in the data, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from services.intake.domain.problems import Problem, problem

Fault = Mapping[str, Any]
Path = tuple[str | int, ...]

# pydantic's names of faults to ours; what is not here is "invalid".
_CODES = {
    "missing": "missing",
    "string_pattern_mismatch": "wrong-form",
    "string_unicode": "wrong-form",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "too_long": "too-many",
    "too_short": "too-short",
    "int_parsing": "not-whole-number",
    "int_type": "not-whole-number",
    "int_from_float": "not-whole-number",
    "int_parsing_size": "out-of-range",
    "finite_number": "not-whole-number",
    "greater_than_equal": "out-of-range",
    "less_than_equal": "out-of-range",
    "literal_error": "not-allowed",
    "timezone_aware": "not-a-time",
    "datetime_type": "not-a-time",
    "datetime_parsing": "not-a-time",
    "datetime_from_date_parsing": "not-a-time",
    "datetime_object_invalid": "not-a-time",
    "date_type": "not-a-date",
    "date_parsing": "not-a-date",
    "date_from_datetime_parsing": "not-a-date",
    "date_from_datetime_inexact": "not-a-date",
    "uuid_parsing": "not-an-id",
    "uuid_type": "not-an-id",
    "string_type": "wrong-type",
    "bool_type": "wrong-type",
    "bool_parsing": "wrong-type",
    "list_type": "wrong-type",
    "dict_type": "wrong-type",
    "model_type": "wrong-type",
    "model_attributes_type": "wrong-type",
}
_WANTED = {
    "string_type": "文字 (text)",
    "bool_type": "true / false",
    "bool_parsing": "true / false",
    "list_type": "列表 (a list)",
    "dict_type": "对象 (an object)",
    "model_type": "对象 (an object)",
    "model_attributes_type": "对象 (an object)",
}


def faults_of(error: ValidationError) -> list[Fault]:
    """Without the values that came: they may be personal."""
    return list(error.errors(include_url=False, include_input=False))


def problems_of(faults: Iterable[Fault], data: Any, at: str = "") -> list[Problem]:
    """One problem for each place; where a value fits none of several types, only that is said."""
    found: dict[Path, list[Fault]] = {}
    for fault in faults:
        found.setdefault(real_path(data, fault), []).append(fault)
    return [_problem(path, group, at) for path, group in list(found.items())[:100]]


def _problem(path: Path, group: list[Fault], at: str) -> Problem:
    pointer = at + "".join(f"/{_escaped(part)}" for part in path)
    fault = group[0]
    if len(group) > 1 and len({each["loc"] for each in group}) > 1:
        return problem("wrong-type", pointer, "true/false, 整数 (whole number), 文字 (text), 列表 (list)")
    code = _CODES.get(fault["type"], "invalid")
    allowed = _WANTED.get(fault["type"]) or _allowed(fault.get("ctx", {})) or fault["type"]
    return problem(code, pointer, allowed)


def _allowed(context: Mapping[str, Any]) -> str:
    """The bound that was broken, in words that both languages can carry."""
    for name, words in (
        ("expected", "{}"),
        ("max_length", "≤ {}"),
        ("min_length", "≥ {}"),
        ("ge", "≥ {}"),
        ("le", "≤ {}"),
        ("pattern", "{}"),
    ):
        if name in context:
            return words.format(context[name])
    return ""


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def real_path(data: Any, fault: Fault) -> Path:
    """The part of pydantic's location that exists in the data: branches of a union and "[key]" are names of its own."""
    path: list[str | int] = []
    here = data
    for part in fault["loc"]:
        if (isinstance(here, dict) and part in here) or (isinstance(here, list) and _index(part, here)):
            path.append(part)
            here = here[part]
        elif fault["type"] == "missing":
            return (*path, part)
        else:
            break
    return tuple(path)


def _index(part: str | int, here: list[Any]) -> bool:
    return isinstance(part, int) and part < len(here)
