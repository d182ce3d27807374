"""Entities of the catalogue that say who hears what, and in which words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.entity import Entity
from shared.contracts.feedback import Audience, Channel
from shared.contracts.values import Code, FactValue, Text


class Telling(BaseModel):
    """One audience of an event: who of it, by which template, over which channels (the first that reaches it).

    `to`: concerned (named by the event), opened (banks of the round just opened), merged (who handed in the copy),
    cleared (whose clearing led to the round), before (who had the case), raised_to, next_level, supports, claimant
    (whose claim was refused); departments hear as the line (the cities' and the province's authorities of the kind that
    leads on the obstacle), the county_team or the campaign_office.
    `weekly`: of what comes every day only the first of each week (ISO) is told. `only` holds the values that a field of
    the event must have. `discloses`: fields of the identity that the recipient may open, within the consent; "declared"
    stands for those that the case's obstacle names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    audience: Audience
    to: Literal[
        "concerned",
        "opened",
        "merged",
        "cleared",
        "before",
        "raised_to",
        "next_level",
        "supports",
        "claimant",
        "line",
        "county_team",
        "campaign_office",
    ] = "concerned"
    template: Code
    channels: Annotated[list[Channel], Field(min_length=1)]
    urgency: Literal["urgent", "normal", "low"] = "normal"
    starts_clock: bool = False
    weekly: bool = False
    only: dict[Code, list[FactValue]] = {}
    discloses: list[Code] = []


class Feedback(Entity):
    """反馈: who is told of one type of event; its id is the type without prefix and version."""

    told: list[Telling]


class Template(Entity):
    """A message's words for one audience in one language, Jinja2; the id is `<language>.<audience>.<name>`."""

    zh: Text = "消息模板"
    en: Text = "Message template"
    subject: Text
    text: Text


TemplateId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Parameter(BaseModel):
    """What fills one place of a short message: an expression of Jinja2, and how many characters it may have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: Text
    longest: Annotated[int, Field(ge=1, le=60)]


class ShortMessage(Entity):
    """短信、微信: words that each channel's operator approved under an id; only the `{parameters}` are ours to fill.

    The id is `<language>.<template>`, the template that of a message to households. `parts`: how many parts of a text
    message it may come to where every parameter is as long as it may be.
    """

    zh: Text = "短消息模板"
    en: Text = "Short message"
    approved: Annotated[dict[Literal["sms", "wechat"], TemplateId], Field(min_length=1)]
    text: Text
    parameters: dict[Code, Parameter] = {}
    parts: Annotated[int, Field(ge=1, le=5)] = 1
