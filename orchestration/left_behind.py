"""What dbt left out of a build because a segment failed, and could build all the same: the views over all segments."""

from collections.abc import Mapping, Sequence
from typing import Any

from heddle.transform import NodeResult
from orchestration import segment_page

GROUP_VIEW = "segments_of_"


def left_behind(results: Sequence[NodeResult], manifest: Mapping[str, Any]) -> list[str]:
    """Ids of skipped nodes: the views over the stays of all segments, and what hangs on nothing else that failed.

    A segment that failed keeps its members of the run before, or has no table yet and is left out; the others must not
    wait for it to be mended.
    """
    lost = {result.unique_id for result in results if not result.ok and result.kind in ("model", "seed", "snapshot")}
    waiting = [result.unique_id for result in results if result.status == "skipped"]
    found: list[str] = []
    while free := [one for one in waiting if not _hinders(one, lost.difference(found), manifest)]:
        found += free
        waiting = [one for one in waiting if one not in free]
    return found


def _hinders(unique_id: str, lost: set[str], manifest: Mapping[str, Any]) -> bool:
    """Whether it reads something that is lost; a view over all segments can do without some."""
    node = manifest["nodes"][unique_id]
    parents = lost.intersection(manifest["parent_map"].get(unique_id, ()))
    if node["name"].startswith(GROUP_VIEW):
        parents = {parent for parent in parents if segment_page.about(manifest["nodes"][parent]) is None}
    return bool(parents)
