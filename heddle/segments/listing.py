"""Every segment of the workspace beside what its last run stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heddle.segments.published import count_of, stored_segments
from heddle.segments.workspace import SegmentFile
from heddle.warehouse import Warehouse, identifier, literal

_LAST_RUNS = """
    select segment, as_of, entered, left_count, verdict, reason
    from segments.segment_runs
    qualify row_number() over (partition by segment order by as_of desc, run_at desc) = 1
"""


@dataclass(frozen=True)
class Listed:
    """One file. `members` are stored now, `share` is that of its people among all profiles (0 to 1); both and what
    the last run says are None where nothing was stored yet. `verdict` is ok, blocked, or faults for an unsound file."""

    name: str
    title: str
    group: str
    owner: str | None
    file: str
    refresh: str | None
    members: int | None
    share: float | None
    entered: int | None
    left: int | None
    last_run: datetime | None
    verdict: str | None
    reason: str | None


def listing(files: Sequence[SegmentFile], wh: Warehouse | None) -> tuple[Listed, ...]:
    """One entry per file, in their order; without a warehouse only what the files say."""
    sizes = _sizes(wh, [source.name for source in files]) if wh else {}
    runs = _last_runs(wh) if wh else {}
    base = count_of(wh, "select count(*) from profiles.profiles") if wh else 0
    return tuple(_listed(source, sizes.get(source.name), runs.get(source.name, {}), base) for source in files)


def _listed(source: SegmentFile, size: tuple[int, int] | None, run: Mapping[str, Any], base: int) -> Listed:
    segment = source.segment
    return Listed(
        name=source.name,
        title=segment.title if segment else "",
        group=source.group,
        owner=segment.owner if segment else None,
        file=source.file,
        refresh=segment.refresh.words if segment else None,
        members=size[0] if size else None,
        share=size[1] / base if size and base else None,
        entered=run.get("entered"),
        left=run.get("left_count"),
        last_run=run.get("as_of"),
        verdict=run.get("verdict") if segment else "faults",
        reason=run.get("reason"),
    )


def _sizes(wh: Warehouse, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Open members and distinct people by segment, in one statement."""
    known = stored_segments(wh)
    counts = [
        f"select {literal(name)} as segment, count(*) as members, count(distinct profile_id) as people "
        f"from segments.{identifier(f'segment_{name}')} where left_at is null"
        for name in names
        if name in known
    ]
    rows = wh.query("\nunion all\n".join(counts)).to_pylist() if counts else []
    return {row["segment"]: (row["members"], row["people"]) for row in rows}


def _last_runs(wh: Warehouse) -> dict[str, dict[str, Any]]:
    if "segment_runs" not in wh.tables("segments"):
        return {}
    return {row["segment"]: row for row in wh.query(_LAST_RUNS).to_pylist()}
