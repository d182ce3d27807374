"""A campaign's plan as a file: what banks have promised, what is to take place, who goes where, what banks report."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID, uuid5

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.desk.domain.plans import ReportedFigure
from services.desk.store import plans
from shared.contracts.values import Code, Region, Text
from shared.database import Connection
from shared.errors import FreshwaterError

_SPACE = UUID("6f1d3c1e-5d6b-5a35-9d0c-6a2f4c8e7b10")
_Positive = Annotated[int, Field(ge=1, le=10**14)]
_Count = Annotated[int, Field(ge=0, le=10**14)]
_Measure = Literal[
    "granted_yuan", "drawn_yuan", "granted_demands", "drawn_demands", "first_time_demands", "visited_households"
]
_Reported = Literal[
    "applications", "granted", "drawn", "first_time", "credit_only", "renewed", "balance", "overdue"
]  # fmt: skip


class PlanFileWrong(FreshwaterError):
    """The file is no plan: every line of the message says where and what."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Promise(_Line):
    """承诺."""

    bank: Code
    measure: _Measure
    target: _Positive
    from_day: date
    due_on: date
    note: Text | None = None


class Activity(_Line):
    """活动; `came` where it has taken place."""

    title: Text
    kind: Literal["fair", "lecture", "street", "training", "other"]
    county: Region
    place: Text | None = None
    on_day: date
    host: Text
    expected: _Count
    came: _Count | None = None


class VisitList(_Line):
    """走访任务."""

    title: Text
    bank: Code
    county: Region
    planned: _Positive
    from_day: date
    to_day: date


class Report(_Line):
    """自报: one bank's month; measure -> number and yuan."""

    bank: Code
    month: date
    figures: dict[_Reported, tuple[_Count | None, _Count | None]]


class Plan(_Line):
    """The whole file."""

    commitments: list[Promise] = []
    activities: list[Activity] = []
    visit_lists: list[VisitList] = []
    reported: list[Report] = []


def read_plan(path: Path) -> Plan:
    """Raises PlanFileWrong with everything that is wrong."""
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PlanFileWrong(f"{path.name} cannot be read as YAML: {error}") from error
    except ValidationError as error:
        faults = [f"{'/'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()]
        raise PlanFileWrong("\n".join(faults)) from error


async def enter_plan(connection: Connection, plan: Plan, account: UUID, now: datetime) -> int:
    """Enter every line that is not there yet, under an id made from the line: twice is once. Returns how many lines."""

    def made(line: BaseModel) -> plans.Made:
        return plans.Made(uuid5(_SPACE, f"{type(line).__name__} {line.model_dump_json()}"), account, now)

    async with connection.transaction():
        for each in plan.commitments:
            days = (each.from_day, each.due_on)
            await plans.add_commitment(connection, made(each), each.bank, each.measure, each.target, days, each.note)
        for activity in plan.activities:
            line = made(activity)
            values = tuple(activity.model_dump(exclude={"came"}).values())
            await plans.add_activity(connection, line, values)
            if activity.came is not None:
                await plans.end_activity(connection, line.id, "held", activity.came)
        for visits in plan.visit_lists:
            await plans.add_visit_list(connection, made(visits), tuple(visits.model_dump().values()))
        for report in plan.reported:
            figures = [ReportedFigure(measure, *told) for measure, told in report.figures.items()]
            await plans.report(connection, report.bank, report.month.replace(day=1), "plan", made(report), figures)
    return len(plan.commitments) + len(plan.activities) + len(plan.visit_lists) + len(plan.reported)
