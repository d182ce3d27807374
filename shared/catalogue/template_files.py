"""Messages as text files, `templates/<language>/<audience>/<name>.txt`: the subject, an empty line, the text."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from shared.catalogue.yaml_text import Document

FOLDER = "templates"
_TEXT_STARTS_AT = 3


def read_template(text: str, name: str) -> tuple[dict[str, Any], Document]:
    """One file as the plain data of a template, and the line of each of its lines.

    What is wrong stands in the document's faults, as with YAML; then the data are empty.
    """
    document = Document()
    parts = PurePosixPath(name).with_suffix("").parts[1:]
    subject, _, rest = text.partition("\n")
    empty, _, body = rest.partition("\n")
    if len(parts) != 3:
        document.faults.append(((), 1, f"does not stand in {FOLDER}/<language>/<audience>/"))
    if not subject.strip() or empty.strip() or not body.strip():
        document.faults.append(((), 1, "needs a subject in its first line, then an empty line, then the text"))
    if document.faults:
        return {}, document
    document.lines = {("text", number): number + _TEXT_STARTS_AT - 1 for number in range(1, body.count("\n") + 2)}
    document.data = {"id": ".".join(parts), "subject": subject.strip(), "text": body.strip("\n")}
    return document.data, document
