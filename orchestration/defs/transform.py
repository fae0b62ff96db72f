"""dbt models, segments and desired-state models as assets; dbt tests as their checks.

One dbt build makes them all. A failed model does not fail the step: its output is simply not there, so only
what hangs on it is skipped. `run_verdict` fails afterwards, so that the run is not green.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings
from dagster_dbt.asset_utils import build_dbt_specs, get_asset_check_key_for_test

from heddle.transform import NodeResult, run_dbt
from heddle.warehouse import Warehouse
from orchestration import segment_page
from orchestration.defs.identity import identity_metadata
from orchestration.defs.resources import Heddle
from orchestration.defs.segments import refreshes
from orchestration.left_behind import left_behind
from orchestration.not_built import not_built
from orchestration.progress import NodeCounter
from orchestration.segment_facts import segment_facts

Manifest = Mapping[str, Any]
BUILD = dg.AssetKey(["transform_build"])


class Translator(DagsterDbtTranslator):
    """Stage = group; a failing dbt test is reported, and dbt itself keeps the models behind it from building."""

    def __init__(self, root: Path) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self._root = root

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The stage folder, which is also the dbt group; seeds stand by themselves."""
        return "seeds" if dbt_resource_props["resource_type"] == "seed" else str(dbt_resource_props["fqn"][1])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Of a segment what it means and its file; of the other nodes what dbt says."""
        if segment_page.about(dbt_resource_props):
            return segment_page.description(dbt_resource_props, self._root)
        return super().get_description(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """Who to ask about a segment; without an owner of its own, and for the other nodes, the stage's."""
        own = segment_page.owners(dbt_resource_props) if segment_page.about(dbt_resource_props) else None
        return own or super().get_owners(dbt_resource_props)

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """dbt's tags, and of a segment how often it is refreshed."""
        return {**super().get_tags(dbt_resource_props), **segment_page.tags(dbt_resource_props)}

    def get_asset_check_spec(self, *args: Any, **kwargs: Any) -> dg.AssetCheckSpec | None:
        """The dbt test as a check that does not abort the step it is reported from."""
        spec = super().get_asset_check_spec(*args, **kwargs)
        return spec._replace(blocking=False) if spec else None


def dbt_definitions(manifest: Manifest, root: Path) -> dg.Definitions:
    """Assets and checks of the dbt project of this manifest, built by one step."""
    translator = Translator(root)
    refreshed = refreshes(manifest)
    specs, checks = build_dbt_specs(
        translator=translator, manifest=manifest, select="fqn:*", exclude="", selector="",
        io_manager_key=None, project=None,
    )  # fmt: skip
    nodes = {str(spec.metadata["dagster_dbt/unique_id"]): spec.key for spec in specs}

    @dg.multi_asset(
        name="dbt_build",
        specs=[spec.replace_attributes(skippable=True) for spec in specs] + [_build_spec()],
        check_specs=checks,
        can_subset=True,
    )
    def dbt_build(context: dg.AssetExecutionContext, heddle: Heddle) -> Iterator[Any]:
        with heddle.warehouse() as wh:
            selection = _selection(context, nodes, manifest, wh)
        args = ["build", "--exclude-resource-type", "unit_test", *selection]
        results = _caught_up(heddle, run_dbt(heddle.settings, args, on_event=NodeCounter()), manifest)
        _log_failures(context, results)
        yield from _materializations(context, heddle, results, nodes, refreshed)
        yield from _check_results(context, results, _check_keys(manifest, translator))
        if BUILD in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=BUILD, metadata=_summary(results))

    return dg.Definitions(assets=[dbt_build, run_verdict])


@dg.asset(deps=[BUILD], group_name="transform")
def run_verdict(context: dg.AssetExecutionContext, heddle: Heddle) -> None:
    """Fails for what went wrong without stopping the run: unreachable sources, faulty files, models not built."""
    event = context.instance.get_latest_materialization_event(BUILD)
    materialization = event.asset_materialization if event else None
    failed = materialization.metadata["failed"].value if materialization else ""
    problems = [*heddle.problems, *([f"dbt could not build: {failed}"] if failed else [])]
    if problems:
        raise dg.Failure("\n".join(problems), allow_retries=False)


def _caught_up(heddle: Heddle, results: Sequence[NodeResult], manifest: Manifest) -> Sequence[NodeResult]:
    """The results, after a second build of what a failed segment need not have kept from being built."""
    again = left_behind(results, manifest)
    if not again:
        return results
    args = ["build", "--indirect-selection", "empty", *_select(again, manifest)]
    built = {result.unique_id: result for result in run_dbt(heddle.settings, args, on_event=NodeCounter())}
    return [built.get(result.unique_id, result) for result in results]


def _build_spec() -> dg.AssetSpec:
    return dg.AssetSpec(BUILD, group_name="transform", description="The last dbt build: nodes, seconds, what failed.")


def _log_failures(context: dg.AssetExecutionContext, results: Sequence[NodeResult]) -> None:
    for result in results:
        if not result.ok and result.status != "skipped":
            context.log.error(f"{result.name}: {result.status}: {result.message}")


def _selection(
    context: dg.AssetExecutionContext, nodes: Mapping[str, dg.AssetKey], manifest: Manifest, wh: Warehouse
) -> list[str]:
    """dbt's --select for the assets that this run asks for; nothing when it asks for all of them."""
    wanted = {uid for uid, key in nodes.items() if key in context.selected_asset_keys}
    if len(wanted) == len(nodes):
        return []
    return _select(wanted | never_built(wanted, manifest, wh), manifest)


def _select(wanted: Collection[str], manifest: Manifest) -> list[str]:
    """By their whole path: the plain name of the model `profiles` also selects the whole folder of that name."""
    return ["--select", *sorted("fqn:" + ".".join(manifest["nodes"][uid]["fqn"]) for uid in wanted)]


def never_built(wanted: Collection[str], manifest: Manifest, wh: Warehouse) -> set[str]:
    """What the wanted nodes read and nobody has built yet: a daily segment that was written this morning must not
    break the view over all segments, which is refreshed every quarter of an hour."""
    missing: set[str] = set()
    waiting = list(wanted)
    while waiting:
        for uid in manifest["parent_map"].get(waiting.pop(), ()):
            node = manifest["nodes"].get(uid)
            if node and uid not in missing and uid not in wanted and not _is_built(node, wh):
                missing.add(uid)
                waiting.append(uid)
    return missing


def _is_built(node: Mapping[str, Any], wh: Warehouse) -> bool:
    return node["config"].get("materialized") == "ephemeral" or (node.get("alias") or node["name"]) in wh.tables(
        node["schema"]
    )


def _materializations(
    context: dg.AssetExecutionContext,
    heddle: Heddle,
    results: Sequence[NodeResult],
    nodes: Mapping[str, dg.AssetKey],
    refreshed: Mapping[str, str],
) -> Iterator[dg.MaterializeResult[Any]]:
    with heddle.warehouse() as wh:
        facts_of = {**segment_facts(wh, heddle.settings.time_zone, refreshed), **identity_metadata(wh)}
    for result in results:
        key = nodes.get(result.unique_id)
        if key in context.selected_asset_keys and result.ok:
            rows = {} if result.rows is None else {"dagster/row_count": result.rows}
            facts = {"seconds": result.seconds, **rows, **facts_of.get(result.name, {})}
            yield dg.MaterializeResult(asset_key=key, metadata=facts)


def _check_keys(manifest: Manifest, translator: Translator) -> Callable[[str], dg.AssetCheckKey | None]:
    return lambda unique_id: get_asset_check_key_for_test(manifest, translator, unique_id, None)


def _check_results(
    context: dg.AssetExecutionContext,
    results: Sequence[NodeResult],
    key_of: Callable[[str], dg.AssetCheckKey | None],
) -> Iterator[dg.AssetCheckResult]:
    """A test that could not run because its model failed is a failed check, not a silent one."""
    for result in results:
        key = key_of(result.unique_id)
        if key is None or key not in context.selected_asset_check_keys:
            continue
        severity = dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=result.status == "pass",
            severity=severity,
            metadata={"failing_rows": result.failures or 0, "status": result.status},
        )


def _summary(results: Sequence[NodeResult]) -> dict[str, Any]:
    slowest = sorted(results, key=lambda r: -r.seconds)[:10]
    table = "\n".join(f"| {r.name} | {r.seconds:.2f} |" for r in slowest)
    models = [r for r in results if r.kind != "test"]
    return {
        "dbt_nodes": len(models),
        "tests": len(results) - len(models),
        "failed": not_built(results),
        "slowest": dg.MetadataValue.md(f"| node | seconds |\n|---|---|\n{table}"),
    }
