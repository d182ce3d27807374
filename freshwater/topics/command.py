"""`freshwater topics apply | list`: the topics of the list, on Kafka and on paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from freshwater.topics.changes import (
    BROKER_DEFAULT,
    Changes,
    ConfigChange,
    TopicsError,
    apply_topics,
    partners_with_doors,
)
from shared.contracts.topics import Topic, topics
from shared.librdkafka import security_of
from shared.settings import Settings

app = typer.Typer(help="The topics of shared/contracts/topics.yaml.", no_args_is_help=True)

Partners = Annotated[list[str] | None, typer.Option("--partner", help="A partner with a Kafka door; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]


@app.command("apply", epilog="Example: ./run topics apply --dry-run")
def apply(
    partner: Partners = None,
    replication_factor: Annotated[int, typer.Option(help="Copies of each new topic; -1: as the broker has it.")] = (
        BROKER_DEFAULT
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make what is missing, set what differs; doors that are there already are kept up too.

    Kafka, prefix and the number of keyed partitions come from FRESHWATER_KAFKA, FRESHWATER_TOPIC_PREFIX and
    FRESHWATER_KEYED_PARTITIONS. Exit code 1 where it cannot be done.
    """
    settings = Settings()
    wanted, changes = _apply(settings, partner or [], replication_factor, dry_run)
    typer.echo(json.dumps(_as_data(changes, len(wanted))) if as_json else _as_text(changes, len(wanted), dry_run))


def _listed(settings: Settings, partners: Sequence[str]) -> list[Topic]:
    try:
        return topics(partners=partners, keyed_partitions=settings.keyed_partitions, prefix=settings.topic_prefix)
    except ValueError as error:
        raise TopicsError(str(error)) from error


def _apply(settings: Settings, partners: list[str], replicas: int, dry_run: bool) -> tuple[list[Topic], Changes]:
    prefix, security = settings.topic_prefix, security_of(settings)
    # The partners' ids are checked before anything is asked of Kafka.
    _listed(settings, partners)
    here = partners_with_doors(settings.bootstrap, prefix, security)
    wanted = _listed(settings, sorted({*partners, *here}))
    changes = apply_topics(
        settings.bootstrap,
        wanted,
        prefix=prefix,
        replication_factor=replicas,
        security=security,
        dry_run=dry_run,
    )
    return wanted, changes


def _as_data(changes: Changes, count: int) -> dict[str, Any]:
    def config(change: ConfigChange) -> dict[str, str | None]:
        return {"topic": change.topic, "setting": change.setting, "before": change.before, "after": change.after}

    return {
        "topics": count,
        "created": [{"topic": topic.name, "partitions": topic.partitions} for topic in changes.created],
        "set": [config(change) for change in changes.configured if change.after is not None],
        "deleted": [config(change) for change in changes.configured if change.after is None],
        "unknown": list(changes.unknown),
    }


def _as_text(changes: Changes, count: int, dry_run: bool) -> str:
    lines = [f"created  {topic.name}, {_partitions(topic)}" for topic in changes.created]
    lines += [_config_line(change) for change in changes.configured]
    lines += [f"unknown  {name} is not in the list; left alone" for name in changes.unknown]
    done = "would change" if dry_run else "changed"
    summary = f"{done} {len(changes.created) + len(changes.configured)}" if not changes.nothing else "nothing to change"
    return "\n".join([*lines, f"{count} topics, {summary}"])


def _config_line(change: ConfigChange) -> str:
    if change.after is None:
        return f"deleted  {change.topic} {change.setting} (was {change.before})"
    return f"set      {change.topic} {change.setting} to {change.after} (was {change.before or 'the default'})"


def _partitions(topic: Topic) -> str:
    return f"{topic.partitions} partition{'s' if topic.partitions != 1 else ''}"


@app.command("list", epilog="Example: ./run topics list --json")
def list_(partner: Partners = None, as_json: Json = False) -> None:
    """The list itself, without asking Kafka: who writes, who reads, how many partitions, how long it is kept."""
    rows = _listed(Settings(), partner or [])
    typer.echo(json.dumps([_row_data(row) for row in rows]) if as_json else "\n".join(map(_row_line, rows)))


def _row_data(row: Topic) -> dict[str, Any]:
    return {
        "name": row.name,
        "events": row.events,
        "key": row.key,
        "writers": row.writers,
        "readers": row.readers,
        "partitions": row.partitions,
        "retention_days": row.retention_days,
        "max_message_bytes": row.max_message_bytes,
    }


def _row_line(row: Topic) -> str:
    kept = "compacted" if row.retention_days is None else f"{row.retention_days} days"
    return f"{row.name:<40} {_partitions(row):<13} {kept:<9}  {', '.join(row.writers)} -> {', '.join(row.readers)}"
