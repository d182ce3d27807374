"""The envelope: CloudEvents 1.0, structured JSON, with the extensions that order, trace and attribute every event."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from shared.contracts.values import Text, Value

CONTENT_TYPE = b"application/cloudevents+json"
TYPE_PREFIX = "org.freshwater"

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]


class Data(Value):
    """The payload of one type of event. `TYPE` is reverse DNS, context, fact in the past tense, version."""

    TYPE: ClassVar[str] = ""


DataT = TypeVar("DataT", bound=Data, covariant=True)


class Event(BaseModel, Generic[DataT]):
    """One event on an inner topic.

    `subject` is the demand (on households the household); `partitionkey` the household; `sequence` the revision of the
    context's state of that subject, zero-padded so that it sorts as text; `actor` is `role:partner[:person]`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Attribute
    type: Attribute
    subject: Attribute
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    partitionkey: Attribute
    correlationid: Attribute
    causationid: Attribute
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")] = "0000000000"
    actor: Attribute
    traceparent: (
        Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None
    ) = None
    simulated: bool = False
    data: DataT


class DoorEvent(BaseModel, Generic[DataT]):
    """What a partner sends to its door: plain CloudEvents; who speaks is the door's name, never a field."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
    source: Attribute
    type: Attribute
    time: AwareDatetime | None = None
    datacontenttype: Text | None = None
    traceparent: Attribute | None = None
    simulated: bool = False
    data: DataT


def sequence_of(revision: int) -> str:
    """A revision as the zero-padded text that CloudEvents' `sequence` asks for."""
    return f"{revision:010d}"
