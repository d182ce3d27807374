"""Templates in two languages: everything that is put into a page is escaped, and a name that is missing is an error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.desk.domain.access import Officer
from services.desk.web.language import CODES, Language, language
from services.desk.web.navigation import campaign_tabs, is_current, menu
from services.desk.web.office import Office
from services.desk.web.signing_in.sessions import Session
from services.desk.web.table_html import table_html
from services.desk.web.wording.words import Words

_TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (
    "label",
    "name",
    "unit",
    "choice",
    "direction",
    "place",
    "industry",
    "number",
    "money",
    "rate",
    "change",
    "day",
    "when",
    "left",
    "band",
    "owner",
    "actor",
    "china_day",
)


def environments(office: Office) -> dict[str, Environment]:
    """One environment per language, with the words of that language as filters."""
    return {code: _environment(office, language(code)) for code in CODES}


def _environment(office: Office, spoken: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]
    words = Words(spoken, office.catalogue, office.clock.now, office.partners)
    environment.filters |= {name: getattr(words, name) for name in _FILTERS}
    environment.filters["as_table"] = partial(table_html, words=words)
    environment.tests["late"] = words.late
    environment.globals |= {"words": words, "spoken": spoken}
    environment.globals |= {"pages_of": menu, "is_current": is_current, "campaign_tabs": campaign_tabs}
    return environment


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one person, as an endpoint sees it; `form` is that of a POST, its token checked."""

    office: Office
    request: Request
    environment: Environment
    session: Session
    token: str
    officer: Officer | None
    form: FormData

    @property
    def words(self) -> Words:
        words: Words = self.environment.globals["words"]  # type: ignore[assignment]
        return words

    @property
    def signed_in(self) -> Officer:
        """The officer, on an address that nobody else reaches."""
        assert self.officer is not None, "the guard lets nobody in here"
        return self.officer

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A whole page."""
        release = self.office.catalogue()
        text = self.environment.get_template(template).render(
            visit=self, officer=self.officer, path=self.request.url.path, release=release, **context
        )
        return HTMLResponse(text, status)

    def problem(self, status: int, title: str, text: str) -> HTMLResponse:
        """A page that says what is wrong and what to do."""
        spoken = self.words.language
        return self.page("problem.html", status, title=spoken.text(title), text=spoken.text(text))
