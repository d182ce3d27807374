"""Short messages: every one is filled from every example of every event that uses it, and is never too long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec
import pytest
import yaml

from freshwater.places import CHECKOUT
from services.notify.adapters.templates import Templates
from services.notify.domain.delivery import Content, Delivery
from services.notify.domain.wording import EMPTY
from shared.catalogue import CatalogueRefused, load_directory
from shared.catalogue.rules_messages import longest_of, parts_of
from tests.notify.grounds import demand, examples, means, parties, shipped, told

LANGUAGES = ("zh-CN", "en")
MESSAGES = shipped().short_messages


def values_of(template: str, language: str) -> Iterator[dict[str, Any]]:
    """What the template's messages are filled with, over all events that use it."""
    using = means(parties("email"), language=language, gateway=True)
    for name, row in shipped().feedback.items():
        if any(telling.template == template and telling.audience == "household" for telling in row.told):
            for each in examples(name):
                for made in told(each, using, of=demand(language=language)).rows:
                    mine = isinstance(made, Delivery) and (made.audience, made.template) == ("household", template)
                    if mine and made.content is not None:
                        yield msgspec.msgpack.decode(made.content, type=Content).values


@pytest.mark.parametrize("identifier", sorted(MESSAGES))
def test_every_short_message_is_filled_and_stays_within_its_parts(identifier: str) -> None:
    message = MESSAGES[identifier]
    language, _, template = identifier.partition(".")
    words = Templates(shipped())
    made = list(values_of(template, language)) if template != "digest" else [{"items": [1, 2]}]
    assert made, "no event uses it"
    for values in made:
        for channel, approved in message.approved.items():
            short = words.short(channel, template, language, {**EMPTY, **values, "personal": {"code": "246810"}})
            assert short is not None
            assert short.approved == approved
            text = message.text.format(**short.parameters)
            assert "None" not in text
            assert len(text) <= longest_of(message)
            assert parts_of(len(text)) <= message.parts
            assert all(len(short.parameters[name]) <= part.longest for name, part in message.parameters.items())


def test_a_language_without_short_messages_falls_back_to_the_last_resort() -> None:
    short = Templates(shipped()).short("sms", "received", "bo", dict(EMPTY))
    assert short is not None
    assert short.approved == MESSAGES["zh-CN.received"].approved["sms"]
    assert Templates(shipped()).short("sms", "no-such", "en", dict(EMPTY)) is None


@pytest.mark.parametrize(("characters", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3)])
def test_parts_are_seventy_alone_and_sixty_seven_joined(characters: int, parts: int) -> None:
    assert parts_of(characters) == parts


FAULTS = [
    ({"text": "{bank}没有联系上您。", "parameters": {}}, "is a place in the text and no parameter"),
    (
        {"text": "本服务免费。", "parameters": {"bank": {"says": "bank", "longest": 9}}},
        "is a parameter without a place",
    ),
    ({"text": "免费" + "长" * 69}, "may be 71 characters long, which is 2 parts"),
    ({"text": "您有新进展。"}, "does not say that the service is free of charge"),
    (
        {"text": "免费{x}", "parameters": {"x": {"says": "personal.phone", "longest": 20}}},
        "'personal' is not said by every",
    ),
    ({"text": "免费{x}", "parameters": {"x": {"says": "amuont", "longest": 20}}}, "'amuont' is not said by every"),
    ({"text": "免费{x}", "parameters": {"x": {"says": "bank|", "longest": 20}}}, "is not Jinja2"),
    ({"text": "免费{x"}, "has a broken place"),
]


@pytest.mark.parametrize(("changed", "said"), FAULTS)
def test_the_check_refuses_what_no_gateway_would_send(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    problems = refused(tmp_path, {"id": "zh-CN.not-reached", "approved": {"sms": "1"}, "parts": 1, **changed})
    assert any(said in problem for problem in problems), problems


def test_the_check_refuses_a_channel_for_which_nothing_was_approved(tmp_path: Path) -> None:
    problems = refused(tmp_path, {"id": "zh-CN.not-reached", "approved": {"sms": "1"}, "text": "免费"})
    assert any("no short message zh-CN.not-reached approved for wechat" in problem for problem in problems)


def refused(folder: Path, message: dict[str, Any]) -> list[str]:
    """What is wrong with the shipped catalogue when one short message is another."""
    for file in (CHECKOUT / "catalogue").rglob("*.*"):
        copy = folder / file.relative_to(CHECKOUT / "catalogue")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    path = folder / "short_messages.yaml"
    rows = yaml.safe_load(path.read_text())["short_messages"]
    rows = [message if row["id"] == message["id"] else row for row in rows]
    path.write_text(yaml.safe_dump({"short_messages": rows}, allow_unicode=True))
    with pytest.raises(CatalogueRefused) as caught:
        load_directory(folder)
    return [str(problem) for problem in caught.value.problems]


def test_no_place_is_formatted_in_a_way_that_reaches_into_a_value() -> None:
    """`{x.__class__}` in a text would be a way into the machine: places are plain names."""
    for message in MESSAGES.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(message.text))
