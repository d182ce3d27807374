"""Events of `freshwater.capacity.v1` (compacted): what a bank's unit says it can take. Written by intake."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Yuan


class LimitDeclared(Data):
    """The open limit of a unit, and a money quota if it has one. An older `version` is ignored."""

    TYPE: ClassVar[str] = "org.freshwater.capacity.limit-declared.v1"
    bank: Code
    unit: Code
    version: int
    open_limit: Annotated[int, Field(ge=0, le=100_000)]
    quota_yuan: Yuan | None = None


EVENTS = (LimitDeclared,)
