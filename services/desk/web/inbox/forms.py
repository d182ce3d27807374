"""From a form to the details of a claim. Everything that is wrong is said at once, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from services.desk.web.wording.labels import CONTACT, PROOF, VERDICT
from services.desk.web.wording.words import Words
from shared.catalogue import Release

MOST_YUAN = 1_000_000_000
LONGEST_TEXT = 2000


class Fields:
    """Reads one form; what could not be read is collected in `problems`."""

    def __init__(self, form: Mapping[str, Any], words: Words) -> None:
        self._form, self._text = form, words.language.text
        self.problems: list[str] = []

    def said(self, name: str, message: str, longest: int = LONGEST_TEXT) -> str:
        value = str(self._form.get(name, "")).strip()
        if not value or len(value) > longest or not all(each.isprintable() or each in "\r\n\t" for each in value):
            self.problems.append(self._text(message))
        return value

    def code(self, name: str, allowed: Mapping[str, Any], message: str) -> str:
        value = str(self._form.get(name, ""))
        if value not in allowed:
            self.problems.append(self._text(message))
        return value

    def choice(self, name: str, allowed: Mapping[str, Any]) -> dict[str, str]:
        """What may be left out, where it was chosen."""
        value = str(self._form.get(name, ""))
        return {name: value} if value in allowed else {}

    def decline(self, allowed: Mapping[str, Any], message: str) -> dict[str, Any]:
        code, _, direction = str(self._form.get("code", "")).partition("/")
        known = allowed.get(code)
        if known is None or (known.directions and direction not in known.directions):
            self.problems.append(self._text(message))
        return {"code": code, "direction": direction} if direction else {"code": code}

    def whole(self, name: str, lowest: int, highest: int, message: str) -> int:
        value = str(self._form.get(name, "")).strip().replace(",", "").replace("，", "")
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 13 else -1
        if not lowest <= number <= highest:
            self.problems.append(self._text(message))
        return number

    def basis_points(self, name: str, message: str) -> int:
        """A rate in percent with at most two decimals."""
        try:
            value = Decimal(str(self._form.get(name, "")).strip()[:12]) * 100
            if value.is_finite() and value == value.to_integral_value() and 0 <= value <= 100_00:
                return int(value)
        except InvalidOperation:
            pass
        self.problems.append(self._text(message))
        return -1

    def yes(self, name: str) -> bool:
        """Which of two buttons was pressed."""
        return self.code(name, {"yes": True, "no": False}, _("Answer yes or no.")) == "yes"

    def day(self, name: str, earliest: date | None, message: str) -> str:
        try:
            value = date.fromisoformat(str(self._form.get(name, ""))[:10])
            if earliest is None or value >= earliest:
                return value.isoformat()
        except ValueError:
            pass
        self.problems.append(self._text(message))
        return ""


def _(message: str) -> str:
    """Marks a message; `Fields` translates it where the form is read."""
    return message


_AMOUNT = _("The amount is a whole number of yuan, at least 1.")
_RATE = _("The rate is a yearly percentage with at most two decimals, for example 3.85.")
_REASON = _("A reason is needed, at most 2,000 characters.")


def _nothing(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {}


def _contact(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"outcome": fields.code("outcome", CONTACT, _("Choose how the contact ended."))}


def _offer(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    plan = {
        "amount_yuan": fields.whole("amount_yuan", 1, MOST_YUAN, _AMOUNT),
        "term_months": fields.whole("term_months", 1, 600, _("The term is a whole number of months, 1 to 600.")),
        "rate_bp": fields.basis_points("rate", _RATE),
    }
    return {"plan": plan}


def _decline(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    """One button says both: the code, and behind a slash the direction where the code needs one."""
    return fields.decline(release.decline_codes, _("A decline needs one of the listed reasons."))


def _grant(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {
        "amount_yuan": fields.whole("amount_yuan", 1, MOST_YUAN, _AMOUNT),
        "rate_bp": fields.basis_points("rate", _RATE),
    }


def _disburse(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {
        "amount_yuan": fields.whole("amount_yuan", 1, MOST_YUAN, _AMOUNT),
        "number": fields.said("number", _("The bank's own number of the drawdown is needed."), 64),
        "on": fields.day("on", None, _("The day of the drawdown is needed.")),
    }


def _plan(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"promised_on": fields.day("promised_on", today, _("Promise a day from today on."))}


def _resolve(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    evidence = fields.said("evidence", _("Say what proves that the obstacle is gone."))
    return {"evidence": evidence, **fields.choice("evidence_kind", PROOF)}


def _ask(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"what": fields.said("what", _("Say what the household still has to send."))}


def _extension(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    until = fields.day("until", today, _("An extension needs a day from today on."))
    return {"until": until, "reason": fields.said("reason", _REASON)}


def _park(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    review_on = fields.day("review_on", today, _("Parking needs a day from today on, on which it is looked at again."))
    return {"review_on": review_on, "reason": fields.said("reason", _REASON)}


def _confirm(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"confirmed": fields.yes("answer")}


def _agree(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"agreed": fields.yes("answer")}


def _transfer(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    to = fields.code("to", release.authorities, _("Name the authority whose case it is, from the list."))
    return {"to": to, "reason": fields.said("reason", _REASON)}


def _refuse(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    return {"reason": fields.said("reason", _REASON), "cannot_be_removed": True}


def _decide(fields: Fields, release: Release, today: date) -> dict[str, Any]:
    """On one item of a joint consultation: what the verdict needs beside its reason."""
    verdict = fields.code("decision", VERDICT, _("Choose what the consultation decided."))
    said = {"decision": verdict, "reason": fields.said("reason", _REASON)}
    if verdict == "assign":
        said["to"] = fields.code("to", release.authorities, _("Name the authority that gets it, from the list."))
    if verdict == "park":
        said["until"] = fields.day("until", today, _("Say on which day, from today on, it is looked at again."))
    return said


CONSULTATION = ("consultation-decides", "consultation-closes")
DETAILS: dict[str, Callable[[Fields, Release, date], dict[str, Any]]] = {
    "bank-accepts": _nothing,
    "bank-tried-contact": _contact,
    "bank-offers": _offer,
    "bank-declines": _decline,
    "bank-grants": _grant,
    "bank-disburses": _disburse,
    "consultation-decides": _decide,
    "consultation-closes": _nothing,
    "authority-signs": _nothing,
    "authority-plans": _plan,
    "authority-asks-household": _ask,
    "authority-asks-extension": _extension,
    "authority-parks": _park,
    "authority-confirms-raise": _confirm,
    "authority-agrees-extension": _agree,
    "authority-resolves": _resolve,
    "authority-transfers": _transfer,
    "authority-refuses": _refuse,
}
