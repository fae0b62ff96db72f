"""Segments in Dagster: whether each is refreshed and has members, and an asset that says what they share."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration import segment_page
from orchestration.defs.resources import Heddle
from orchestration.heat_map import heat_map
from orchestration.segment_facts import segment_runs
from orchestration.segment_health import FILLED, FRESH, Health, emptiness, freshness
from orchestration.segment_overlap import Overlap, segment_overlap

MEMBERSHIPS = dg.AssetKey(["segments", "segment_memberships"])
DESCRIBED = {
    FRESH: "Refreshed as often as its file promises, not held back by a guard or a fault.",
    FILLED: "Has members: it did not lose all at once, and is not empty run after run.",
}


def refreshes(manifest: Mapping[str, Any]) -> dict[str, str]:
    """{segment: how often it is refreshed, in the words of its file}, of every segment of the project."""
    found = (segment_page.about(node) for node in manifest["nodes"].values())
    return {str(segment["name"]): str(segment["refresh"]) for segment in found if segment}


def segment_definitions(manifest: Mapping[str, Any]) -> dg.Definitions:
    """The checks of every segment, and the asset that compares them; nothing where there is no segment."""
    refreshed = refreshes(manifest)
    if not refreshed:
        return dg.Definitions()
    return dg.Definitions(assets=[segment_overlaps], asset_checks=[_health(refreshed)])


def health_checks(manifest: Mapping[str, Any]) -> dg.AssetSelection:
    """The checks of every segment: they belong into every run, to find what the run did not refresh."""
    return dg.AssetSelection.checks(
        *(dg.AssetCheckKey(_key(name), check) for name in refreshes(manifest) for check in DESCRIBED)
    )


def _health(refreshed: Mapping[str, str]) -> dg.AssetChecksDefinition:
    specs = [
        dg.AssetCheckSpec(check, asset=_key(name), description=what, additional_deps=[MEMBERSHIPS])
        for name in refreshed
        for check, what in DESCRIBED.items()
    ]

    @dg.multi_asset_check(name="segment_health", specs=specs, can_subset=True)
    def segment_health(context: dg.AssetCheckExecutionContext, heddle: Heddle) -> Iterator[dg.AssetCheckResult]:
        with heddle.warehouse() as wh:
            runs = segment_runs(wh)
        for name, words in refreshed.items():
            found = runs.get(name, [])
            yield from _results(name, [freshness(found, words, heddle.as_of), emptiness(found)], context)

    return segment_health


def _results(
    name: str, healths: Collection[Health], context: dg.AssetCheckExecutionContext
) -> Iterator[dg.AssetCheckResult]:
    for health in healths:
        if dg.AssetCheckKey(_key(name), health.check) in context.selected_asset_check_keys:
            severity = dg.AssetCheckSeverity.ERROR if health.grave else dg.AssetCheckSeverity.WARN
            yield dg.AssetCheckResult(
                passed=health.passed,
                asset_key=_key(name),
                check_name=health.check,
                severity=severity,
                description=health.why,
            )


def _key(segment: str) -> dg.AssetKey:
    return dg.AssetKey(["segments", f"segment_{segment}"])


@dg.asset(key=["segments", "segment_overlaps"], deps=[MEMBERSHIPS], group_name="segments", tags={"refresh_daily": ""})
def segment_overlaps(heddle: Heddle) -> dg.MaterializeResult[Any]:
    """How many people the largest segments have in common: who hears from us twice, and what could be one segment."""
    with heddle.warehouse() as wh:
        overlap = segment_overlap(wh)
    return dg.MaterializeResult(metadata=_overlap_facts(overlap))


def _overlap_facts(overlap: Overlap) -> dict[str, Any]:
    every = range(len(overlap.names))
    shares = [[overlap.share(one, other) for other in every] for one in every]
    labels = [f"{name} ({overlap.shared[place][place]:,})" for place, name in enumerate(overlap.names)]
    note = "Per cent of the smaller segment's people who are in the other one too; people in the segment in brackets."
    return {
        "overlap": dg.MetadataValue.md(heat_map("What the largest segments share", note, labels, shares)),
        "most_alike": dg.MetadataValue.table([dg.TableRecord(_pair(overlap, *p)) for p in overlap.pairs()[:20]]),
    }


def _pair(overlap: Overlap, larger: int, smaller: int) -> dict[str, Any]:
    return {
        "smaller": overlap.names[smaller],
        "larger": overlap.names[larger],
        "in_both": overlap.shared[larger][smaller],
        "percent": round(100 * overlap.share(larger, smaller), 1),
    }
