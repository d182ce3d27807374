"""Two languages: English is written in the code and the templates, Chinese in `translations/*.po`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.requests import Request

Code = Literal["zh", "en"]
CODES: tuple[Code, ...] = ("zh", "en")
COOKIE = "language"
_FOLDER = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages; `tag` is what HTML calls it."""

    code: Code
    tag: str
    translations: NullTranslations

    def text(self, message: str) -> str:
        """A message of the code in this language."""
        return self.translations.ugettext(message)

    def of(self, zh: str, en: str) -> str:
        """Which of two texts that are there in both."""
        return zh if self.code == "zh" else en


def whole() -> Catalog:
    """All Chinese messages: the household's pages have a file of their own, in other words than the offices'."""
    catalogue = Catalog(locale="zh_CN")
    for file in sorted(_FOLDER.glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="zh_CN", abort_invalid=True):
                if message.id:
                    catalogue[message.id] = message
    return catalogue


@cache
def language(code: Code) -> Language:
    """The language of that code. The catalogue is compiled when it is first asked for: no compiled file is kept."""
    if code == "en":
        return Language("en", "en", NullTranslations())
    compiled = BytesIO()
    write_mo(compiled, whole())
    compiled.seek(0)
    return Language("zh", "zh-CN", Translations(compiled))


def wanted(request: Request) -> Language:
    """By the switch, else by what the browser asks for, else Chinese."""
    chosen = request.cookies.get(COOKIE)
    if chosen in CODES:
        return language("en" if chosen == "en" else "zh")
    first = request.headers.get("accept-language", "zh").lower()
    return language("en" if first.startswith("en") else "zh")


def N_(message: str) -> str:
    """Marks a message of a table, which is translated where it is shown."""
    return message
