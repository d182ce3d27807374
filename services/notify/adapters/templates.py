"""Jinja2, sandboxed: the catalogue's templates as words in each language. A missing one falls back and is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.loaders import FunctionLoader
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from services.notify.domain import formats
from services.notify.domain.names import side
from services.notify.domain.wording import Message
from services.notify.metrics import TEMPLATES_MISSING, language_label
from shared.catalogue.release import Release
from shared.telemetry import logger

LAST_RESORT = "zh-CN"
FILTERS: Mapping[str, Callable[[Any, str], str]] = {
    "day": formats.day,
    "yuan": formats.yuan,
    "rate": formats.rate,
    "listed": formats.listed,
}
FOOTER = "footer"
"""Where an audience has a template of this name, it follows every message to it."""
_SUBJECT = "/subject"
_PLAIN = (
    Message("服务月：有新进展", "有新进展，请在服务月页面查看。"),
    Message("Service month: news", "There is news; please see your page of the service month."),
)
_Part = tuple[Template, Context]
_Parts = tuple[_Part, _Part, _Part | None]
"""Subject, text, and the footer where the audience has one; each with the context that it is rendered in."""
_GAPS = re.compile(r"\n{3,}")


class Templates:
    """One release's templates. The environment of a language, and each template in it, is made when first used."""

    def __init__(self, release: Release) -> None:
        self._texts: dict[str, str] = {}
        for identifier, template in release.templates.items():
            self._texts[identifier] = template.text
            self._texts[identifier + _SUBJECT] = template.subject
        self._environments: dict[str, SandboxedEnvironment] = {}
        self._known: dict[tuple[str, str, str], _Parts | None] = {}

    def message(self, audience: str, template: str, language: str, values: Mapping[str, Any]) -> Message:
        """The message in the language, in the last resort's, or in plain words: something is always said."""
        return self._said(audience, template, language, lambda found: _render(found, values))

    def text(self, audience: str, template: str, language: str, values: Mapping[str, Any]) -> str:
        """The message without its subject, for those whose channel has none."""
        return self._said(audience, template, language, lambda found: Message("", _text(found, values))).text

    def _said(self, audience: str, template: str, language: str, say: Callable[[_Parts], Message]) -> Message:
        for each in dict.fromkeys((language, language.partition("-")[0], LAST_RESORT)):
            found = self._find(audience, template, each)
            if found is None:
                continue
            if each != language:
                TEMPLATES_MISSING.labels(language_label(language), "other_language").inc()
            try:
                return say(found)
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                TEMPLATES_MISSING.labels(language_label(language), "not_rendered").inc()
                # Not the error's text: it may repeat a value.
                name = f"{each}.{audience}.{template}"
                logger.warning("template_not_rendered", template=name, error=type(error).__name__)
                return _PLAIN[side(language)]
        TEMPLATES_MISSING.labels(language_label(language), "no_template").inc()
        return _PLAIN[side(language)]

    def _find(self, audience: str, template: str, language: str) -> _Parts | None:
        place = (language, audience, template)
        if place not in self._known:
            name = f"{language}.{audience}.{template}"
            self._known[place] = None
            if name in self._texts:
                environment = self._environment(language)
                footer = f"{language}.{audience}.{FOOTER}"
                self._known[place] = (
                    _part(environment.get_template(name + _SUBJECT)),
                    _part(environment.get_template(name)),
                    _part(environment.get_template(footer)) if footer in self._texts else None,
                )
        return self._known[place]

    def _environment(self, language: str) -> SandboxedEnvironment:
        found = self._environments.get(language)
        if found is None:
            # Messages are plain text: nothing in them is ever read as HTML, so nothing is escaped.
            found = SandboxedEnvironment(
                loader=FunctionLoader(self._load), undefined=StrictUndefined, autoescape=False, auto_reload=False
            )
            found.filters.update({name: _spoken(way, language) for name, way in FILTERS.items()})
            self._environments[language] = found
        return found

    def _load(self, name: str) -> str:
        try:
            return self._texts[name]
        except KeyError:
            raise TemplateNotFound(name) from None


def _spoken(way: Callable[[Any, str], str], language: str) -> Callable[[Any], str]:
    return lambda value: way(value, language)


def _render(found: _Parts, values: Mapping[str, Any]) -> Message:
    return Message(_filled(found[0], values).strip(), _text(found, values))


def _text(found: _Parts, values: Mapping[str, Any]) -> str:
    _, body, footer = found
    text = _filled(body, values).strip()
    if footer is not None:
        text = f"{text}\n\n{_filled(footer, values).strip()}"
    return _GAPS.sub("\n\n", text) if "\n\n\n" in text else text


def _part(template: Template) -> _Part:
    return template, template.new_context(shared=True)


def _filled(part: _Part, values: Mapping[str, Any]) -> str:
    """Render on the values alone, in a context that is used again: to make one costs as much as the rendering.

    Nothing here waits, so no two renderings share it; what a template sets goes with the rendering.
    """
    template, context = part
    context.parent = dict(values)
    context.vars.clear()
    context.exported_vars.clear()
    return "".join(template.root_render_func(context))
