"""What every entity of the catalogue has."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.contracts.values import Code, Text


class Entity(BaseModel):
    """A thing of the catalogue: an id and its names in both languages. An unknown field is an error here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Code
    zh: Text
    en: Text
