"""What became of one dbt node, and what is told while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from heddle.transform.dbt_message import without_values

GOOD = frozenset({"success", "pass", "warn", "no-op", "partial success"})


@dataclass(frozen=True)
class NodeResult:
    """`kind` is model, seed, test, unit_test, ...; `rows` is None where nobody counted.

    `failures` is the number of rows that a test found; `message` holds no values of the data; `where` is the
    file in the repository that declares the node.
    """

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    rows: int | None
    failures: int
    message: str
    where: str = ""

    @property
    def ok(self) -> bool:
        """False for an error, a failed test, and a node that was skipped because of one."""
        return self.status in GOOD

    def with_rows(self, rows: int) -> "NodeResult":
        return replace(self, rows=rows)


@dataclass(frozen=True)
class NodeEvent:
    """`status` is `started`, or how the node ended; `total` is the number of nodes of the invocation."""

    unique_id: str
    name: str
    kind: str
    status: str
    total: int


OnEvent = Callable[[NodeEvent], None]


def node_result(result: Any) -> NodeResult:
    """From dbt's RunResult."""
    rows = (result.adapter_response or {}).get("rows_affected")
    return NodeResult(
        unique_id=result.node.unique_id,
        name=result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status).lower(),
        seconds=round(float(result.execution_time or 0.0), 3),
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
        failures=int(result.failures or 0),
        message=without_values(result.message or ""),
        where=f"dbt_project/{result.node.original_file_path}",
    )


class EventTeller:
    """Turns dbt's event stream into NodeEvents. dbt calls it from its worker threads."""

    def __init__(self, tell: OnEvent) -> None:
        self._tell = tell
        self._total = 0

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if name == "ConcurrencyLine":
            self._total = int(event.data.node_count)
        elif name in ("NodeStart", "NodeFinished"):
            node = event.data.node_info
            status = "started" if name == "NodeStart" else str(event.data.run_result.status).lower()
            self._tell(NodeEvent(node.unique_id, node.node_name, node.resource_type, status, self._total))
