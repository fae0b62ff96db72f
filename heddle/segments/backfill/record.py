"""Where the replayed stays find their place: before those that runs recorded."""

from datetime import datetime

from heddle.errors import SegmentError
from heddle.segments.backfill.days import Day
from heddle.segments.backfill.declared import declared
from heddle.segments.backfill.replay import Replay
from heddle.warehouse import Warehouse, identifier, literal

BACKFILLS = "segments.segment_backfills"
_SHAPE = f"""create table if not exists {BACKFILLS} (
    segment varchar, as_of timestamp, members bigint, entered bigint, left_count bigint, verdict varchar,
    reason varchar, definition_hash varchar, git_commit varchar, run_at timestamp
)"""


def record(replay: Replay, days: list[Day], first: datetime | None, definition: tuple[str, str | None]) -> None:
    """Puts the stays before the recorded ones, all or nothing. A stay that is open at `first`, the first recorded
    instant, ends there: whether it goes on is what the runs recorded. No recorded row is changed."""
    wh, name = replay.wh, replay.segment.name
    columns = ", ".join(["profile_id", "member_key", "entered_at", "left_at", *map(identifier, replay.payload)])
    with wh.transaction():
        wh.execute("create schema if not exists segments")
        wh.execute(declared(wh, _table(name), f"select * from {replay.stays}"))
        known, types = wh.columns(f"segments.segment_{name}"), wh.columns(f"heddle.backfill_{name}")
        for column in replay.payload:
            if column in known:
                _check_type(wh, name, column, known[column], types[column])
            else:
                wh.execute(f"alter table {_table(name)} add column {identifier(column)} {types[column]}")
        if first is not None:
            wh.execute(f"update {replay.stays} set left_at = timestamp '{first}' where left_at is null")
        wh.execute(f"insert into {_table(name)} ({columns}) select {columns} from {replay.stays}")
        wh.execute(_SHAPE)
        wh.execute(_runs(name, days, definition))
        replay.forget()


def _check_type(wh: Warehouse, name: str, column: str, stored: str, replayed: str) -> None:
    """Raises SegmentError when a replayed value could not be stored as it is."""
    both = f"select typeof(value) from (select null::{stored} as value union all select null::{replayed}) limit 1"
    if stored != replayed and str(wh.scalar(both)).lower() != stored:
        raise SegmentError(
            f"`{column}` of {name} is stored as {stored}, and the definition gives {replayed} now",
            hint="run `heddle run` first: a run brings the stored columns to the types of the definition",
        )


def _runs(name: str, days: list[Day], definition: tuple[str, str | None]) -> str:
    file_hash, commit = definition
    about = f"{literal(file_hash)}, {literal(commit) if commit else 'null'}, localtimestamp"
    rows = [
        f"({literal(name)}, timestamp '{day.as_of}', {day.members}, {day.entered}, {day.left}, "
        f"'{'blocked' if day.blocked else 'ok'}', {literal(day.blocked) if day.blocked else 'null'}, {about})"
        for day in days
    ]
    return f"insert into {BACKFILLS} values {', '.join(rows)}"


def _table(name: str) -> str:
    return f"segments.{identifier(f'segment_{name}')}"
