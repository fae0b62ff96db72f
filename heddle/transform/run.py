"""dbt's nodes, run in this process."""

import json
from collections.abc import Sequence

from heddle.rare_collections import rare_collections
from heddle.settings import Settings
from heddle.transform.identity_definitions import identity_definitions
from heddle.transform.invoke import invoke_dbt
from heddle.transform.node_result import NodeResult, OnEvent, node_result
from heddle.transform.prepare import parsed_project
from heddle.warehouse import Warehouse, open_warehouse

_COUNTED = ("table", "incremental", "seed")


def run_dbt(settings: Settings, args: Sequence[str], on_event: OnEvent | None = None) -> list[NodeResult]:
    """Runs `dbt <args>`, for example `["build", "--select", "staging"]`; one result per node, in order of ending.

    Nodes that fail are in the results and nothing is raised for them: look at `ok`. Raises HeddleError when
    the project does not parse or compile, or the warehouse cannot be opened.
    """
    with rare_collections():
        # variables may change what a model is: such a command parses for itself
        manifest = None if "--vars" in args else parsed_project(settings)
        told = [] if manifest is None else _told(identity_definitions(manifest))
        result = invoke_dbt(settings, [*args, *told], on_event, manifest)
    outcomes = getattr(result.result, "results", None) or []
    relations = {
        outcome.node.unique_id: f'"{outcome.node.schema}"."{outcome.node.alias}"'
        for outcome in outcomes
        if _is_counted(outcome.node) and str(outcome.status) == "success"
    }
    results = [node_result(outcome) for outcome in outcomes]
    if not relations:
        return results
    with open_warehouse(settings, read_only=True) as warehouse:
        return [_counted(warehouse, result, relations) for result in results]


def _told(definitions: str) -> list[str]:
    return ["--vars", json.dumps({"identity_definitions": definitions})]


def _is_counted(node: object) -> bool:
    kind = str(getattr(node, "resource_type", ""))
    materialized = getattr(getattr(node, "config", None), "materialized", "")
    return kind == "seed" or (kind == "model" and materialized in _COUNTED)


def _counted(warehouse: Warehouse, result: NodeResult, relations: dict[str, str]) -> NodeResult:
    if result.unique_id not in relations:
        return result
    rows = warehouse.scalar(f"select count(*) from {relations[result.unique_id]}")
    return result.with_rows(int(str(rows)))
