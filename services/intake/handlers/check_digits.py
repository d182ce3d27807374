"""Check digits of Chinese numbers, by python-stdnum."""

from __future__ import annotations

from collections.abc import Mapping

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from services.intake.domain.identity import Checks


def checks_of(personal: Mapping[str, str]) -> Checks:
    """Which numbers fit their check digits; None where there is none to check."""
    code, number, identity = (personal.get(name) for name in ("credit_code", "registration_number", "id_number"))
    return Checks(
        None if code is None else _is_credit_code(code),
        None if number is None else bool(mod_11_10.is_valid(number)),
        None if identity is None else _is_id_number(identity),
    )


def _is_credit_code(code: str) -> bool:
    """Eighteen characters of the alphabet with their check digit; the contract has counted them."""
    try:
        return bool(uscc.calc_check_digit(code[:17]) == code[17])
    except (ValidationError, ValueError, KeyError):
        return False


def _is_id_number(number: str) -> bool:
    """Check digit and date. That the place of birth is listed is not asked: codes of counties come and go."""
    try:
        return bool(ric.calc_check_digit(number) == number[-1].upper() and ric.get_birth_date(number))
    except (ValidationError, ValueError):
        return False
