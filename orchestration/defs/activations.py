"""One asset per sync: what was planned, delivered, rejected and suppressed, and whether the guard held."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from activations import RunResult, Sync, run_sync
from orchestration.defs.resources import Heddle

GUARD = "guard_holds"
REJECTS = "rejects_below_limit"
MAX_REJECT_SHARE = 0.05
EXCLUDED = ("suppressed", "invalid", "waiting", "quarantined")
SENT = ("delivered", "accepted", "rejected", "unknown", "skipped")


def sync_assets(syncs: Sequence[Sync], manifest: Mapping[str, Any]) -> dg.Definitions:
    """One asset with its checks per sync; the lineage goes from the source model to the destination."""
    schemas = {n["name"]: n["schema"] for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    return dg.Definitions(assets=[sync_asset(sync, schemas) for sync in syncs])


def sync_asset(sync: Sync, schemas: Mapping[str, str]) -> dg.AssetsDefinition:
    """The asset that brings one destination to the state that the warehouse desires."""
    key = dg.AssetKey(["sync", sync.sync])

    @dg.multi_asset(
        name=f"sync_{sync.sync}",
        specs=[_spec(sync, key, schemas)],
        check_specs=[dg.AssetCheckSpec(GUARD, asset=key), dg.AssetCheckSpec(REJECTS, asset=key)],
    )
    def sync_one(heddle: Heddle) -> Iterator[Any]:
        started = time.monotonic()
        with heddle.warehouse() as wh:
            result = run_sync(wh, heddle.settings, sync, heddle.as_of)
        yield dg.MaterializeResult(asset_key=key, metadata=_metadata(result, time.monotonic() - started))
        yield from _checks(key, result)

    return sync_one


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
        tags=_schedule_tags(sync.schedule),
        metadata={"purpose": sync.purpose, "object": sync.object, "file": sync.where().rsplit(":", 2)[0]},
    )


def _schedule_tags(schedule: str) -> dict[str, str]:
    """What the schedules select by: a sync that is due once a day does not go out every 15 minutes."""
    return {f"refresh_{schedule.split(maxsplit=1)[0]}": ""} if schedule.startswith(("daily", "manual")) else {}


def _metadata(result: RunResult, seconds: float) -> dict[str, Any]:
    planned = {name: result.total(name) for name in ("add", "change", "remove", *EXCLUDED)}
    outcomes = {name: result.outcomes.get(name, 0) for name in SENT}
    excluded = [(action, reason, n) for action in EXCLUDED for reason, n in result.planned.get(action, {}).items()]
    rows = [*excluded, *((*reason.split(": ", 1), n) for reason, n in result.reasons.items())]
    table = "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    return {
        "planned": sum(planned[name] for name in ("add", "change", "remove")),
        **planned,
        **outcomes,
        "seconds": round(seconds, 2),
        "plan": result.plan_id,
        "reasons": dg.MetadataValue.md(f"| what | reason | rows |\n|---|---|---|\n{table}"),
        **({"resync": result.resync} if result.resync else {}),
    }


def _checks(key: dg.AssetKey, result: RunResult) -> Iterator[dg.AssetCheckResult]:
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=GUARD,
        passed=result.status != "blocked",
        metadata={"verdict": result.guard_reason or "ok"},
    )
    rejected = result.outcomes.get("rejected", 0)
    share = rejected / max(result.delivered + rejected, 1)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=REJECTS,
        passed=share <= MAX_REJECT_SHARE,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rejected_share": share, "limit": MAX_REJECT_SHARE},
    )
