"""The tables of benchmarks/identity.py: costs as measured, ratios with and without what starting costs, verdicts."""

from typing import Any

from results import growth_exponent, markdown_table

Result = dict[str, Any]
SMALLEST = 0.5  # CPU seconds below which a difference of two measurements says nothing
RUNS = {
    "full": "full, first time",
    "rebuild": "full again, ids kept",
    "nothing": "nothing new",
    "delta": "1 % new edges",
    "unmerge": "a hub blocked",
}


def report(results: list[Result]) -> str:
    """Markdown for RESULTS.md."""
    parts = [
        "Text edges to (identifier, component). *Alone* is the same command on 200 edges: start, imports, statements.",
        stitching_table(results),
        "The whole identity stage (seeds and models, guards on), by kind of run. Ratios are CPU over the first full"
        " run; *net* without what the same run costs on 200 edges.",
        stage_table(results),
        "\n".join(verdicts(results)),
        "\n".join(f"* {r['edges']:,} edges: {r['made_on']}" for r in results),
    ]
    return "\n\n".join(part for part in parts if part)


def stitching_table(results: list[Result]) -> str:
    head = ["edges", "identifiers", "components", "largest", "dbt CPU s", "alone", "wall s", "GB"]
    head += ["scipy CPU s", "alone", "wall s", "GB", "dbt / scipy", "net", "Splink CPU s", "GB", "Splink / dbt", "net"]
    rows = []
    for r in results:
        facts = [f"{r[name]:,}" for name in ("edges",)]
        facts += [f"{r['facts'][name]:,}" for name in ("identifiers", "components", "largest")]
        row = [*facts, *costs(r, "stitch"), *costs(r, "scipy"), *ratios(r, "stitch", "scipy")]
        splink = [costs(r, "splink")[0], costs(r, "splink")[3], *ratios(r, "splink", "stitch")] if "splink" in r else []
        rows.append([*row, *(splink or ["not run", "", "", ""])])
    return markdown_table(head, rows)


def costs(r: Result, name: str) -> list[str]:
    return [f"{r[name]['cpu']:.1f}", f"{r[name + '_alone']['cpu']:.1f}", *wall_and_peak(r[name])]


def wall_and_peak(cost: Result) -> list[str]:
    return [f"{cost['wall']:.1f}", f"{cost['peak_gb']:.2f}"]


def ratios(r: Result, ours: str, theirs: str) -> list[str]:
    """CPU over CPU, as it is and without what each costs on 200 edges; the latter not where that is nearly all."""
    bare = f"{net(r, ours) / net(r, theirs):.2f}" if min(net(r, ours), net(r, theirs)) > SMALLEST else ""
    return [f"{r[ours]['cpu'] / r[theirs]['cpu']:.2f}", bare]


def net(r: Result, name: str) -> float:
    return float(r[name]["cpu"] - r[name + "_alone"]["cpu"])


def stage_table(results: list[Result]) -> str:
    head = ["edges, run", "CPU s", "alone", "wall s", "GB", "of full", "net", "profiles", "largest", "merges", "splits"]
    rows = []
    for r in results:
        for name, label in RUNS.items():
            cost = r["stage"][name]
            shares = [f"{cost['cpu'] / r['stage']['full']['cpu']:.1%}", f"{stage_net(r, name):.1%}"]
            facts = [f"{cost['facts'][fact]:,}" for fact in ("profiles", "largest_profile", "merges", "splits")]
            alone = f"{r['stage']['alone'][name]['cpu']:.1f}"
            row = [f"{r['edges']:,}, {label}", f"{cost['cpu']:.1f}", alone, *wall_and_peak(cost), *shares, *facts]
            rows.append(row)
    return markdown_table(head, rows)


def stage_net(r: Result, name: str) -> float:
    """CPU of a run over the first full run, dbt's own part left out of both."""
    own = {run: r["stage"][run]["cpu"] - r["stage"]["alone"][run]["cpu"] for run in (name, "full")}
    return float(own[name] / own["full"])


def verdicts(results: list[Result]) -> list[str]:
    """Each target against the largest size that measured it."""
    last, splink = results[-1], [r for r in results if "splink" in r]
    stage = last["stage"]
    share = {name: stage[name]["cpu"] / stage["full"]["cpu"] for name in RUNS}
    lines = [
        verdict("stitch / scipy, CPU", last, last["stitch"]["cpu"] / last["scipy"]["cpu"], 1.15),
        verdict("1 % delta of a full run, CPU", last, share["delta"], 0.04, stage_net(last, "delta")),
        verdict("hub blocked of a full run, CPU", last, share["unmerge"], 0.05, stage_net(last, "unmerge")),
        verdict("stable ids: full again / first, CPU", last, share["rebuild"], 1.25, stage_net(last, "rebuild")),
    ]
    if splink:
        edges, ratio = splink[-1]["edges"], splink[-1]["splink"]["cpu"] / splink[-1]["stitch"]["cpu"]
        mark = "met" if ratio >= 8 else "not met"
        lines.insert(1, f"* Splink / stitch, CPU, {edges:,} edges: {ratio:.2f}, target at least 8: {mark}")
    small = results[0]
    for large in results[1:]:
        sizes = (small["edges"], large["edges"])
        stitch = growth_exponent(sizes, (small["stitch"]["cpu"], large["stitch"]["cpu"]))
        whole = growth_exponent(sizes, (small["stage"]["full"]["cpu"], large["stage"]["full"]["cpu"]))
        bare = growth_exponent(sizes, (max(net(small, "stitch"), SMALLEST), net(large, "stitch")))
        lines.append(
            f"* {small['edges']:,} to {large['edges']:,} edges, growth exponent of CPU: stitch {stitch:.2f} "
            f"(net {bare:.2f}), full stage {whole:.2f}; target at most 1.05"
        )
    return lines


def verdict(what: str, r: Result, value: float, target: float, without: float | None = None) -> str:
    mark = "met" if value <= target else "not met"
    apart = "" if without is None else f" ({without:.3f} without dbt's own part)"
    return f"* {what}, {r['edges']:,} edges: {value:.3f}{apart}, target at most {target}: {mark}"
