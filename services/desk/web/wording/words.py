"""From values to words in one language: money, rates, times, names of the catalogue, labels of codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from services.desk.domain.card import Card
from services.desk.web.language import N_, Language
from services.desk.web.wording.labels import TABLES
from services.desk.web.wording.places import NAMES
from shared.catalogue import Release
from shared.contracts.partners import PartnerRegistered

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one zone without summer time since 1991: no zone table of the machine is needed."""
_WAN, _YI = 10_000, 100_000_000


class Words:
    """All that a page says, in one language. `release`, `now` and `partners` are asked anew for every page."""

    def __init__(
        self,
        language: Language,
        release: Callable[[], Release | None],
        now: Callable[[], datetime],
        partners: Callable[[], Mapping[str, PartnerRegistered]] = dict,
    ) -> None:
        self.language, self._release, self._now, self._partners = language, release, now, partners

    @property
    def release(self) -> Release | None:
        return self._release()

    def label(self, code: str | None, table: str) -> str:
        """What a code is called; the code itself where nobody has named it."""
        if code is None:
            return "–"
        message = TABLES[table].get(code)
        return code if message is None else self.language.text(message)

    def name(self, identifier: str | None, section: str) -> str:
        """The name of an entity of the catalogue: institutions, products, obstacles, authorities, …"""
        if identifier is None:
            return "–"
        release = self.release
        entity = getattr(release, section).get(identifier) if release else None
        return identifier if entity is None else self.language.of(entity.zh, entity.en)

    def direction(self, name: str) -> str:
        """What a bank's decline asks for: less or more of it, or the fact that weighs most."""
        return self.language.text(_DIRECTIONS[name]) if name in _DIRECTIONS else self.name(name, "facts")

    def unit(self, identifier: str | None, house: str, section: str) -> str:
        """The name of an office inside an institution or authority."""
        release = self.release
        entity = getattr(release, section).get(house) if release else None
        units = () if entity is None else entity.units
        found = next((unit for unit in units if unit.id == identifier), None)
        return identifier or "–" if found is None else self.language.of(found.zh, found.en)

    def choice(self, value: str | None, fact: str) -> str:
        """The name of one value of a choice fact (the purpose of a loan, a kind of collateral)."""
        release = self.release
        declared = release.facts.get(fact) if release else None
        values = () if declared is None else declared.values
        found = next((each for each in values if each.id == value), None)
        return value or "–" if found is None else self.language.of(found.zh, found.en)

    def place(self, code: str | None) -> str:
        names = NAMES.get((code or "")[:6])
        return code or "–" if names is None else self.language.of(*names)

    def industry(self, code: str | None) -> str:
        """Section by name, then the code: `Lodging and catering (H62)`."""
        if not code:
            return "–"
        return f"{self.label(code[0], 'section')} ({code})" if len(code) > 1 else self.label(code, "section")

    def number(self, value: int) -> str:
        return f"{value:,}"

    def money(self, yuan: int | None) -> str:
        """Integer yuan: in Chinese by 万 and 亿, in English with separators."""
        if yuan is None:
            return "–"
        if self.language.code == "en":
            return f"¥{yuan / 1_000_000:,.1f} m" if yuan >= 10_000_000 else f"¥{yuan:,}"
        if yuan >= _YI:
            return f"{_short(yuan / _YI)} 亿元"
        return f"{_short(yuan / _WAN)} 万元" if yuan >= _WAN else f"{yuan:,} 元"

    def rate(self, basis_points: int | None) -> str:
        return "–" if basis_points is None else f"{basis_points / 100:.2f}%"

    def change(self, basis_points: int) -> str:
        """A rate with its sign: a line of the cost card."""
        return f"{basis_points / 100:+.2f}%".replace("-", "−")

    def day(self, day: date | None) -> str:
        return "–" if day is None else f"{day:%Y-%m-%d}"

    def when(self, moment: datetime | None) -> str:
        """A moment in China's time, to the minute."""
        return "–" if moment is None else f"{moment.astimezone(CHINA):%m-%d %H:%M}"

    def late(self, moment: datetime | None) -> bool:
        return moment is not None and moment < self._now()

    def left(self, moment: datetime | None) -> str:
        """How long until a moment, or since, in the largest unit that fits."""
        if moment is None:
            return ""
        minutes = int((moment - self._now()).total_seconds() // 60)
        size = abs(minutes)
        text = self.language.text
        if size >= 48 * 60:
            amount = text("%(n)d days") % {"n": size // 1440}
        elif size >= 120:
            amount = text("%(n)d hours") % {"n": size // 60}
        else:
            amount = text("%(n)d min") % {"n": size}
        return (text("%(time)s over") if minutes < 0 else text("%(time)s left")) % {"time": amount}

    def band(self, card: Card) -> str:
        """The band of amounts on a masked card."""
        if card.from_yuan is None:
            return self.language.text("not said")
        if card.to_yuan is None:
            return self.language.text("over %(amount)s") % {"amount": self.money(card.from_yuan)}
        if card.from_yuan == 0:
            return self.language.text("up to %(amount)s") % {"amount": self.money(card.to_yuan)}
        return f"{self.money(card.from_yuan)} – {self.money(card.to_yuan)}"

    def owner(self, owner: str | None) -> str:
        """Whose turn it is: `bank:beichen` by its name, or what kind of owner it is where the name is not known."""
        if owner is None:
            return "–"
        kind, _, identifier = owner.partition(":")
        section = {"bank": "institutions", "authority": "authorities"}.get(kind)
        if section and self.release and identifier in getattr(self.release, section):
            return self.name(identifier, section)
        return self.label(kind, "owner")

    def actor(self, actor: str) -> str:
        """Who did it: an institution or authority by name where it spoke itself, else its role; never a person."""
        role, _, rest = actor.partition(":")
        who = rest.partition(":")[0]
        section = {"bank": "institutions", "authority": "authorities"}.get(role)
        if section and self.release and who in getattr(self.release, section):
            return self.name(who, section)
        if role == "service":
            return self.language.text("System")
        return self.label(role, "owner") if role in TABLES["owner"] else self.partner(who) if who else role

    def house(self, identifier: str) -> str:
        """An institution or authority by its name, anybody else by their number."""
        names = (self.name(identifier, section) for section in ("institutions", "authorities"))
        return next((name for name in names if name != identifier), self.partner(identifier))

    def partner(self, identifier: str | None) -> str:
        """A partner by the name under which it is registered."""
        known = self._partners().get(identifier or "")
        return identifier or "–" if known is None else self.language.of(known.name_zh, known.name_en)

    def source(self, source: str) -> str:
        """Who said a fact: an institution or authority by its name, the household, or a partner's own word for it."""
        return self.label(source, "owner") if source in TABLES["owner"] else self.house(source)

    def why(self, reason: str) -> str:
        """A reason: a code by its name, a type of event by its name, or what a person has written."""
        return self.label(reason, "event" if reason in TABLES["event"] else "reason")

    def codes(self, table: str) -> list[str]:
        """All codes of a table of labels, in their order."""
        return list(TABLES[table])

    def percent(self, product: str) -> str:
        """A product's rate as a form takes it; empty where the catalogue does not know the product."""
        known = self.release.products.get(product) if self.release else None
        return "" if known is None else f"{known.rate_bp / 100:.2f}"

    def china_day(self, moment: datetime) -> date:
        return moment.astimezone(CHINA).date()

    def params(self, params: dict[str, Any]) -> str:
        """What a line of the timeline says beside its type: codes by their names, dates, amounts, reasons."""
        said = []
        for name, value in params.items():
            if name in ("zh", "en"):
                said += [str(value)] if name == self.language.code else []
            elif name in _SPOKEN:
                said.append(_SPOKEN[name](self, value))
        return " · ".join(said)

    def fact_value(self, value: Any, fact: str) -> str:
        """A fact's value as a person reads it, with the fact's unit."""
        release = self.release
        declared = release.facts.get(fact) if release else None
        if isinstance(value, bool):
            return self.language.text("yes") if value else self.language.text("no")
        if isinstance(value, list):
            return ", ".join(self.choice(each, fact) for each in value)
        if isinstance(value, str):
            return self.choice(value, fact)
        unit = declared.unit if declared else "none"
        if unit == "yuan":
            return self.money(value)
        return self.language.text(_UNITS[unit]) % {"n": value} if unit in _UNITS else str(value)


_DIRECTIONS = {"less": N_("less"), "more": N_("more")}
_UNITS = {"months": N_("%(n)d months"), "years": N_("%(n)d years"), "percent": N_("%(n)d percent")}


def _listed(section: str) -> Callable[[Words, Any], str]:
    return lambda words, value: ", ".join(words.name(each, section) for each in value)


_SPOKEN: dict[str, Callable[[Words, Any], str]] = {
    "code": lambda words, value: words.name(value, "decline_codes"),
    "bank": lambda words, value: words.name(value, "institutions"),
    "product": lambda words, value: words.name(value, "products"),
    "policy": lambda words, value: words.name(value, "policies"),
    "obstacle": lambda words, value: words.name(value, "obstacles"),
    "authority": lambda words, value: words.name(value, "authorities"),
    "to": lambda words, value: words.name(value, "authorities"),
    "obstacles": _listed("obstacles"),
    "facts": _listed("facts"),
    "changed": _listed("facts"),
    "outcome": lambda words, value: words.label(value, "outcome"),
    "relation": lambda words, value: words.label(value, "relation"),
    "decision": lambda words, value: words.label(value, "verdict"),
    "level": lambda words, value: words.label(value, "level"),
    "step": lambda words, value: words.label(f"policy_{value}", "policy_step"),
    "amount_yuan": lambda words, value: words.money(value),
    "rate_bp": lambda words, value: words.rate(value),
    "plan": lambda words, value: f"{words.money(value['amount_yuan'])} · {words.rate(value['rate_bp'])}",
    "promised_on": lambda words, value: str(value),
    "review_on": lambda words, value: str(value),
    "until": lambda words, value: str(value),
    "on": lambda words, value: str(value),
    "reason": lambda words, value: words.why(str(value)),
    "evidence": lambda words, value: str(value),
    "recipient": lambda words, value: words.house(str(value)),
}
"""How the parameters of a line are spoken; those that are not here are for machines."""


def _short(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
