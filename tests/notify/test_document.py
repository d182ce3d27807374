"""`docs/feedback.md` says what the catalogue says now, and shows every message in both languages."""

from __future__ import annotations

from freshwater.catalogue.feedback_document import FEEDBACK_DOCUMENT, short_messages
from services.notify.adapters.templates import Templates
from services.notify.handlers.document import LANGUAGES, document
from services.notify.handlers.sampling import samples
from tests.notify.grounds import shipped


def test_the_document_is_what_the_catalogue_says() -> None:
    written = document(shipped(), Templates(shipped()))
    assert FEEDBACK_DOCUMENT.read_text(encoding="utf-8") == written, "run: ./run catalogue feedback"


def test_every_message_of_the_table_is_shown_in_every_language() -> None:
    found = {
        (each.audience, each.template, each.language) for each in samples(shipped(), Templates(shipped()), LANGUAGES)
    }
    told = {(each.audience, each.template) for row in shipped().feedback.values() for each in row.told}
    assert found == {(*place, language) for place in told for language in LANGUAGES}


def test_every_approved_message_is_in_the_list_to_hand_in() -> None:
    for channel in ("sms", "wechat"):
        rows = list(short_messages(shipped(), channel))
        assert len(rows) == len(shipped().short_messages)
        assert all(row["parts"] >= 1 and row["approved_as"] for row in rows)
