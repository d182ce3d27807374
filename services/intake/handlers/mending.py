"""A demand with faults of form, without them: so that the catalogue's faults are told in the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from services.intake.handlers.faults import Fault, real_path
from shared.contracts.door import DemandSubmitted
from shared.contracts.envelope import Data

# What stands in for a required field that is missing or broken; nothing is ever told about these.
_STAND_INS: dict[str, Any] = {
    "source_id": "-",
    "county": "000000",
    "sentence": "-",
    "consent": {"version": "none", "evidence": "-"},
    "personal": {},
}


def mended(data: type[Data], body: Any, faults: Iterable[Fault]) -> tuple[DemandSubmitted | None, tuple[str, ...]]:
    """What of a demand's body can still be judged, and the pointers about which nothing more may be said.

    None where it is no demand, or too broken. `faults` are located in the event, so they begin with "data".
    """
    if data is not DemandSubmitted or not isinstance(body, dict):
        return None, ()
    rest, hidden = deepcopy(body), set()
    for fault in faults:
        path = real_path({"data": body}, fault)[1:]
        if path:
            hidden.add("/data/" + "/".join(str(part) for part in path[:2]))
            _remove(rest, path)
    for name, stand_in in _STAND_INS.items():
        if name not in rest or (name == "consent" and any(place.startswith("/data/consent") for place in hidden)):
            rest[name] = stand_in
            hidden.add(f"/data/{name}")
    try:
        found = DemandSubmitted.model_validate(rest)
    except ValidationError:
        return None, ()
    if "/data/personal/email" in hidden:
        # A contact was given, if a broken one: that there is none would be wrong.
        hidden.add("/data/personal/phone")
    return found, tuple(sorted(hidden))


def _remove(body: Any, path: tuple[str | int, ...]) -> None:
    """Take out the field, or the one fact or personal field, in which the fault lies."""
    deep = len(path) > 1 and path[0] in ("facts", "personal")
    here = body.get(path[0]) if deep else body
    if isinstance(here, dict):
        here.pop(path[1] if deep else path[0], None)


def told(pointer: str, hidden: tuple[str, ...]) -> bool:
    """Whether a problem at this pointer may be told: not where something else stood in."""
    return not any(pointer == place or pointer.startswith(f"{place}/") for place in hidden)
