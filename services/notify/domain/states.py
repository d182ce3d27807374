"""What notify remembers of a household and of a demand, beside the sealed data that only its table holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Consented:
    """A consent as it was said: its version, its boxes, the banks added by one tap, its end; and when it was said."""

    version: str
    boxes: tuple[str, ...]
    added_banks: tuple[str, ...]
    expires_on: date


@dataclass(frozen=True, slots=True)
class Household:
    """What holds over all demands: the consent of now, whether the household was erased, and how many messages it was
    sent on the last day on which it was sent any."""

    consent: Consented | None = None
    said_at: datetime | None = None
    erased: bool = False
    disturbed_on: date | None = None
    disturbed: int = 0

    @property
    def label(self) -> str:
        if self.erased:
            return "erased"
        return "consented" if self.consent else "without_consent"

    @property
    def owner(self) -> str | None:
        return None

    def heard(self, consent: Consented | None, at: datetime) -> Household:
        """Take over what was said at a moment, unless something later was heard before: two topics carry consent."""
        if self.erased or (self.said_at is not None and at < self.said_at):
            return self
        return replace(self, consent=consent, said_at=at)

    def gone(self, at: datetime) -> Household:
        """Erased: nothing that is said later brings it back."""
        return Household(None, at, erased=True)

    def disturbed_again(self, today: date, times: int) -> Household:
        """So many more messages have gone out today."""
        return replace(self, disturbed_on=today, disturbed=self.messages_on(today) + times)

    def messages_on(self, today: date) -> int:
        """How many messages the person behind all these demands was sent today."""
        return self.disturbed if self.disturbed_on == today else 0

    def allows(self, box: str, today: date) -> bool:
        """Whether a box of the consent is ticked and the consent still holds."""
        consent = self.consent
        return consent is not None and box in consent.boxes and today <= consent.expires_on


@dataclass(frozen=True, slots=True)
class County:
    """When departments last heard of a county what they hear once a week: ISO year and week."""

    told_in: tuple[int, int]

    @property
    def label(self) -> str:
        return "known"

    @property
    def owner(self) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Submitted:
    """Who handed a demand in under which number, and the id that follows from the two: an alias after a merge."""

    partner: str
    source_id: str
    demand: UUID


@dataclass(frozen=True, slots=True)
class Clearing:
    """An obstacle that an authority has cleared: by which case, and whose it was."""

    case: UUID
    authority: str
    unit: str | None
    obstacle: str


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand as far as messages need it.

    `fields` names what was sealed with it, `cases` are those that an authority knows of; `cleared` is what was cleared
    since its last round of referrals, `freed` what led to that round.
    """

    submitters: tuple[Submitted, ...]
    language: str = "zh-CN"
    fields: tuple[str, ...] = ()
    amount_yuan: int | None = None
    term_months: int | None = None
    purpose: str = "unstated"
    industry: str | None = None
    county: str = ""
    cases: tuple[UUID, ...] = ()
    cleared: tuple[Clearing, ...] = ()
    freed: tuple[Clearing, ...] = ()

    @property
    def label(self) -> str:
        return "known"

    @property
    def owner(self) -> str | None:
        return None

    def joined_by(self, other: Submitted) -> Demand:
        """Another submitter's copy was merged into it: both hear of it from now on."""
        if other in self.submitters:
            return self
        return replace(self, submitters=(*self.submitters, other))

    def known_to_authority(self, case: UUID) -> Demand:
        return self if case in self.cases else replace(self, cases=(*self.cases, case))

    def cleared_by(self, clearing: Clearing) -> Demand:
        """An authority cleared an obstacle of a case that it knew of: it hears what that set free."""
        return replace(self, cleared=(*self.cleared, clearing)) if clearing.case in self.cases else self

    def referred(self) -> Demand:
        """A round has opened: what was cleared before it has led to it."""
        return replace(self, freed=self.cleared, cleared=()) if self.cleared or self.freed else self
