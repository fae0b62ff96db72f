"""One dbt command in this process, with the warehouse closed at the end of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from heddle.settings import Settings
from heddle.transform.dbt_message import project_error
from heddle.transform.node_result import EventTeller, OnEvent

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

# Neither console nor file: dbt's own log quotes rows that it could not convert.
_QUIET = (
    "--no-use-colors",
    "--no-send-anonymous-usage-stats",
    "--no-version-check",
    "--log-level=none",
    "--log-level-file=none",
    "--no-print",
)


def invoke_dbt(
    settings: Settings,
    args: Sequence[str],
    on_event: OnEvent | None = None,
    manifest: Manifest | None = None,
) -> dbtRunnerResult:
    """Runs `dbt <args>`. A node that fails is in the result; raises HeddleError when dbt itself cannot go on."""
    # inside: importing dbt takes 3 s, and who only asks whether the manifest is up to date needs none of it
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    callbacks: list[Callable[[Any], None]] = [EventTeller(on_event)] if on_event else []
    runner = dbtRunner(manifest=manifest, callbacks=callbacks)
    # parsing wrote the manifest: once more, and results that nobody reads, costs half a second
    written = [] if manifest is None else ["--no-write-json"]
    with settings.as_dbt_sees_them():
        try:
            result = runner.invoke([*_QUIET, *written, *args])
        finally:
            # the profile keeps the file open between nodes: without this the process would keep its lock
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt-duckdb is half typed
    if isinstance(result.exception, KeyboardInterrupt | SystemExit):
        raise result.exception
    if result.exception is not None:
        raise project_error(str(result.exception)) from None
    return result
