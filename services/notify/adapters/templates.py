"""Jinja2, sandboxed: the catalogue's templates as words in each language. A missing one falls back and is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.loaders import FunctionLoader
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from services.notify.domain import formats
from services.notify.domain.names import side
from services.notify.domain.wording import Message, Short
from services.notify.metrics import TEMPLATES_MISSING, language_label
from shared.catalogue.release import Release
from shared.contracts.messages import ShortMessage
from shared.telemetry import logger

LAST_RESORT = "zh-CN"
FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError)
"""What a template may stumble over in the values that it is given."""
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
        self._short = release.short_messages
        self._places: dict[tuple[str, str], _Part] = {}
        self._environments: dict[str, SandboxedEnvironment] = {}
        self._known: dict[tuple[str, str, str], _Parts | None] = {}

    def message(self, audience: str, template: str, language: str, values: Mapping[str, Any]) -> Message:
        """The message in the language, in the last resort's, or in plain words: something is always said."""
        return self._said(audience, template, language, lambda found: _render(found, values))

    def collected(self, language: str, collected: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, str]]:
        """What a morning's message to a household is made of: subject and text of each, without what follows all."""
        found = [
            self._said("household", template, language, partial(_render, values=values, footed=False))
            for template, values in collected
        ]
        return [each._asdict() for each in found]

    def short(self, channel: str, template: str, language: str, values: Mapping[str, Any]) -> Short | None:
        """The approved id of a short message and what fills its places; None where there is none that can be said."""
        for each in dict.fromkeys((language, LAST_RESORT)):
            message = self._short.get(f"{each}.{template}")
            approved = (
                next((name for way, name in message.approved.items() if way == channel), None) if message else None
            )
            if message is None or approved is None:
                continue
            if each != language:
                TEMPLATES_MISSING.labels(language_label(language), "other_language").inc()
            try:
                return Short(approved, self._parameters(each, message, values))
            except FAULTS as error:
                return self._not_rendered(language, message.id, error)
        TEMPLATES_MISSING.labels(language_label(language), "no_template").inc()
        return None

    def _parameters(self, language: str, message: ShortMessage, values: Mapping[str, Any]) -> dict[str, str]:
        found = {}
        for name, parameter in message.parameters.items():
            place = (message.id, name)
            if place not in self._places:
                self._places[place] = _part(self._environment(language).from_string("{{ " + parameter.says + " }}"))
            text = _filled(self._places[place], values)
            found[name] = text if len(text) <= parameter.longest else text[: parameter.longest - 1] + "…"
        return found

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
            except FAULTS as error:
                self._not_rendered(language, f"{each}.{audience}.{template}", error)
                return _PLAIN[side(language)]
        TEMPLATES_MISSING.labels(language_label(language), "no_template").inc()
        return _PLAIN[side(language)]

    @staticmethod
    def _not_rendered(language: str, name: str, error: Exception) -> None:
        """Count it; not the error's text, which may repeat a value."""
        TEMPLATES_MISSING.labels(language_label(language), "not_rendered").inc()
        logger.warning("template_not_rendered", template=name, error=type(error).__name__)

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


def _render(found: _Parts, values: Mapping[str, Any], footed: bool = True) -> Message:
    return Message(_filled(found[0], values).strip(), _text(found, values, footed))


def _text(found: _Parts, values: Mapping[str, Any], footed: bool = True) -> str:
    _, body, footer = found
    text = _filled(body, values).strip()
    if footer is not None and footed:
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
