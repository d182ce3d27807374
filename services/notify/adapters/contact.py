"""The contact of a household, opened for one message and forgotten with it; or why there will be none."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol, TypeVar
from uuid import UUID

from services.notify.domain.delivery import Ended
from shared.database import LOST
from shared.vault import Erased, SealBroken

T = TypeVar("T")


class Opens(Protocol):
    """Opens what was sealed about a household. Raises Erased or SealBroken."""

    async def open(self, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]: ...


class Unsendable(Exception):
    """This message will not go now, or never; `ended` says which."""

    def __init__(self, reason: str, *, later: bool = False) -> None:
        super().__init__(reason)
        self.ended = Ended("failed" if later else "refused", reason, whole_lane=later)


async def opened(making: Awaitable[T]) -> T:
    """What is made with an open contact. Raises Unsendable for all that keeps a contact closed."""
    try:
        return await making
    except Erased:
        raise Unsendable("erased") from None
    except SealBroken:
        raise Unsendable("seal_broken") from None
    except LOST:
        raise Unsendable("vault_away", later=True) from None


def wanted(
    field: str, silent: bool, kept: Mapping[str, str] | None, own: Mapping[str, str] | None
) -> Mapping[str, str]:
    """Only what a message needs: a code with its own contact, or the address that came with the demand."""
    if own is not None:
        return own
    if silent:
        raise Unsendable("messages_not_allowed")
    if not kept or field not in kept:
        raise Unsendable("no_contact")
    return {field: kept[field]}
