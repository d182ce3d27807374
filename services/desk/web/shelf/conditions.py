"""A product's conditions in plain words: each rule over one fact as a sentence, and when it has to be proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.desk.web.language import N_
from services.desk.web.wording.words import Words
from shared.contracts.entities import Criterion, Product

_SAYS = {
    "at_least": N_("%(fact)s: at least %(value)s"),
    "at_most": N_("%(fact)s: at most %(value)s"),
    "in": N_("%(fact)s: %(value)s"),
    "not_in": N_("%(fact)s: not %(value)s"),
    "any_of": N_("%(fact)s: one of %(value)s"),
    "is": N_("%(fact)s: %(value)s"),
}
_PROVED = {
    "before_referral": N_("checked before it goes to the bank"),
    "before_offer": N_("the bank checks it before an offer"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, and when it is checked where one's own word is not enough."""

    says: str
    proved: str | None


def conditions(product: Product, words: Words) -> list[Condition]:
    """All of them, in the order of the catalogue."""
    return [_condition(each, words) for each in product.criteria]


def _condition(criterion: Criterion, words: Words) -> Condition:
    text = words.language.text
    values = {"fact": words.name(criterion.fact, "facts"), "value": _value(criterion, words)}
    proved = _PROVED.get(criterion.verified)
    # "One of" a single value is that value.
    alone = isinstance(criterion.value, list) and len(criterion.value) == 1 and criterion.op == "any_of"
    return Condition(text(_SAYS["is" if alone else criterion.op]) % values, text(proved) if proved else None)


def _value(criterion: Criterion, words: Words) -> str:
    value: Any = criterion.value
    declared = words.release.facts.get(criterion.fact) if words.release else None
    kind = declared.type if declared else ""
    spoken = {"industry": words.industry, "region": words.place}.get(kind)
    if spoken is not None:
        listed = value if isinstance(value, list) else [value]
        return words.language.of("、", ", ").join(spoken(each) for each in listed)
    if criterion.fact == "present_lender" and isinstance(value, str):
        return words.name(value, "institutions")
    return words.fact_value(value, criterion.fact)
