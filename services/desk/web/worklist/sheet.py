"""What stands in a worklist: the officer's open items as the inbox shows them, and the lists of its drop-downs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from asyncpg import Record

from services.desk.domain.card import KNOWN_TO, masked, told
from services.desk.domain.worklist import AUTHORITY_COLUMNS, BANK_COLUMNS, revision_of
from services.desk.store import inbox as store
from services.desk.web.inbox.inboxes import desk_of, narrowed, offers_of
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.wording.labels import CONTACT, PROOF
from services.desk.web.wording.words import CHINA, Words
from services.desk.web.worklist.file import MOST_ROWS, Sheet
from shared.catalogue import Release

HEADS = {
    "result": N_("Result"),
    "code": N_("Code"),
    "amount": N_("Amount (yuan)"),
    "term": N_("Term (months)"),
    "rate": N_("Yearly rate, percent"),
    "day": N_("Day"),
    "text": N_("Text: reason, evidence or number"),
}
_BANK = (
    N_("Amount"),
    N_("Term (months)"),
    N_("Purpose"),
    N_("Industry"),
    N_("County"),
    N_("Product"),
    N_("Unit"),
    N_("State"),
    N_("Due"),
)
_AUTHORITY = (
    N_("Obstacle"),
    N_("Blocked loan"),
    N_("Industry"),
    N_("County"),
    N_("Unit"),
    N_("Promised"),
    N_("State"),
    N_("Due"),
)
HELP = N_("Fill the yellow cells: a result in each row to send, and what it needs. Then hand the file in at the desk.")


async def items(visit: Visit) -> list[Record]:
    """The officer's open items by the filters of the inbox, at most as many as a worklist holds."""
    wanted = replace(narrowed(visit, desk_of(visit)[1]), done=False, page=0)
    now = visit.office.clock.now()
    async with visit.office.connection() as connection:
        rows = await store.listed(connection, visit.signed_in, wanted, MOST_ROWS)
    # Where nothing can be said any more there is nothing to fill.
    return [row for row in rows if offers_of(row, now)]


def sheet_of(visit: Visit, rows: Sequence[Record]) -> Sheet:
    """The worklist of these items, in the reader's language."""
    words, text, bank = visit.words, visit.words.language.text, visit.signed_in.house == "bank"
    release = visit.office.catalogue()
    offered = [offers_of(row, visit.office.clock.now()) for row in rows]
    named = {offers: f"results_{number}" for number, offers in enumerate(dict.fromkeys(offered))}
    lists = {name: [f"{words.label(act, 'act')} [{act}]" for act in offers] for offers, name in named.items()}
    lists["codes"] = _codes(release, words, bank)
    about, sequence = ("referral", "matching_sequence") if bank else ("case", "escalation_sequence")
    found = [
        (
            str(row[about]),
            revision_of(row[sequence], row["state"], row["due_at"]),
            (_bank(row, words) if bank else _authority(row, words)),
            named[offers],
        )
        for row, offers in zip(rows, offered, strict=True)
    ]
    columns = BANK_COLUMNS if bank else AUTHORITY_COLUMNS
    return Sheet(
        "worklist",
        [text(head) for head in (_BANK if bank else _AUTHORITY)],
        [(key, text(HEADS[key])) for key in columns],
        found,
        lists,
        {"code": "codes"},
        text(HELP),
    )


def _codes(release: Release | None, words: Words, bank: bool) -> list[str]:
    """What the code of a row may be: how a contact ended and why it is declined, or the kind of evidence."""
    if not bank:
        return [f"{words.label(code, 'proof')} [{code}]" for code in PROOF]
    found = [f"{words.label(code, 'contact')} [{code}]" for code in CONTACT]
    for code in release.decline_codes.values() if release else ():
        name = words.language.of(code.zh, code.en)
        if code.directions:
            found += [f"{name} {words.direction(way)} [{code.id}/{way}]" for way in code.directions]
        else:
            found.append(f"{name}  [{code.id}]")
    return found


def _card(row: Record) -> Any:
    return masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])


def _due(row: Record) -> Any:
    return row["due_at"].astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if row["due_at"] else None


def _bank(row: Record, words: Words) -> list[Any]:
    """As on the card: the whole demand is a bank's only once it has accepted."""
    known, card = row["state"] in KNOWN_TO, _card(row)
    card = card if known else told(card, row["body"])
    return [
        row["amount_yuan"] if known else words.band(card),
        row["term_months"],
        words.choice(card.purpose, "purpose"),
        words.industry(card.industry),
        words.place(card.county),
        words.name(row["product"], "products"),
        words.unit(row["unit"], row["bank"], "institutions"),
        words.label(row["state"], "referral"),
        _due(row),
    ]


def _authority(row: Record, words: Words) -> list[Any]:
    card = _card(row)
    return [
        words.name(row["obstacle"], "obstacles"),
        words.band(card),
        words.industry(card.industry),
        words.place(row["county"]),
        words.unit(row["unit"], row["authority"], "authorities") if row["unit"] else None,
        words.day(row["promised_on"]) if row["promised_on"] else None,
        words.label(row["state"], "case"),
        _due(row),
    ]
