"""One criterion and one value: passed, failed, or unknown. Unknown is neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.matching.domain.facts import fits
from services.matching.domain.rules import Criterion, FactRule, FactValue

Verdict = bool | None
"""True passed, False failed, None unknown."""


def verdict(criterion: Criterion, rule: FactRule, value: FactValue | None, sure: bool = False) -> Verdict:
    """Judge a value. `sure`: somebody other than the household has said it.

    Where that is asked before a referral, the household's own word can fail a criterion, but not pass it.
    """
    if value is None or not fits(rule, value):
        return None
    found = OPERATORS[criterion.op](rule, value, criterion.value)
    return None if found and criterion.verified == "before_referral" and not sure else found


def _at_least(_rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    return int(value) >= int(wanted)  # type: ignore[arg-type]


def _at_most(_rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    return int(value) <= int(wanted)  # type: ignore[arg-type]


def _is(_rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    return type(value) is type(wanted) and value == wanted


def _in(rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    if rule.type in ("industry", "region"):
        return _lies_in(str(value), _listed(wanted))
    return value in _listed(wanted)


def _not_in(rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    inside = _in(rule, value, wanted)
    return None if inside is None else not inside


def _any_of(_rule: FactRule, value: FactValue, wanted: FactValue) -> Verdict:
    return not set(_listed(value)).isdisjoint(_listed(wanted))


def _listed(value: FactValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _lies_in(value: str, areas: Sequence[str]) -> Verdict:
    """By prefix. Where what is known is coarser than what is asked (all of H, asked for H62), nobody can tell.

    An industry without its letter (62) is compared with the digits; with a whole section (H) it cannot be.
    """
    coarse = False
    for area in areas:
        wanted = area[1:] if value[0].isdigit() and area[0].isalpha() else area
        if wanted and value.startswith(wanted):
            return True
        coarse = coarse or wanted.startswith(value) or not wanted
    return None if coarse else False


OPERATORS: Mapping[str, Callable[[FactRule, FactValue, FactValue], Verdict]] = {
    "at_least": _at_least,
    "at_most": _at_most,
    "in": _in,
    "not_in": _not_in,
    "any_of": _any_of,
    "is": _is,
}
