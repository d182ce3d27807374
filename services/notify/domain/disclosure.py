"""Whose identity may be seen by whom: field by field, within the consent, and never after it was taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.notify.domain.states import Demand, Household

BOXES = {"bank": "banks", "authority": "authorities", "department": "messages"}
"""Which box of the consent covers which audience; the campaign office looks up a number to make a call."""
IDENTITY = {
    "contact_name": ("联系人", "name of the contact"),
    "shop_name": ("店名", "name of the shop"),
    "phone": ("电话", "telephone number"),
    "email": ("电子邮箱", "e-mail address"),
    "id_number": ("身份证号", "identity number"),
    "credit_code": ("统一社会信用代码", "credit code"),
    "registration_number": ("注册号", "registration number"),
    "preregistration_number": ("预登记号", "pre-registration number"),
    "wechat": ("微信", "WeChat"),
    "address": ("经营地址", "address"),
    "files": ("证明材料", "papers"),
}
"""What the fields of an identity are called, in Chinese and in English."""
PAPERS, PAPER = "files", "file:"
"""Among the fields: all papers of a demand, and those of the kind that follows."""
OFFICE = "campaign_office"
CALLED = ("contact_name", "phone")
"""Who telephones a household, and what has to be seen for it."""
DECLARED = "declared"
"""In the table: the fields that the case's obstacle names."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The leave to open these fields: who, for which holder, why, until when."""

    id: UUID
    household: UUID
    demand: UUID
    audience: str
    recipient: str
    holder: str
    about: UUID
    fields: tuple[str, ...]
    reason: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The leave that a holder had because of a referral or case ends."""

    about: UUID
    holder: str


def wanted(discloses: tuple[str, ...], declared: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that a telling names, with those of the obstacle in place of the word that stands for them."""
    return tuple(dict.fromkeys(name for each in discloses for name in (declared if each == DECLARED else (each,))))


def may_see(
    fields: tuple[str, ...],
    audience: str,
    holder: str,
    household: Household,
    demand: Demand | None,
    recipients: Mapping[str, Set[str]],
    today: date,
) -> tuple[str, ...]:
    """Those of `fields` that are there and that the consent lets this holder see. Papers may still come.

    `recipients`: the banks that each version of the consent names.
    """
    box, consent = BOXES.get(audience), household.consent
    if demand is None or box is None or consent is None or household.erased or not household.allows(box, today):
        return ()
    if audience == "bank" and holder not in consent.added_banks and holder not in recipients.get(consent.version, ()):
        return ()
    return tuple(name for name in fields if name in demand.fields or is_paper(name))


def is_paper(name: str) -> bool:
    """Whether a field stands for papers."""
    return name == PAPERS or name.startswith(PAPER)


def shows(fields: Collection[str], kind: str) -> bool:
    """Whether a leave of these fields shows papers of a kind."""
    return PAPERS in fields or f"{PAPER}{kind}" in fields


def called(name: str) -> tuple[str, str]:
    """What a field is called, in Chinese and in English."""
    kind = name.removeprefix(PAPER)
    return IDENTITY.get(name, (f"证明材料（{kind}）", f"papers ({kind})"))


REFUSALS = {
    "unknown": ("链接无效", "This link is not valid"),
    "expired": ("链接已过期，请在工作台重新打开", "This link has expired; open it again from your desk"),
    "used": ("链接已经用过，只能打开一次", "This link has been used; it opens once"),
    "ended": ("这笔推荐或事项已收回，不能再查看", "The referral or case was taken back; nothing may be seen any more"),
    "consent": ("住户已撤回授权或授权已到期", "The household's consent was taken back or has expired"),
    "erased": ("住户已要求删除资料，无法再打开", "The household has asked to be erased; nobody can open this any more"),
    "nothing": ("没有可以显示的内容", "There is nothing to show"),
    "away": ("暂时无法打开，请稍后再试", "It can not be opened at the moment; please try again"),
}
"""Why a look is not granted, in words for whoever wanted to look."""


def refusal(leave: Disclosure, household: Household, today: date, *, ended: bool, used: bool, late: bool) -> str | None:
    """Why a leave does not hold at this moment, or none."""
    if household.erased:
        return "erased"
    if ended:
        return "ended"
    if not household.allows(BOXES.get(leave.audience, ""), today):
        return "consent"
    if used:
        return "used"
    return "expired" if late else None
