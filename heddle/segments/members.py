"""Who was in a segment at any instant of its history."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heddle.errors import SegmentError
from heddle.segments.published import stored_segments
from heddle.settings import Settings
from heddle.warehouse import Warehouse, identifier, open_warehouse


@dataclass(frozen=True)
class Members:
    """The members at `as_of` (naive UTC), in the order of their ids: profile_id, member_key, entered_at, left_at (null
    while they are in) and the payload columns, as they were last. `since` is where the history begins."""

    name: str
    as_of: datetime
    since: datetime | None
    count: int
    rows: Sequence[dict[str, Any]]


def members_at(settings: Settings, name: str, as_of: datetime, limit: int | None = None) -> Members:
    """As the last run at or before `as_of` left it; at most `limit` rows. Reads the published copy, else the warehouse.

    Raises SegmentError for a segment without stored members, and for an instant before its history.
    """
    with _readable(settings) as wh:
        if name not in stored_segments(wh):
            raise SegmentError(f"{name} has no stored members", hint="it is stored by a run, or by a backfill")
        since = history_since(wh, name)
        if since is not None and as_of < since:
            what = f"{as_of:%Y-%m-%d %H:%M} is before the history of {name}, which begins {since:%Y-%m-%d %H:%M} UTC"
            raise SegmentError(what, hint=f"`heddle segments backfill {name} --from ... --to ...` may know more")
        at = f"timestamp '{as_of}'"
        where = f"from segments.{_table(name)} where entered_at <= {at} and (left_at is null or left_at > {at})"
        count = int(str(wh.scalar(f"select count(*) {where}")))
        sql = f"select * {where} order by profile_id, member_key {'' if limit is None else f'limit {limit:d}'}"
        return Members(name, as_of, since, count, wh.query(sql).to_pylist())


def history_since(wh: Warehouse, name: str) -> datetime | None:
    """The first instant at which a run or a backfill said who is in; a run that was blocked said nothing."""
    sources = [
        f"select min(as_of) as began from segments.{table} where segment = ? and verdict = 'ok'"
        for table in ("segment_runs", "segment_backfills")
        if wh.columns(f"segments.{table}")
    ]
    words: list[object] = [name] * len(sources)
    if wh.columns(f"segments.segment_{name}"):
        sources.append(f"select min(entered_at) as began from segments.{_table(name)}")
    found = wh.scalar(f"select min(began) from ({' union all '.join(sources)})", words) if sources else None
    return found if isinstance(found, datetime) else None


@contextmanager
def _readable(settings: Settings) -> Iterator[Warehouse]:
    published = settings.published_path
    read = settings.model_copy(update={"warehouse_path": published}) if published.exists() else settings
    with open_warehouse(read, read_only=True) as wh:
        yield wh


def _table(name: str) -> str:
    return identifier(f"segment_{name}")
