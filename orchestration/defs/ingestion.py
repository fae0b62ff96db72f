"""Raw tables as assets: one per table that a dbt source declares with `meta.load`."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from heddle.ingestion import FileLoad, IngestResult, LoadSpec, PostgresLoad, RawTable, ingest_or_problem
from orchestration.defs.resources import Heddle

WITHIN_LIMIT = "rejects_within_limit"


def raw_assets(tables: Sequence[RawTable]) -> dg.Definitions:
    """One asset and one reject-limit check per declared raw table."""
    return dg.Definitions(assets=[raw_asset(table) for table in tables])


def raw_asset(table: RawTable) -> dg.AssetsDefinition:
    """The asset that loads what is new of one raw table; a broken file is a failed check, never a failed run."""
    key = dg.AssetKey([table.source, table.table])

    @dg.multi_asset(
        name=f"load_{table.source}__{table.table}",
        specs=[_spec(table, key)],
        check_specs=[dg.AssetCheckSpec(WITHIN_LIMIT, asset=key, description=_limit_words(table))],
    )
    def load(heddle: Heddle) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        with heddle.warehouse() as wh:
            result = ingest_or_problem(wh, heddle.settings, table)
        if result.problem:
            heddle.problems.append(result.problem)
        yield dg.MaterializeResult(asset_key=key, metadata=_metadata(table, result))
        yield dg.AssetCheckResult(
            asset_key=key, check_name=WITHIN_LIMIT, passed=not result.over_limit, metadata=_metadata(table, result)
        )

    return load


def _spec(table: RawTable, key: dg.AssetKey) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        group_name="raw",
        description=table.description or f"Raw table {table.source}.{table.table}, as it came.",
        owners=[table.owner] if table.owner else None,
        kinds={_kind(table.load), "duckdb"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=2), warn_window=timedelta(days=1)),
    )


def _kind(load: LoadSpec) -> str:
    if isinstance(load, FileLoad):
        return load.format
    return "postgres" if isinstance(load, PostgresLoad) else "rest"


def _limit_words(table: RawTable) -> str:
    limit = table.load.reject_limit
    words = f"{limit.rows}" if limit.rows is not None else f"{limit.share:.2%} of the"
    return f"At most {words} newly read rows may be unreadable; each is kept in raw.raw_rejects with its reason."


def _metadata(table: RawTable, result: IngestResult) -> dict[str, Any]:
    reasons = "; ".join(f"{reason}: {n}" for reason, n in sorted(result.reasons.items()))
    facts: dict[str, Any] = {
        "new_rows": result.rows,
        "rejects": result.rejects,
        "files_seen": result.files_seen,
        "files_loaded": result.files_loaded,
        "files_unreadable": result.files_unreadable,
        "seconds": round(result.seconds, 2),
    }
    told = {
        "problem": result.problem or _nothing(table, result),
        "reject_reasons": reasons,
        "new_columns": ", ".join(result.new_columns),
        "missing_columns": ", ".join(result.missing_columns),
        "type_changes": "; ".join(result.type_changes),
    }
    return facts | {name: text for name, text in told.items() if text}


def _nothing(table: RawTable, result: IngestResult) -> str:
    """A pattern with a slip of the pen looks like a source that is quiet: it is said which one it was."""
    if result.nothing_found and isinstance(table.load, FileLoad):
        return f"no file in the data folder matches {table.load.files}"
    return ""
