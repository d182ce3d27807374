"""Which changes of the wire break somebody: what was valid is refused, or what was said is no longer there.

Breaking: a type or field that is gone, a field that is now required, a kind of value, a limit or a list of choices that
is narrower than it was. Not breaking: a new type, a new optional field, anything wider. A wider list of choices still
wants its readers to go first: an older reader refuses the new value. What must break gets a new type (`….v2`), and both
are published for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shared.contracts.documents import Bundle, Schema

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format")
_WHAT = {"envelopes": "envelope", "events": "type", "entities": "entity", "parts": "part"}


def breaking_changes(before: Bundle, after: Bundle) -> list[str]:
    """All that breaks, each as what it is in, where (JSON pointer) and how; empty where nothing does."""
    compare = _Comparison(before["parts"], after["parts"])
    found: list[str] = []
    for group, what in _WHAT.items():
        for name, old in before[group].items():
            new = after[group].get(name)
            if new is not None:
                found += (f"{what} {name} {where or '/'}: {how}" for where, how in compare.schemas(old, new, ""))
            elif group != "parts":
                # A part that is gone is a change of whatever refers to it, and is found there.
                found.append(f"{what} {name}: is gone")
    return found


Change = tuple[str, str]


class _Comparison:
    """Schemas before and after, each side with the parts that its references name."""

    def __init__(self, before: dict[str, Schema], after: dict[str, Schema]) -> None:
        self._before = before
        self._after = after

    def schemas(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        if old.get("$ref") and old.get("$ref") == new.get("$ref") and _part(old) in self._after:
            return  # compared once, as a part
        choices = [_resolved(choice, self._after) for choice in new.get("anyOf", [new])]
        for choice in old.get("anyOf", [old]):
            yield from self._choice(_resolved(choice, self._before), choices, where)

    def _choice(self, old: Schema, choices: list[Schema], where: str) -> Iterator[Change]:
        alike = [choice for choice in choices if choice.get("type", "any") in (old.get("type", "any"), "any")]
        if not alike:
            kinds = " or ".join(str(choice.get("type", "any")) for choice in choices)
            yield where, f"was {old.get('type', 'any')}, is now {kinds}"
            return
        changes = [list(self._single(old, choice, where)) for choice in alike]
        yield from min(changes, key=len)

    def _single(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        yield from _narrowed(old, new, where)
        yield from self._fields(old, new, where)
        yield from self._further(old, new, where)
        if "items" in new:
            yield from self.schemas(old.get("items", {}), new["items"], f"{where}/*")

    def _fields(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        fields, required = new.get("properties", {}), set(old.get("required", ()))
        for name, field in old.get("properties", {}).items():
            if name not in fields:
                yield f"{where}/{name}", "is gone"
                continue
            yield from self.schemas(field, fields[name], f"{where}/{name}")
        for name in new.get("required", ()):
            if name not in required:
                known = name in old.get("properties", {})
                yield f"{where}/{name}", "was optional, is now required" if known else "is new and required"

    def _further(self, old: Schema, new: Schema, where: str) -> Iterator[Change]:
        """Keys that no field names: free ones, or those that fit a pattern."""
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield where, "took further fields, takes none now"
        patterns = new.get("patternProperties", {})
        for pattern, value in old.get("patternProperties", {}).items():
            if pattern in patterns:
                yield from self.schemas(value, patterns[pattern], f"{where}/*")
            elif new.get("additionalProperties") is False:
                yield where, f"keys {pattern} were allowed, now {', '.join(patterns) or 'none'}"


def _part(reference: Schema) -> str:
    return str(reference["$ref"]).removeprefix("#/parts/")


def _resolved(schema: Schema, parts: dict[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = parts[_part(schema)]
    return schema


def _narrowed(old: Schema, new: Schema, where: str) -> Iterator[Change]:
    lost = _lost_choices(old, new)
    if lost:
        yield where, f"no longer takes {', '.join(lost)}"
    tighter: tuple[tuple[tuple[str, ...], Callable[[Any, Any], bool]], ...] = (
        (_LOWER, lambda before, after: before is None or after > before),
        (_UPPER, lambda before, after: before is None or after < before),
        (_EXACT, lambda before, after: after != before),
    )
    for names, is_tighter in tighter:
        for name in names:
            before, after = old.get(name), new.get(name)
            if after is not None and is_tighter(before, after):
                yield where, f"{name} was {'free' if before is None else before}, is now {after}"


def _lost_choices(old: Schema, new: Schema) -> list[str]:
    before, after = _choices(old), _choices(new)
    if after is None:
        return []
    return ["any other value"] if before is None else [repr(value) for value in before if value not in after]


def _choices(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
