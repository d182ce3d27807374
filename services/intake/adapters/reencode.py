"""A photo or a paper made anew from what can be seen of it (重新编码): no position, no author, no script goes with it.

Run as a program of its own (`python -m services.intake.adapters.reencode image/jpeg`, from standard input to standard
output), because what it reads is anybody's: it may take so much memory and time, and no more.
"""

from __future__ import annotations

import resource
import sys
import warnings
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

MOST_PIXELS, MOST_PAGES = 40_000_000, 60
MEMORY_BYTES, CPU_SECONDS = 1 << 30, 20
REFUSED = 3
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
_OF_DOCUMENT = ("/OpenAction", "/AA", "/Names", "/AcroForm", "/Metadata", "/PieceInfo", "/Outlines", "/URI", "/Lang")
_OF_PAGE = ("/AA", "/Annots", "/Metadata", "/PieceInfo", "/Thumb")


class Refused(Exception):
    """It can not be read, or holds what is not allowed."""


def reencoded(content: bytes, media_type: str) -> bytes:
    """The same to look at. Raises Refused."""
    try:
        return pdf(content) if media_type == "application/pdf" else image(content, FORMATS[media_type])
    except Refused:
        raise
    except Exception as error:
        # Whatever a library says of a broken file: it is not taken.
        raise Refused(type(error).__name__) from error


def image(content: bytes, form: str) -> bytes:
    """Only its pixels, turned as the camera meant them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(BytesIO(content), formats=[form]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("too many pixels")
            upright = ImageOps.exif_transpose(opened)
            plain = upright.convert("RGBA" if form == "PNG" and "A" in upright.getbands() else "RGB")
    made = Image.new(plain.mode, plain.size)
    made.paste(plain)
    out = BytesIO()
    made.save(out, form, **({"quality": 88} if form == "JPEG" else {"optimize": False}))
    return out.getvalue()


def pdf(content: bytes) -> bytes:
    """Its pages without what acts, points elsewhere or tells of its maker; photos in it as above."""
    reader = PdfReader(BytesIO(content), strict=False)
    if reader.is_encrypted or not 1 <= len(reader.pages) <= MOST_PAGES:
        raise Refused("encrypted, or too many pages")
    writer = PdfWriter()
    for page in reader.pages:
        added = writer.add_page(page)
        _without(added, _OF_PAGE)
        for each in added.images:
            if each.image is not None:
                each.replace(each.image.convert("RGB"))
    _without(writer.root_object, _OF_DOCUMENT)
    writer.metadata = None
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _without(part: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if NameObject(name) in part:
            del part[NameObject(name)]


def main() -> int:
    """Exit code 3 where it is refused; nothing of the file is ever printed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        made = reencoded(sys.stdin.buffer.read(), sys.argv[1])
    except (Refused, MemoryError):
        return REFUSED
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
