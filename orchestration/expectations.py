"""Great Expectations over the warehouse, pushed down as SQL.

Two habits of Great Expectations 1.24 are mended here. It closes the DuckDB connection before it fetches, so
DuckDB is added to the dialects whose connection is kept. And an expectation that could not be evaluated is
reported as a plain failure; here it is an error that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heddle.errors import HeddleError
from heddle.warehouse import qualified


@dataclass(frozen=True)
class Expectation:
    """One line of a suite file: a Great Expectations type, its arguments, and how bad its failure is."""

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """What an expectation found; `unexpected` counts rows, no value of a row is kept."""

    name: str
    passed: bool
    observed: float | None
    unexpected: int | None


class _KeptDialect(str):
    """Great Expectations compares `.value` of an enum; a plain string has none."""

    __slots__ = ()

    @property
    def value(self) -> str:
        return str(self)


def validate(warehouse: Path, schema: str, table: str, expectations: Sequence[Expectation]) -> list[Verdict]:
    """Evaluate a suite on one table of the DuckDB file, read-only.

    Raises:
        HeddleError: an expectation could not be evaluated (unknown type, missing column, bad SQL).
    """
    # Great Expectations costs 3 CPU seconds to import: only a step that checks pays for it.
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    _keep_duckdb_connections()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    suite = gx.ExpectationSuite(name=table)
    for one in expectations:
        suite.add_expectation(get_expectation_impl(one.type)(meta={"name": one.name}, **one.kwargs))
    source = context.data_sources.add_or_update_sql(
        "warehouse",
        connection_string=f"duckdb:///{warehouse}",
        kwargs={"connect_args": {"read_only": True}},
        create_temp_table=False,
    )
    try:
        # a query, because the column lookup of a table asset leaves out the schema on DuckDB
        rows = source.add_query_asset(table, query=f"select * from {qualified(f'{schema}.{table}')}")
        batch = rows.add_batch_definition_whole_table("all")
        definition = gx.ValidationDefinition(name=table, data=batch, suite=context.suites.add(suite))
        result = context.validation_definitions.add(definition).run(result_format="BASIC")
        return [_verdict(schema, table, one) for one in result.results]
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _verdict(schema: str, table: str, result: Any) -> Verdict:
    name = result.expectation_config.meta["name"]
    for info in (result.exception_info or {}).values():
        if isinstance(info, Mapping) and info.get("raised_exception"):
            raise HeddleError(
                f"the expectation {name} could not be evaluated on {schema}.{table}",
                hint="check its arguments and the table's columns; the reason is not shown, it may quote a row",
            )
    found = result.result or {}
    observed = found.get("observed_value")
    return Verdict(
        name,
        bool(result.success),
        observed if isinstance(observed, (int, float)) else None,
        found.get("unexpected_count"),
    )


def _keep_duckdb_connections() -> None:
    from great_expectations.execution_engine import sqlalchemy_execution_engine as engine

    kept = engine._PERSISTED_CONNECTION_DIALECTS
    if not any(str(getattr(d, "value", d)) == "duckdb" for d in kept):
        engine._PERSISTED_CONNECTION_DIALECTS = (*kept, _KeptDialect("duckdb"))
