"""One asset per sync: what was planned, delivered, rejected and suppressed, and whether it went as it should."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from activations import RunResult, Sync, answers_later, poll_sync, run_sync
from heddle.errors import HeddleError
from heddle.settings import Settings
from heddle.warehouse import Warehouse
from orchestration.defs.resources import Heddle
from orchestration.sync_health import CHECKS, Health, health_of
from orchestration.timetable import tags_of

EXCLUDED = ("suppressed", "invalid", "waiting", "quarantined", "pending")
SENT = ("delivered", "accepted", "rejected", "unknown", "skipped")


def sync_assets(settings: Settings, syncs: Sequence[Sync], manifest: Mapping[str, Any]) -> dg.Definitions:
    """One asset with its checks per sync; the lineage goes from the source model to the destination."""
    schemas = {n["name"]: n["schema"] for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    later = [sync for sync in syncs if answers_later(settings, sync)]
    receipts = [receipts_asset(later)] if later else []
    return dg.Definitions(assets=[*receipts, *(sync_asset(sync, schemas) for sync in syncs)])


def sync_asset(sync: Sync, schemas: Mapping[str, str]) -> dg.AssetsDefinition:
    """The asset that brings one destination to the state that the warehouse desires."""
    key = dg.AssetKey(["sync", sync.sync])

    @dg.multi_asset(
        name=f"sync_{sync.sync}",
        specs=[_spec(sync, key, schemas)],
        check_specs=[dg.AssetCheckSpec(name, asset=key, description=what) for name, what in CHECKS.items()],
    )
    def sync_one(heddle: Heddle) -> Iterator[Any]:
        started = time.monotonic()
        with heddle.warehouse() as wh:
            result = yield from _synced(wh, heddle, sync, key)
            health = health_of(wh, sync, result, heddle.as_of)
        heddle.alarms.extend(f"{sync.sync}: {verdict.why}" for verdict in health.verdicts if not verdict.passed)
        yield dg.MaterializeResult(asset_key=key, metadata=_metadata(result, health, time.monotonic() - started))
        yield from _checks(key, health)

    return sync_one


def _synced(wh: Warehouse, heddle: Heddle, sync: Sync, key: dg.AssetKey) -> Generator[Any, None, RunResult]:
    """The run of the sync; one that stops has checks all the same, and somebody is told."""
    try:
        return run_sync(wh, heddle.settings, sync, heddle.as_of)
    except HeddleError as error:
        heddle.alarms.append(f"{sync.sync} stopped: {error.what}")
        yield from _checks(key, health_of(wh, sync, None, heddle.as_of))
        raise


def receipts_asset(syncs: Sequence[Sync]) -> dg.AssetsDefinition:
    """Asks asynchronous destinations what became of what they accepted; sends nothing."""

    @dg.asset(name="receipts", group_name="activations", key_prefix="sync")
    def receipts(context: dg.AssetExecutionContext, heddle: Heddle) -> None:
        """What asynchronous destinations accepted earlier, asked about and settled."""
        rows = []
        with heddle.warehouse() as wh:
            for sync in syncs:
                rows.append(_asked(wh, heddle, sync))
        totals = {name: sum(row[name] for row in rows) for name in ("settled", "pending", "overdue")}
        context.add_output_metadata({**totals, "receipts": dg.MetadataValue.md(_markdown(rows))})

    return receipts


def _asked(wh: Warehouse, heddle: Heddle, sync: Sync) -> dict[str, Any]:
    try:
        polled = poll_sync(wh, heddle.settings, sync, heddle.as_of)
    except HeddleError as error:
        heddle.problems.append(f"receipts of {sync.sync}: {error.what}")
        return {"sync": sync.sync, "settled": 0, "pending": 0, "overdue": 0, "error": error.what}
    return {
        "sync": sync.sync,
        "settled": sum(polled.outcomes.values()),
        "pending": polled.pending,
        "overdue": polled.overdue,
        "error": polled.error or "",
    }


def _spec(sync: Sync, key: dg.AssetKey, schemas: Mapping[str, str]) -> dg.AssetSpec:
    models = [sync.source.model] if sync.source.model else [f"segment_{sync.source.segment}", "profiles"]
    models += [f"segment_{sync.source.segment}"] if sync.source.model and sync.source.segment else []
    models += [] if sync.purpose == "operational" else ["profile_reachability"]
    return dg.AssetSpec(
        key,
        deps=[dg.AssetKey([schemas[model], model]) for model in models if model in schemas],
        group_name="activations",
        description=sync.title or None,
        owners=[sync.owner] if sync.owner else None,
        kinds={sync.destination},
        tags=tags_of(sync.schedule),
        metadata={"purpose": sync.purpose, "object": sync.object, "file": sync.where().rsplit(":", 2)[0]},
    )


def _metadata(result: RunResult, health: Health, seconds: float) -> dict[str, Any]:
    """Plain numbers: of these Dagster draws the trend over all runs by itself."""
    planned = {name: result.total(name) for name in ("add", "change", "remove", *EXCLUDED)}
    outcomes = {name: result.outcomes.get(name, 0) for name in SENT}
    excluded = [(action, reason, n) for action in EXCLUDED for reason, n in result.planned.get(action, {}).items()]
    rows = [*excluded, *((*reason.split(": ", 1), n) for reason, n in result.reasons.items())]
    rows += [("not used by the destination", reason, n) for reason, n in result.unattributed.items()]
    rows += [("value left out", reason, n) for reason, n in result.dropped.items()]
    return {
        "planned": sum(planned[name] for name in ("add", "change", "remove")),
        **planned,
        **outcomes,
        "seconds": round(seconds, 2),
        **({"rows_per_second": round(result.delivered / result.seconds)} if result.seconds > 0 else {}),
        **health.numbers,
        "status": result.status,
        "plan": result.plan_id,
        "reasons": dg.MetadataValue.md(
            _markdown([dict(zip(("what", "reason", "rows"), row, strict=True)) for row in rows])
        ),
        "last_runs": dg.MetadataValue.md(_markdown(health.trend)),
        **({"resync": result.resync} if result.resync else {}),
    }


def _markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "none"
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


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
