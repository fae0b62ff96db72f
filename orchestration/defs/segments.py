"""The life of segments, as Dagster metadata: Dagster plots numbers over time, so a size becomes a trend."""

from collections.abc import Mapping
from typing import Any

from heddle.warehouse import Warehouse

LATEST = """
    select segment, members, entered, left_count, verdict, reason
    from segments.segment_runs
    qualify row_number() over (partition by segment order by as_of desc, run_at desc) = 1
"""


def segment_metadata(wh: Warehouse) -> dict[str, dict[str, Any]]:
    """Facts of the last evaluation by model name (`segment_<name>`); empty before the first segment was built."""
    if "segment_runs" not in wh.tables("segments") or "profiles" not in wh.tables("profiles"):
        return {}
    people = int(str(wh.scalar("select count(*) from profiles.profiles")))
    return {f"segment_{row['segment']}": _facts(row, max(people, 1)) for row in wh.query(LATEST).to_pylist()}


def _facts(row: Mapping[str, Any], people: int) -> dict[str, Any]:
    return {
        "size": row["members"],
        "share_percent": round(100 * row["members"] / people, 2),
        "entered": row["entered"],
        "left": row["left_count"],
        "guard": row["verdict"] + (f": {row['reason']}" if row["reason"] else ""),
    }
