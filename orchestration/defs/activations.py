"""One asset per sync: what was planned, delivered, rejected and suppressed, and whether it went as it should."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from activations import Ended, Sync, answers_later, poll_sync
from heddle.errors import HeddleError
from heddle.settings import Settings
from heddle.warehouse import Warehouse
from orchestration.defs.resources import Heddle
from orchestration.sync_health import CHECKS, Health, health_of
from orchestration.sync_page import description, facts, table
from orchestration.timetable import tags_of


def sync_assets(settings: Settings, syncs: Sequence[Sync], manifest: Mapping[str, Any]) -> dg.Definitions:
    """One asset with its checks per sync; the lineage goes from the source model to the destination."""
    schemas = {n["name"]: n["schema"] for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    later = [sync for sync in syncs if answers_later(settings, sync)]
    receipts = [receipts_asset(later)] if later else []
    specs = {sync.sync: _spec(sync, schemas) for sync in syncs}
    return dg.Definitions(assets=[*receipts, *(sync_asset(sync, syncs, specs) for sync in syncs)])


def sync_asset(sync: Sync, syncs: Sequence[Sync], specs: Mapping[str, dg.AssetSpec]) -> dg.AssetsDefinition:
    """The asset that brings one destination to the state that the warehouse desires. `syncs` and `specs` are of all."""
    key = specs[sync.sync].key

    @dg.multi_asset(
        name=_step(sync),
        specs=[specs[sync.sync]],
        check_specs=[dg.AssetCheckSpec(name, asset=key, description=what) for name, what in CHECKS.items()],
    )
    def sync_one(context: dg.AssetExecutionContext, heddle: Heddle) -> Iterator[Any]:
        ended = heddle.deliveries.of(sync, heddle.settings, heddle.as_of, lambda: _ready(context, syncs, specs))
        with heddle.warehouse() as wh:
            health = health_of(wh, sync, ended.result, heddle.as_of)
        if ended.result is None:
            yield from _checks(key, health)
            raise _told(heddle, sync, ended)
        heddle.alarms.extend(f"{sync.sync}: {verdict.why}" for verdict in health.verdicts if not verdict.passed)
        yield dg.MaterializeResult(asset_key=key, metadata=facts(ended.result, health, ended.seconds))
        yield from _checks(key, health)

    return sync_one


def _told(heddle: Heddle, sync: Sync, ended: Ended) -> Exception:
    """What stopped the sync; somebody is told as well."""
    error = ended.error or HeddleError(f"{sync.sync} was not run")
    what = error.what if isinstance(error, HeddleError) else type(error).__name__
    heddle.alarms.append(f"{sync.sync} stopped: {what}")
    return error


def _ready(context: dg.AssetExecutionContext, syncs: Sequence[Sync], specs: Mapping[str, dg.AssetSpec]) -> list[Sync]:
    """Syncs whose step this run has as well, and whose sources it has made, or does not make: what Dagster would run
    next. Any other has its own step, or is skipped there."""
    wanted, steps = context.job_def.asset_layer.selected_asset_keys, context.run.step_keys_to_execute
    made = {
        entry.asset_materialization.asset_key
        for entry in context.instance.all_logs(context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        if entry.asset_materialization
    }
    return [
        sync
        for sync in syncs
        if specs[sync.sync].key in wanted
        and (steps is None or _step(sync) in steps)
        and all(dep.asset_key in made or dep.asset_key not in wanted for dep in specs[sync.sync].deps)
    ]


def receipts_asset(syncs: Sequence[Sync]) -> dg.AssetsDefinition:
    """Asks asynchronous destinations what became of what they accepted; sends nothing."""

    @dg.asset(name="receipts", group_name="activations", key_prefix="sync")
    def receipts(context: dg.AssetExecutionContext, heddle: Heddle) -> None:
        """What asynchronous destinations accepted earlier, asked about and settled."""
        rows = []
        with heddle.warehouse() as wh:
            for sync in syncs:
                rows.append(_asked(wh, heddle, sync))
        totals = {
            name: sum(row[name] for row in rows) for name in ("rows_settled", "receipts_open", "receipts_overdue")
        }
        context.add_output_metadata({**totals, "receipts": table(rows)})

    return receipts


def _asked(wh: Warehouse, heddle: Heddle, sync: Sync) -> dict[str, Any]:
    row: dict[str, Any] = {"sync": sync.sync, "rows_settled": 0, "receipts_open": 0, "receipts_overdue": 0, "error": ""}
    try:
        polled = poll_sync(wh, heddle.settings, sync, heddle.as_of)
    except HeddleError as error:
        heddle.problems.append(f"receipts of {sync.sync}: {error.what}")
        return {**row, "error": error.what}
    settled = sum(polled.outcomes.values())
    said = {"rows_settled": settled, "receipts_open": polled.pending, "receipts_overdue": polled.overdue}
    return {**row, **said, "error": polled.error or ""}


def _step(sync: Sync) -> str:
    return f"sync_{sync.sync}"


def _spec(sync: Sync, schemas: Mapping[str, str]) -> dg.AssetSpec:
    models = [sync.source.model] if sync.source.model else [f"segment_{sync.source.segment}", "profiles"]
    models += [f"segment_{sync.source.segment}"] if sync.source.model and sync.source.segment else []
    models += [] if sync.purpose == "operational" else ["profile_reachability"]
    return dg.AssetSpec(
        dg.AssetKey(["sync", sync.sync]),
        deps=[dg.AssetKey([schemas[model], model]) for model in models if model in schemas],
        group_name="activations",
        description=description(sync),
        owners=[sync.owner] if sync.owner else None,
        kinds={sync.destination},
        tags=tags_of(sync.schedule),
        metadata={"purpose": sync.purpose, "object": sync.object, "file": sync.where().rsplit(":", 2)[0]},
    )


def _checks(key: dg.AssetKey, health: Health) -> Iterator[dg.AssetCheckResult]:
    for verdict in health.verdicts:
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=verdict.check,
            passed=verdict.passed,
            severity=dg.AssetCheckSeverity.ERROR if verdict.blocks else dg.AssetCheckSeverity.WARN,
            description=verdict.why,
            metadata=dict(verdict.facts),
        )
