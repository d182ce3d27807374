"""The ladder of identities: how sure the gate is whose demand it is, and by what it finds the household again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.intake.domain.demand import Level
from services.intake.domain.problems import Problem, problem

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CHINA = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)")
_LEVELS: tuple[tuple[str, Level], ...] = (
    ("credit_code", "credit_code"),
    ("registration_number", "registration_number"),
    ("preregistration_number", "preregistration_number"),
    ("id_number", "id_hash"),
)
PUBLIC = ("credit_code", "registration_number")
"""Numbers of the register of shops: what finds a household that was only visited."""
LADDER = (*(name for name, _ in _LEVELS), "phone")
HOUSEHOLDS_PREFIX = "92"
GROWN_UP = 18


@dataclass(frozen=True, slots=True)
class Checks:
    """What the check digits say; None where there is nothing to check."""

    credit_code: bool | None = None
    registration_number: bool | None = None
    id_number: bool | None = None


def check_personal(
    personal: Mapping[str, str], checks: Checks, county: str, assisted: bool, today: date, at: str
) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings of the personal data; `at` is its pointer."""
    problems = [
        problem("control-characters", f"{at}/{name}") for name, text in personal.items() if _CONTROL.search(text)
    ]
    if not ("phone" in personal or "email" in personal):
        problems.append(problem("contact-missing", f"{at}/phone"))
    if checks.credit_code is False:
        problems.append(problem("credit-code-check", f"{at}/credit_code"))
    elif checks.credit_code and not personal["credit_code"].startswith(HOUSEHOLDS_PREFIX):
        problems.append(problem("credit-code-kind", f"{at}/credit_code"))
    if checks.id_number is False:
        problems.append(problem("id-number-check", f"{at}/id_number"))
    elif checks.id_number and not assisted and _age(personal["id_number"], today) < GROWN_UP:
        problems.append(problem("minor-alone", f"{at}/id_number"))
    return problems, list(_warnings(personal, checks, county, at))


def _warnings(personal: Mapping[str, str], checks: Checks, county: str, at: str) -> Iterator[Problem]:
    if checks.credit_code and personal["credit_code"][2:8] != county[:6]:
        yield problem("registered-elsewhere", f"{at}/credit_code")
    if checks.registration_number is False:
        yield problem("registration-number-check", f"{at}/registration_number")


def _age(id_number: str, today: date) -> int:
    year, month, day = int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14])
    return today.year - year - ((today.month, today.day) < (month, day))


def level_of(fields: Mapping[str, str]) -> Level:
    """The highest rung that a demand brings."""
    return next((level for name, level in _LEVELS if name in fields), "none")


def rungs_of(personal: Mapping[str, str], assisted: bool) -> Iterator[tuple[str, str]]:
    """What finds the household again, strongest first, each in the one form in which it is compared.

    The telephone of somebody who was assisted may be the helper's: it leads to nobody.
    """
    for name in LADDER:
        value = personal.get(name)
        if value and not (name == "phone" and assisted):
            yield name, normal(name, value)


def normal(name: str, value: str) -> str:
    """People write one number in many ways."""
    if name == "phone":
        return _CHINA.sub("", re.sub(r"[ -]", "", value))
    return value.strip().upper()
