"""Apply (申请): one screen of at most five fields; then a code to the telephone; the rest is asked when it decides."""

from __future__ import annotations

import re
import secrets
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.desk.domain.channels import WEB, channel_of
from services.desk.store import household as store
from services.desk.web.guard import Endpoint
from services.desk.web.household.confirm import RECEIPT, confirm_page, told
from services.desk.web.household.device import demand_of, let_in
from services.desk.web.household.way import Way
from services.desk.web.household.wording import AWAY
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.shelf.codes import code_to
from shared.catalogue import Release
from shared.clock import wall

WAN = 10_000
MOST_WAN = Decimal(100_000)
_CODE = re.compile(r"[^A-Za-z0-9_.-]+")
_FIELDS = ("phone", "county", "amount", "purpose", "sentence", "named_bank", "assisted_by", "channel", "language")
AGREE = N_("Please read the consent and tick it: without it no bank may see your application.")
AMOUNT = N_("Write how much you need in units of ten thousand yuan (万元), for example 5 or 0.8.")


def new_receipt() -> str:
    drawn = secrets.token_hex(6).upper()
    return f"K-{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"


def yuan_of(text: str) -> int | None:
    """万元 as people write them: 5, 0.8, 5万; None where it is no amount."""
    try:
        wan = Decimal(text.strip().rstrip("元").rstrip("万").strip()[:12])
    except InvalidOperation:
        return None
    if not wan.is_finite() or not 0 < wan <= MOST_WAN or wan * WAN != int(wan * WAN):
        return None
    return int(wan * WAN)


def consent_of(release: Release) -> tuple[str, Any]:
    """The newest text."""
    version = max(release.consents, key=lambda each: (len(each), each))
    return version, release.consents[version]


def form(assisted: bool) -> Endpoint:
    async def shown(visit: Visit) -> Response:
        asked = visit.request.query_params
        said = {"channel": channel_of(asked), "named_bank": asked.get("bank", "")}
        return _page(visit, assisted, new_receipt(), said, [])

    return shown


def _page(
    visit: Visit, assisted: bool, receipt: str, said: dict[str, str], problems: list[str], status: int = 200
) -> Response:
    release = visit.office.catalogue()
    if release is None:
        return visit.problem(503, N_("Just a moment"), AWAY)
    version, text = consent_of(release)
    counties = sorted({each.region[:6] for each in release.authorities.values() if each.level == "county"})
    return visit.page(
        "household/apply.html", status, assisted=assisted, receipt=receipt, said=dict.fromkeys(_FIELDS, "") | said,
        problems=problems, counties=counties, purposes=release.facts["purpose"].values, consent=text, version=version,
        banks=[each for each in release.institutions.values() if each.id in text.banks],
        excluded=frozenset(visit.form.getlist("excluded")),
    )  # fmt: skip


async def code(visit: Visit) -> Response:
    """The QR code (二维码) of this form for one campaign, activity, channel or bank: print it on the poster."""
    asked = visit.request.query_params
    kept = {
        name: _CODE.sub("", asked[name])[:20] for name in ("campaign", "activity", "channel", "bank") if name in asked
    }
    return code_to(visit, "/apply", urlencode(kept))


def handed_in(way: Way, assisted: bool) -> Endpoint:
    async def taken(visit: Visit) -> Response:
        said = {name: str(visit.form.get(name, ""))[:2000].strip() for name in _FIELDS}
        receipt, release = str(visit.form.get("receipt", "")), visit.office.catalogue()
        if not RECEIPT.match(receipt) or release is None:
            return _page(visit, assisted, new_receipt(), said, [visit.words.language.text(AWAY)], 400)
        text, problems = visit.words.language.text, []
        if (amount := yuan_of(said["amount"])) is None:
            problems.append(text(AMOUNT))
        if visit.form.get("agree") != "yes":
            problems.append(text(AGREE))
        if problems:
            return _page(visit, assisted, receipt, said, problems, 422)
        body = _body(visit, receipt, said, amount or 0, release, assisted)
        demand = demand_of(visit.office.settings, receipt)
        reply = await way.submit(body, None if assisted else demand)
        if not reply.taken:
            return _page(visit, assisted, receipt, said, told(visit, reply.problems, text(AWAY)), reply.status)
        async with visit.office.connection() as connection:
            await store.applied(connection, demand, receipt, wall())
        asked = confirm_page(visit, receipt, [], assisted=assisted)
        return asked if assisted else await let_in(visit, asked, [demand])

    return taken


def _body(
    visit: Visit, receipt: str, said: dict[str, str], amount: int, release: Release, assisted: bool
) -> dict[str, Any]:
    """Without words of its own its choices are the sentence."""
    version, text = consent_of(release)
    purpose = said["purpose"] if said["purpose"] in {each.id for each in release.facts["purpose"].values} else ""
    sentence = said["sentence"] or f"{said['amount']} 万元 {visit.words.choice(purpose or None, 'purpose')}"
    excluded = [each for each in visit.form.getlist("excluded") if each in release.institutions]
    body: dict[str, Any] = {
        "source_id": receipt, "county": said["county"], "sentence": sentence, "amount_yuan": amount,
        "consent": {"version": version, "boxes": list(text.boxes), "evidence": f"form {receipt}",
                    "evidence_kind": "form" if assisted else "tap"},
        "personal": {"phone": said["phone"]}, "channel": _CODE.sub("", said["channel"])[:64] or WEB,
        "language": "en" if visit.words.language.code == "en" else "zh-CN",
    }  # fmt: skip
    optional: dict[str, Any] = {"purpose": purpose, "named_bank": said["named_bank"], "excluded_banks": excluded}
    if assisted:
        optional["assisted_by"] = _CODE.sub("", said["assisted_by"])[:64] or "hall"
    return body | {name: value for name, value in optional.items() if value}
