"""What is wrong with a catalogue: where, what, what is allowed, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `kind`, `id` and `path` say which entity and field; `file` and `line` where a person finds it."""

    kind: str
    id: str
    path: Path
    what: str
    allowed: str = ""
    nearest: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        name = f"{self.kind} {self.id}".strip()
        field = "/".join(str(part) for part in self.path)
        text = f"{place}{name}{' ' + field if field else ''}: {self.what}"
        text += f"; allowed: {self.allowed}" if self.allowed else ""
        return text + (f"; did you mean {self.nearest!r}?" if self.nearest else "")


def nearest(name: object, known: Iterable[str]) -> str:
    """The known name that looks most like `name`, or an empty text."""
    lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(str(name).lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else ""


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message: all of them where they are few, else the first and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {more} more" if more > 0 else "")
