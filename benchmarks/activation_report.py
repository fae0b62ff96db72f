"""The tables of benchmarks/activation.py: costs as measured, and what was to be reached."""

from typing import Any

from results import markdown_table

Result = dict[str, Any]
KINDS = {"file": "file, JSONL", "webhook": "webhook", "hashed": "webhook, e-mail and phone hashed"}
AGAIN = "the same file, 1 % of its rows changed"
RIVALS = {"drt": "drt-core 1.2.1", "dlt": "dlt 1.31.0"}


def report(results: list[Result]) -> str:
    """Markdown for RESULTS.md."""
    plans = [r for r in results if r["what"] == "plan"]
    sends = [r for r in results if r["what"] in KINDS]
    rivals = [r for r in results if r["what"] in RIVALS]
    parts = [
        "A plan with 1 % of the rows changed, and one hash join of the same tables (a hash of the mapped columns,"
        " full outer join with the ledger, action per row). DuckDB may use 200 MB in both.",
        plan_table(plans),
        "First delivery of all rows in batches of 10,000 (the file: 40,000), outcomes row by row, marks before and the"
        " ledger after: seconds from the first batch to the folded ledger. CPU of the receiver is not in it. DuckDB may"
        " use 160 MB (128 MB where a file is written). `load` is what the machine had to do besides, when the delivery"
        " began: beyond 2, its seconds say little of what it can do.",
        send_table(sends),
        "The same rows posted to the same webhook by others, whole process, beside ours with plan and delivery.",
        rival_table(rivals, sends),
        "\n".join([*plan_verdicts(plans), *send_verdicts(sends), *rival_verdicts(rivals, sends)]),
        "\n".join([*again(results), *memory(results)]),
        "\n".join(sorted({f"* {r['made_on']}" for r in results})),
    ]
    return "## Activation\n\n" + "\n\n".join(part for part in parts if part)


def plan_table(plans: list[Result]) -> str:
    head = ["rows", "plan CPU s", "join CPU s", "plan / join", "plan peak GB", "join peak GB"]
    return markdown_table(
        head,
        [
            [
                f"{r['rows']:,}",
                f"{r['plan_cpu']:.2f}",
                f"{r['join_cpu']:.2f}",
                f"{r['plan_cpu'] / r['join_cpu']:.2f}",
                f"{r['plan_gb']:.2f}",
                f"{r['join_gb']:.2f}",
            ]
            for r in plans
        ],
    )


def send_table(sends: list[Result]) -> str:
    head = [
        "to, rows",
        "seconds",
        "rows/s",
        "CPU s",
        "rows/CPU s",
        "peak GB",
        "plan before it CPU s",
        "its peak GB",
        "load",
    ]
    return markdown_table(
        head,
        [
            [
                f"{KINDS[r['what']]}, {r['rows']:,}",
                f"{r['seconds']:.1f}",
                f"{r['rows'] / r['seconds']:,.0f}",
                f"{r['send_cpu']:.1f}",
                f"{r['rows'] / r['send_cpu']:,.0f}",
                f"{r['send_gb']:.2f}",
                f"{r['plan_cpu']:.1f}",
                f"{r['plan_gb']:.2f}",
                f"{r['load']:.1f}" if "load" in r else "",
            ]
            for r in sends
        ],
    )


def rival_table(rivals: list[Result], sends: list[Result]) -> str:
    head = ["who, rows", "CPU s", "us CPU per row", "wall s", "peak GB"]
    rows = []
    for r in rivals:
        who = f"{RIVALS[r['what']]}, {r['rows']:,}"
        rows.append([who, *_cost(r["cpu"], r["rows"]), f"{r['wall']:.1f}", f"{r['peak_gb']:.2f}"])
    for r in (s for s in sends if s["what"] == "webhook" and s["rows"] in {rival["rows"] for rival in rivals}):
        whole = r["plan_cpu"] + r["send_cpu"]
        rows.append([f"Heddle, plan and delivery, {r['rows']:,}", *_cost(whole, r["rows"]), "", f"{r['send_gb']:.2f}"])
        rows.append([f"Heddle, delivery, {r['rows']:,}", *_cost(r["send_cpu"], r["rows"]), "", f"{r['send_gb']:.2f}"])
    return markdown_table(head, rows) if rivals else ""


def _cost(cpu: float, rows: int) -> list[str]:
    return [f"{cpu:.1f}", f"{1e6 * cpu / rows:.1f}"]


def plan_verdicts(plans: list[Result]) -> list[str]:
    return [
        f"* plan / join, CPU, {r['rows']:,} rows: {r['plan_cpu'] / r['join_cpu']:.2f}, target at most 1.5: "
        f"{_met(r['plan_cpu'] / r['join_cpu'] <= 1.5)}"
        for r in plans[-1:]
    ]


def send_verdicts(sends: list[Result]) -> list[str]:
    """Of the size that the target names, or of the largest below it."""
    size = max((r["rows"] for r in sends if r["rows"] <= 1_000_000), default=0)
    return [
        f"* {KINDS[r['what']]}, {r['rows']:,} rows: {r['rows'] / r['seconds']:,.0f} rows/s, target at least 100,000: "
        f"{_met(r['rows'] / r['seconds'] >= 100_000)}"
        for r in sends
        if r["rows"] == size
    ]


def rival_verdicts(rivals: list[Result], sends: list[Result]) -> list[str]:
    lines = []
    for rows in sorted({r["rows"] for r in rivals}):
        ours = next((r for r in sends if r["what"] == "webhook" and r["rows"] == rows), None)
        better = min((r["cpu"] for r in rivals if r["rows"] == rows), default=0.0)
        if ours and better:
            ratio = better / (ours["plan_cpu"] + ours["send_cpu"])
            lines.append(
                f"* the better of the others / Heddle, CPU, {rows:,} rows: {ratio:.2f} "
                f"({better / ours['send_cpu']:.2f} without the plan), target at least 5: {_met(ratio >= 5)}"
            )
    return lines


def again(results: list[Result]) -> list[str]:
    return [
        f"* {AGAIN}, {r['rows']:,}: plan {r['plan_cpu']:.1f} CPU s, {r['plan_gb']:.2f} GB; "
        f"delivery {r['send_cpu']:.1f} CPU s, {r['send_gb']:.2f} GB"
        for r in results
        if r["what"] == "again"
    ]


def memory(results: list[Result]) -> list[str]:
    peaks = [(r["plan_gb"], f"plan of {r['rows']:,}") for r in results if "plan_gb" in r]
    peaks += [(r["send_gb"], f"{KINDS.get(r['what'], AGAIN)}, {r['rows']:,}") for r in results if "send_gb" in r]
    if not peaks:
        return []
    most, where = max(peaks)
    return [f"* peak of all: {most * 1024:.0f} MB ({where}), target at most 500: {_met(most * 1024 <= 500)}"]


def _met(good: bool) -> str:
    return "met" if good else "not met"
