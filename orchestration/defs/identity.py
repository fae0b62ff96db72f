"""The quality of identity on the page of `identity_map`: its last run in numbers, plots and tables, and two checks.

Nothing here names an identifier: profile ids, types, guards and counts only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from heddle.warehouse import Warehouse
from orchestration.bar_plot import bar_plot
from orchestration.defs.resources import Heddle
from orchestration.identity_limits import (
    EXPLODES,
    JUMPS,
    IdentityVerdict,
    Run,
    load_limits,
    merge_rate,
    verdicts,
)

MAP = dg.AssetKey(["identity", "identity_map"])
SHOWN = 10
DESCRIBED = {
    EXPLODES: "No profile grew out of all proportion since the run before.",
    JUMPS: "This run did not merge far more profiles than the runs before.",
}
COUNTED = ("profiles", "nodes", "largest_profile", "merges", "splits", "retired", "quarantined")
SIZES = "select nodes, count(*) as profiles from identity.identity_assignments group by nodes order by nodes"
LARGEST = f"select profile_id, nodes from identity.identity_assignments order by nodes desc, profile_id limit {SHOWN}"
CHANGES = """
    select change, cause, count(*) as profiles, cast(sum(nodes) as bigint) as nodes_moved
    from identity.identity_merges where run_seq = ? group by change, cause order by change, cause
"""
WITHHELD = """
    select guard, node_type, count(*) as identifiers, cast(sum(people) as bigint) as people_kept_apart
    from identity.identity_quarantine group by guard, node_type order by identifiers desc, guard, node_type
"""


def identity_metadata(wh: Warehouse) -> dict[str, dict[str, Any]]:
    """Facts of the last run of identity by model name; empty before the first."""
    runs = identity_runs(wh)
    if not runs:
        return {}
    sizes = _by_size((row["nodes"], row["profiles"]) for row in _rows(wh, SIZES))
    return {
        "identity_map": {
            **_numbers(runs[0]),
            "profile_sizes": dg.MetadataValue.md(bar_plot("Profiles by number of nodes (logarithmic)", sizes)),
            "largest_profiles": _table(_rows(wh, LARGEST)),
            "changes_of_this_run": _table(_rows(wh, CHANGES, [runs[0]["seq"]])),
            "withheld_by_guard": _table(_rows(wh, WITHHELD)),
            "last_runs": _table([_trend(run) for run in runs]),
        }
    }


def identity_runs(wh: Warehouse, last: int = SHOWN) -> list[Run]:
    """The last rows of identity_runs, newest first."""
    if "identity_runs" not in wh.tables("identity"):
        return []
    return list(_rows(wh, f"select * from identity.identity_runs order by seq desc limit {last}"))


def identity_checks(manifest: Mapping[str, Any]) -> dg.Definitions:
    """The checks of `identity_map`, where the project has one."""
    names = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    return dg.Definitions(asset_checks=[identity_quality] if {"identity_map", "identity_runs"} <= names else [])


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec(name, asset=MAP, description=what) for name, what in DESCRIBED.items()], can_subset=True
)
def identity_quality(context: dg.AssetCheckExecutionContext, heddle: Heddle) -> Iterator[dg.AssetCheckResult]:
    """The last run of identity against `identity_limits.yml`."""
    limits = load_limits()
    with heddle.warehouse() as wh:
        found = verdicts(identity_runs(wh, limits.merge_rate.runs + 1), limits)
    wanted = {key.name for key in context.selected_asset_check_keys}
    yield from (_result(verdict) for verdict in found if verdict.check in wanted)


def _result(verdict: IdentityVerdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=verdict.passed,
        asset_key=MAP,
        check_name=verdict.check,
        description=verdict.why,
        metadata=dict(verdict.facts),
    )


def _numbers(run: Run) -> dict[str, int | float]:
    """Plain numbers: of these Dagster draws the trend over all runs by itself."""
    return {
        "identity_run": run["seq"],
        **{name: run[name] for name in COUNTED},
        "anonymous_share_percent": _percent(run["anonymous_profiles"], run["profiles"]),
        "merge_rate_percent": round(100 * merge_rate(run), 4),
    }


def _trend(run: Run) -> dict[str, Any]:
    numbers = _numbers(run)
    return {"run": numbers.pop("identity_run"), "as_of": str(run["as_of"]), "mode": run["mode"], **numbers}


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(whole, 1), 2)


def _by_size(sizes: Iterator[tuple[int, int]]) -> dict[str, int]:
    """Profiles by size in powers of two, `1`, `2`, `3-4`, `5-8`, ...; a size that nobody has is shown as empty."""
    found: dict[int, int] = {}
    for nodes, profiles in sizes:
        power = max(nodes - 1, 0).bit_length()
        found[power] = found.get(power, 0) + profiles
    powers = range(min(found, default=0), max(found, default=-1) + 1)
    return {_size(power): found.get(power, 0) for power in powers}


def _size(power: int) -> str:
    return f"{2**power}" if power < 2 else f"{2 ** (power - 1) + 1:,}-{2**power:,}"


def _rows(wh: Warehouse, sql: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
    return wh.query(sql, params).to_pylist()


def _table(rows: Sequence[Mapping[str, Any]]) -> dg.MetadataValue[Any]:
    if not rows:
        return dg.MetadataValue.text("none")
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows])
