"""Replays a segment's history day by day, before its first recorded run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

from heddle.errors import SegmentError
from heddle.segments.advice import nested_words
from heddle.segments.backfill.days import Day, instants
from heddle.segments.backfill.record import record
from heddle.segments.backfill.replay import Replay
from heddle.segments.backfill.unknown_past import unknown_past
from heddle.segments.catalog import Catalog
from heddle.segments.commits import Commits
from heddle.segments.compiler import Clock, compile_segment
from heddle.segments.fault import Fault
from heddle.segments.lookup import find_segment, sound
from heddle.segments.members import history_since
from heddle.segments.parse import parse_segment
from heddle.segments.published import check_built
from heddle.segments.segment import Segment
from heddle.segments.workspace import SegmentFile, catalog_of, read_workspace
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse, publish, run_lock

OnDay = Callable[[Day, int, int], None]


@dataclass(frozen=True)
class Backfilled:
    """`days` are those that were filled, now or by a killed process before; `recorded` of the days asked for are
    recorded already, from `recorded_since` on, and stay as they are. `unknown`: the rules that read today."""

    name: str
    days: tuple[Day, ...]
    recorded: int
    recorded_since: datetime | None
    unknown: tuple[Fault, ...]


def backfill(
    settings: Settings,
    name: str,
    first: date,
    last: date,
    with_todays_values: bool = False,
    on_day: OnDay | None = None,
) -> Backfilled:
    """As if the segment had run on each of the days. Waits for a run that goes on; readers get the history at once.

    Raises SegmentError when the segment has faults, the days are not in the past, or a rule reads what is kept for
    today only (unless `with_todays_values`).
    """
    catalog = catalog_of(settings)
    source = find_segment(read_workspace(settings, catalog), name)
    segment = sound(source)
    with run_lock(settings):
        with open_warehouse(settings) as wh:
            now = _now(wh, settings)
            asked = _asked(segment, first, last, now, settings.time_zone)
            since = history_since(wh, name)
            wanted = [at for at in asked if since is None or at < since]
            if not wanted:
                return Backfilled(name, (), len(asked), since, ())
            unknown = _unknown(wh, source, segment, catalog, wanted[0], now)
            if unknown and not with_todays_values:
                raise _refused(name, unknown)
            clock = Clock.at(wanted[0], settings.time_zone)
            check_built(wh, compile_segment(segment, catalog, clock), source.file)
            replay = Replay(wh, segment, catalog, _task(source, wanted, since))
            days = _replayed(replay, wanted, on_day)
            record(replay, days, since, (source.definition_hash, Commits(settings.root).of(source.file)))
        if settings.published_path.exists():
            publish(settings)
    return Backfilled(name, tuple(days), len(asked) - len(wanted), since, unknown)


def _now(wh: Warehouse, settings: Settings) -> datetime:
    """The instant of the last run: what the warehouse knows ends there."""
    found = wh.scalar("select max(as_of) from heddle.clock") if "clock" in wh.tables("heddle") else None
    present = found if isinstance(found, datetime) else datetime.now(UTC).replace(tzinfo=None)
    return settings.as_of or present


def _asked(segment: Segment, first: date, last: date, now: datetime, zone: str) -> list[datetime]:
    if first > last:
        raise SegmentError(f"the days are the wrong way round: {first} is after {last}", hint="--from FIRST --to LAST")
    asked = list(instants(segment, first, last, zone))
    if asked[-1] > now:
        what = f"{asked[-1]:%Y-%m-%d %H:%M} is after the last run, {now:%Y-%m-%d %H:%M} UTC"
        raise SegmentError(what, hint="a backfill is about the past: end it earlier, or run `heddle run` first")
    return asked


def _unknown(
    wh: Warehouse, source: SegmentFile, segment: Segment, catalog: Catalog, first: datetime, now: datetime
) -> tuple[Fault, ...]:
    known = {nested: history_since(wh, nested) for _, nested in nested_words(segment)}
    since = {nested: at for nested, at in known.items() if at is not None}
    document = parse_segment(source.text, source.file).document
    return tuple(sorted(map(document.locate, unknown_past(segment, catalog, first, now, since))))


def _refused(name: str, unknown: tuple[Fault, ...]) -> SegmentError:
    listed = "\n  ".join(str(fault) for fault in unknown)
    return SegmentError(
        f"the past of {name} is not known:\n  {listed}",
        hint="with --with-todays-values these rules read the values of today for every day",
    )


def _task(source: SegmentFile, wanted: list[datetime], since: datetime | None) -> str:
    return sha256(repr((source.definition_hash, wanted, since)).encode()).hexdigest()[:16]


def _replayed(replay: Replay, wanted: list[datetime], on_day: OnDay | None) -> list[Day]:
    """Goes on where a killed process of the same task stopped."""
    days = replay.done()
    for at in wanted[len(days) :]:
        days.append(replay.run(at))
        if on_day:
            on_day(days[-1], len(days), len(wanted))
    return days
