"""A browser without a screen: pages of the desk, their forms as a person would fill them in, no JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass(slots=True)
class Form:
    """Where it goes, what it holds already, and by field what may be chosen."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What can be read of a page: its first heading, notices, forms."""

    heading: str = ""
    turn: str = ""
    notices: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    def form(self, action: str) -> Form | None:
        return next((each for each in self.forms if each.action == action), None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._into: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.page.forms.append(Form(said.get("action", "")))
        elif tag == "select":
            self._select = said.get("name", "")
        elif tag in ("input", "textarea", "option") and self.page.forms:
            self._field(tag, said)
        elif tag == "h1" and not self.page.heading:
            self._into = "heading"
        elif "turn" in said.get("class", "").split():
            self._into = "turn"
        elif "notice" in said.get("class", "").split():
            self.page.notices.append("")
            self._into = "notice"

    def _field(self, tag: str, said: Mapping[str, str]) -> None:
        form = self.page.forms[-1]
        if tag == "option" or said.get("type") == "checkbox":
            name = self._select if tag == "option" else said.get("name", "")
            form.choices.setdefault(name, []).append(said.get("value", ""))
        elif name := said.get("name", ""):
            form.values[name] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "p", "div"):
            self._into = None

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if self._into == "heading":
            self.page.heading = f"{self.page.heading} {text}".strip()
        elif self._into == "turn":
            self.page.turn = f"{self.page.turn} {text}".strip()
        elif self._into == "notice":
            self.page.notices[-1] = f"{self.page.notices[-1]} {text}".strip()


class Browser:
    """One person's browser at the desk."""

    def __init__(self, url: str, language: str = "zh", transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=url, cookies={"language": language}, follow_redirects=True, timeout=30, transport=transport
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def open(self, path: str) -> Page:
        return read((await self._client.get(path)).text)

    async def send(self, form: Form, **filled: Any) -> Page:
        """Fill a form in and press its button."""
        return read((await self._client.post(form.action, data={**form.values, **filled})).text)


def read(text: str) -> Page:
    """What stands on a page."""
    reader = _Reader()
    reader.feed(text)
    return reader.page
