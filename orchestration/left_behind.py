"""What dbt left out of a build because a segment failed, and could build all the same: the views over all segments."""

from collections.abc import Mapping, Sequence
from typing import Any

from heddle.transform import NodeResult
from orchestration import segment_page

GROUP_VIEW = "segments_of_"


def left_behind(results: Sequence[NodeResult], manifest: Mapping[str, Any]) -> list[str]:
    """Ids of skipped nodes: the views over the stays of all segments, and what hangs on nothing else that failed.

    A segment that failed keeps its members of the run before, or has no table yet and is left out; the others must not
    wait for it to be mended. What hangs on a failed test does wait: dbt left it out on purpose.
    """
    lost = _lost(results, manifest)
    waiting = [result.unique_id for result in results if result.status == "skipped"]
    found: list[str] = []
    while free := [one for one in waiting if _is_free(one, found, lost.difference(found), manifest)]:
        found += free
        waiting = [one for one in waiting if one not in free]
    return found


def _lost(results: Sequence[NodeResult], manifest: Mapping[str, Any]) -> set[str]:
    """What was not built, and what a test found faulty."""
    unbuilt = {result.unique_id for result in results if not result.ok and result.kind in ("model", "seed", "snapshot")}
    failed = (result.unique_id for result in results if result.kind == "test" and result.status in ("fail", "error"))
    return unbuilt.union(*(manifest["parent_map"].get(test, ()) for test in failed))


def _is_free(unique_id: str, found: Sequence[str], lost: set[str], manifest: Mapping[str, Any]) -> bool:
    """Whether it is a view over all segments, or reads one that is built again, and reads nothing that is lost; such
    a view can do without some segments."""
    node = manifest["nodes"][unique_id]
    parents = set(manifest["parent_map"].get(unique_id, ()))
    if node["name"].startswith(GROUP_VIEW):
        return all(segment_page.about(manifest["nodes"][parent]) for parent in parents & lost)
    return not parents & lost and not parents.isdisjoint(found)
