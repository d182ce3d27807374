"""Rules for short messages (短信、微信): every place is filled, nothing is too long, and what is listed can be sent."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from shared.catalogue.problems import Problem, listed
from shared.catalogue.rules_feedback import COMMON, LAST_RESORT, TELLABLE, fields_of, words_of
from shared.catalogue.whole import Whole
from shared.contracts.messages import Feedback, ShortMessage, Telling

ALONE, JOINED = 70, 67
"""Characters of a text message that goes alone, and of each part where several are joined (GSM 03.40, UCS-2)."""
FREE = ("不收", "免费", "free of charge")
SHORT = ("sms", "wechat")
"""Channels that take approved words alone."""
CODE = "contact-code"
"""The one message whose words are the contact's own: a code may stand in it."""
DIGEST = "digest"
"""The morning's message is made of others: it is about no event of its own."""


def parts_of(characters: int) -> int:
    """How many parts a text message of so many characters is sent and charged as."""
    return 1 if characters <= ALONE else -(-characters // JOINED)


def longest_of(message: ShortMessage) -> int:
    """Characters of the message where every parameter is as long as it may be."""
    pieces = Formatter().parse(message.text)
    return sum(len(text) + (message.parameters[name].longest if name else 0) for text, name, _, _ in pieces)


def broken_short_messages(whole: Whole) -> Iterator[Problem]:
    """A message fits what was approved, and what a telling lists has a message in the language of last resort."""
    messages = [entity for entity in whole.entities.values() if isinstance(entity, ShortMessage)]
    rows = [entity for entity in whole.entities.values() if isinstance(entity, Feedback) and entity.id in TELLABLE]
    told = [(row.id, place, telling) for row in rows for place, telling in enumerate(row.told)]
    approved = {channel: {each.id for each in messages if channel in each.approved} for channel in SHORT}
    for message in messages:
        yield from _broken_message(message, whole)
        yield from _broken_parameters(message, _known(message, told))
    for row, place, telling in told:
        for at, channel in enumerate(telling.channels):
            if channel in SHORT and telling.audience == "household":
                if f"{LAST_RESORT}.{telling.template}" not in approved[channel]:
                    what = f"there is no short message {LAST_RESORT}.{telling.template} approved for {channel}"
                    yield Problem("feedback", row, ("told", place, "channels", at), what, listed(approved[channel]))
            elif channel in SHORT:
                what = f"{channel} reaches households alone: a {telling.audience} has no such contact"
                yield Problem(
                    "feedback", row, ("told", place, "channels", at), what, "door, webhook, email, feed, desk"
                )


def _known(message: ShortMessage, told: list[tuple[str, int, Telling]]) -> frozenset[str]:
    """What the message may name: what every event that uses it can say."""
    _, _, template = message.id.partition(".")
    if template == DIGEST:
        return frozenset({"items"})
    users = [
        fields_of(TELLABLE[row])
        for row, _, telling in told
        if telling.audience == "household" and telling.template == template
    ]
    own = frozenset.intersection(*users) if users else frozenset[str]()
    # Personal data would travel in clear through a gateway: only the code, which is made for that.
    return (COMMON | own) - (frozenset() if template == CODE else {"personal"})


def _broken_message(message: ShortMessage, whole: Whole) -> Iterator[Problem]:
    kind, name = "short-message", message.id
    _, _, template = name.partition(".")
    yield from whole.dangling(kind, name, ("id",), "template", f"{LAST_RESORT}.household.{template}")
    if template != CODE and not any(word in message.text.lower() for word in FREE):
        yield Problem(kind, name, ("text",), "does not say that the service is free of charge", listed(FREE))
    try:
        places = {place for _, place, form, _ in Formatter().parse(message.text) if place is not None}
    except ValueError as error:
        yield Problem(kind, name, ("text",), f"has a broken place: {error}", "{name}")
        return
    for place in sorted(places ^ message.parameters.keys()):
        what = "is a place in the text and no parameter" if place in places else "is a parameter without a place"
        yield Problem(kind, name, ("parameters",), f"{place!r} {what}", listed(message.parameters))
    if places <= message.parameters.keys():
        longest = longest_of(message)
        if parts_of(longest) > message.parts:
            what = f"may be {longest} characters long, which is {parts_of(longest)} parts"
            yield Problem(kind, name, ("text",), what, f"{message.parts} parts: {ALONE} alone, {JOINED} each joined")


def _broken_parameters(message: ShortMessage, known: frozenset[str]) -> Iterator[Problem]:
    for name, parameter in message.parameters.items():
        path = ("parameters", name, "says")
        words = words_of("{{ " + parameter.says + " }}")
        if words.fault:
            yield Problem("short-message", message.id, path, words.fault)
        for unknown in sorted(words.names - known):
            what = f"{unknown!r} is not said by every event that uses this message"
            yield Problem("short-message", message.id, path, what, listed(known, 60))
