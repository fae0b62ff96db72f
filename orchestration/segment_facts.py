"""The life of segments as Dagster metadata: Dagster plots plain numbers over time, a picture shows the history."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from heddle.warehouse import Warehouse
from orchestration.segment_health import SegmentRun
from orchestration.timetable import next_refresh
from orchestration.trend_plot import Point, trend_plot

PLOTTED, LISTED = 60, 10
RUNS = f"""
    select * from segments.segment_runs
    qualify row_number() over (partition by segment order by as_of desc, run_at desc) <= {PLOTTED}
    order by segment, as_of desc, run_at desc
"""
SIZES = """
    select segment, count(*) as members, count(distinct profile_id) as people
    from segments.segment_memberships group by segment
"""
REACHABLE = """
    select segment, channel, count(distinct profile_id) as people
    from segments.segment_memberships join profiles.profile_reachability as reach using (profile_id)
    where is_reachable and purpose = case channel when 'ads' then 'ads' else 'marketing' end
    group by segment, channel
"""
CHANNELS = "select distinct channel from profiles.profile_reachability order by channel"


def segment_facts(wh: Warehouse, zone: str, refreshed: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Facts of the last evaluation by model name (`segment_<name>`); empty before the first segment was built.

    `refreshed` says how often each segment is refreshed, in the words of its file.
    """
    if "segment_memberships" not in wh.tables("segments") or "profiles" not in wh.tables("profiles"):
        return {}
    people = int(str(wh.scalar("select count(*) from profiles.profiles")))
    sizes = {row["segment"]: row for row in wh.query(SIZES).to_pylist()}
    reachable = _reachable(wh)
    return {
        f"segment_{name}": {
            **_numbers(runs[0], sizes.get(name, {}), max(people, 1)),
            **reachable.get(name, reachable[""]),
            **_words(runs, refreshed.get(name, "daily"), zone),
        }
        for name, runs in segment_runs(wh).items()
    }


def segment_runs(wh: Warehouse) -> dict[str, list[SegmentRun]]:
    """The last runs of every segment, newest first."""
    found: dict[str, list[SegmentRun]] = {}
    for row in wh.query(RUNS).to_pylist() if "segment_runs" in wh.tables("segments") else ():
        counts = (row["members"], row["entered"], row["left_count"], row["previous"])
        run = SegmentRun(row["as_of"], *counts, row["verdict"], row["reason"], row["definition_hash"])
        found.setdefault(row["segment"], []).append(run)
    return found


def _reachable(wh: Warehouse) -> dict[str, dict[str, int]]:
    """People per channel by segment; under the empty name, nobody on every channel."""
    if "profile_reachability" not in wh.tables("profiles"):
        return {"": {}}
    nobody = {f"reachable_{row['channel']}": 0 for row in wh.query(CHANNELS).to_pylist()}
    found = {"": nobody}
    for row in wh.query(REACHABLE).to_pylist():
        found.setdefault(row["segment"], dict(nobody))[f"reachable_{row['channel']}"] = row["people"]
    return found


def _numbers(run: SegmentRun, size: Mapping[str, int], people: int) -> dict[str, int | float]:
    inside = size.get("people", 0)
    return {
        "size": size.get("members", 0),
        "people": inside,
        "share_percent": round(100 * inside / people, 2),
        "entered": run.entered,
        "left": run.left,
    }


def _words(runs: Sequence[SegmentRun], refresh: str, zone: str) -> dict[str, Any]:
    last = runs[0]
    tick = next_refresh(refresh, last.as_of, zone)
    return {
        "guard": last.verdict + (f": {last.reason}; the members before it stay" if last.held else ""),
        "next_run": f"{tick:%Y-%m-%d %H:%M} {zone}, when its schedule is switched on",
        "trend": dg.MetadataValue.md(trend_plot(f"Members over the last {len(runs)} runs", _points(runs))),
        "last_runs": dg.MetadataValue.table([dg.TableRecord(_listed(run)) for run in runs[:LISTED]]),
    }


def _points(runs: Sequence[SegmentRun]) -> list[Point]:
    oldest_first = runs[::-1]
    before = [oldest_first[0], *oldest_first]
    return [
        Point(run.as_of, run.stored, run.entered, run.left, run.held, run.definition_hash != earlier.definition_hash)
        for run, earlier in zip(oldest_first, before, strict=False)
    ]


def _listed(run: SegmentRun) -> dict[str, Any]:
    return {
        "as_of": f"{run.as_of:%Y-%m-%d %H:%M}",
        "size": run.stored,
        "entered": run.entered,
        "left": run.left,
        "guard": run.verdict,
        "reason": run.reason or "",
    }
