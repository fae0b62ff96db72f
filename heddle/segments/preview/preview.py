"""One evaluation of every rule over every person, then counts of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from heddle.segments.catalog import Catalog
from heddle.segments.compiler import Clock, sql_text
from heddle.segments.fault import Fault
from heddle.segments.judged import JUDGED, Judged, judge, members_of
from heddle.segments.lookup import sound
from heddle.segments.preview.funnel import Step, funnel
from heddle.segments.preview.overlap import Overlap, overlaps
from heddle.segments.preview.reach import Reachable, reach
from heddle.segments.preview.sample import sample
from heddle.segments.published import check_built, count_of, instant_of, members_stored, open_published
from heddle.segments.segment import Segment
from heddle.segments.workspace import SegmentFile
from heddle.settings import Settings
from heddle.warehouse import Warehouse

FOUND = "found"
PEOPLE = "found_people"


@dataclass(frozen=True)
class Preview:
    """`members` counts rows (one per person, with `per` one per person and key), `people` distinct profiles, `base` all
    profiles; `share` is people / base, 0 to 1. `stored` is what the last run left there, None before the first.

    The sample is masked. Events and stored segments are seen as of `as_of`; traits and consent are those of the
    published run, whatever `as_of` is.
    """

    name: str
    title: str
    file: str
    per: str | None
    as_of: datetime
    base: int
    people: int
    members: int
    share: float
    stored: int | None
    funnel: tuple[Step, ...]
    reach: tuple[Reachable, ...]
    overlap: tuple[Overlap, ...]
    sample: tuple[dict[str, str], ...]
    warnings: tuple[Fault, ...]


def preview(settings: Settings, catalog: Catalog, source: SegmentFile) -> Preview:
    """Reads the published copy. Raises SegmentError for a file with faults and for a segment that reads another one
    that no run has stored yet, WarehouseError when nothing is published."""
    segment = sound(source)
    with open_published(settings) as wh:
        as_of = instant_of(wh, settings)
        with evaluated(wh, segment, catalog, Clock.at(as_of, settings.time_zone), source.file) as judged:
            base = count_of(wh, "select count(*) from profiles.profiles")
            members = count_of(wh, f"select count(*) from {FOUND}")
            people = count_of(wh, f"select count(*) from {PEOPLE}")
            return Preview(
                name=source.name,
                title=segment.title,
                file=source.file,
                per=segment.per,
                as_of=as_of,
                base=base,
                people=people,
                members=members,
                share=people / base if base else 0.0,
                stored=members_stored(wh, source.name),
                funnel=funnel(wh, segment, judged, catalog, base),
                reach=reach(wh, catalog, people),
                overlap=overlaps(wh, source.name, people),
                sample=sample(wh, segment, judged, catalog),
                warnings=tuple(fault for fault in source.faults if fault.severity == "warning"),
            )


@contextmanager
def evaluated(wh: Warehouse, segment: Segment, catalog: Catalog, clock: Clock, file: str) -> Iterator[Judged]:
    """While inside, the temporary tables `judged` (all people), `found` (the members) and `found_people` are there."""
    judged = judge(segment, catalog, clock)
    check_built(wh, judged.query, file)
    wh.execute(f"create or replace temp table {JUDGED} as {sql_text(judged.query, wh.dialect)}")
    wh.execute(f"create or replace temp table {FOUND} as {sql_text(members_of(judged, segment), wh.dialect)}")
    once = "distinct" if segment.per else ""
    wh.execute(f"create or replace temp table {PEOPLE} as select {once} profile_id from {FOUND}")
    try:
        yield judged
    finally:
        for table in (JUDGED, FOUND, PEOPLE):
            wh.execute(f"drop table if exists {table}")
