"""What the page of a sync shows of one run: how it ended, numbers, reasons, and how it went over the last runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from activations import RunResult, Sync
from orchestration.sync_health import Health, PastRun
from orchestration.trend_plot import Point, trend_plot

OPERATIONS = ("add", "change", "remove")
EXCLUDED = ("suppressed", "invalid", "waiting", "quarantined", "pending")
SENT = ("delivered", "accepted", "rejected", "unknown", "skipped")


def description(sync: Sync) -> str:
    """The title, and what leaves, where to, under which conditions."""
    source = f"`{sync.source.model}`" if sync.source.model else f"the segment `{sync.source.segment}`"
    limits = [f"at most {sync.guard.max_removed:g} % removed"]
    limits += [f"at most {sync.guard.max_removed_rows:,} rows"] if sync.guard.max_removed_rows is not None else []
    limits += [f"at least {sync.guard.min_source_rows:,} in the source"] if sync.guard.min_source_rows else []
    said = (
        f'{source} to `{sync.destination}`, {sync.object} "{sync.audience_name}". Purpose {sync.purpose}, '
        f"on leave {sync.on_leave}, {sync.schedule}. Guard: {', '.join(limits)}."
    )
    return f"{sync.title}\n\n{said}" if sync.title else said


def facts(result: RunResult, health: Health, seconds: float) -> dict[str, Any]:
    """Plain numbers, of which Dagster draws the trend over all runs by itself; what matters first."""
    planned = {name: result.total(name) for name in (*OPERATIONS, *EXCLUDED)}
    outcomes = {name: result.outcomes.get(name, 0) for name in SENT}
    return {
        "status": result.status,
        **({"why": result.guard_reason} if result.guard_reason else {}),
        **({"resync": result.resync} if result.resync else {}),
        "planned": sum(planned[name] for name in OPERATIONS),
        **{name: outcomes[name] for name in ("delivered", "accepted", "rejected")},
        "suppressed": planned["suppressed"],
        **health.numbers,
        "reasons": table(_reasons(result)),
        **({"trend": dg.MetadataValue.md(_trend(health.trend))} if health.trend else {}),
        "last_runs": table([_listed(run) for run in health.trend]),
        **{name: n for name, n in {**planned, **outcomes}.items() if name not in _FIRST},
        "latency_seconds": round(seconds, 2),
        **({"rows_per_second": round(result.delivered / result.seconds)} if result.seconds > 0 else {}),
        "plan": result.plan_id,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    """A table of Markdown, since Dagster shows its own kind only behind a click."""
    if not rows:
        return dg.MetadataValue.md("none")
    head = [name.replace("_", " ") for name in rows[0]]
    lines = [head, ["---"] * len(head), *(list(row.values()) for row in rows)]
    return dg.MetadataValue.md("\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines))


_FIRST = ("delivered", "accepted", "rejected", "suppressed")


def _reasons(result: RunResult) -> list[dict[str, Any]]:
    rows = [(action, reason, n) for action in (*OPERATIONS, *EXCLUDED)
            for reason, n in result.planned.get(action, {}).items()]  # fmt: skip
    rows += [(*_parts(reason), n) for reason, n in result.reasons.items()]
    rows += [("not used by the destination", reason, n) for reason, n in result.unattributed.items()]
    rows += [("value left out", reason, n) for reason, n in result.dropped.items()]
    return [dict(zip(("what", "reason", "rows"), row, strict=True)) for row in rows]


def _parts(reason: str) -> tuple[str, str]:
    status, _, code = reason.partition(": ")
    return status, code


def _trend(runs: Sequence[PastRun]) -> str:
    points = [
        Point(run.as_of, run.source, run.delivered, run.rejected, held=run.status not in ("done", "running"))
        for run in reversed(runs)
    ]
    return trend_plot(f"The last {len(runs)} runs", points, ("rows in the source", "delivered", "rejected"))


def _listed(run: PastRun) -> dict[str, Any]:
    return {
        "instant": f"{run.as_of:%m-%d %H:%M}".replace("-", "\u2011").replace(" ", "\u00a0"),  # not over two lines
        "status": run.status,
        "source": run.source,
        "planned": run.planned,
        "delivered": run.delivered,
        "rejected": run.rejected,
        "suppressed": run.suppressed,
        "s": run.seconds,
    }


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
