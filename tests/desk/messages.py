"""Every message that the pages can show, found in their code and templates."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir
from jinja2.ext import babel_extract

import services.desk.web

FOLDER = Path(services.desk.web.__file__).parent
KEYWORDS = {"_": None, "N_": None, "text": None, "gettext": None}


def used() -> set[str]:
    """The English texts of all messages."""
    found = extract_from_dir(
        FOLDER,
        method_map=[("**.py", "python"), ("templates/**.html", babel_extract)],  # type: ignore[list-item]
        options_map={"templates/**.html": {"trimmed": "true"}},
        keywords=KEYWORDS,
    )
    return {message for _, _, message, _, _ in found if isinstance(message, str) and message}
