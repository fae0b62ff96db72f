"""What stitching costs: against scipy and Splink, and the identity stage in full, by delta, and when a hub is blocked.

    .venv/bin/python benchmarks/identity.py --edges 1000000 5000000 20000000

One generated graph per size (identity_graph.py) for everything; each measurement is a process of its own; CPU seconds
are user and system, of the process and its children. Results go to benchmarks/identity.json and RESULTS.md.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from identity_crowd import HUB
from identity_report import report
from identity_stage import Stage, make_stage
from identity_stitch import make_stitch_project, stitch
from measured import Measured, measured, sql_in_own_process
from results import ROOT, WORK, keep, made_on, replace_section

KEPT = ROOT / "benchmarks" / "identity.json"
FOLDER = WORK / "identity"
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "scipy", "pyarrow", "splink")
TINY = 200
LAST_DAY, NEXT_DAY = "2026-06-01 04:30:00", "2026-06-02 04:30:00"
PARTITIONS = """
select to_json({'identifiers': count(*), 'components': count(distinct ours.component),
    'largest': (select max(n) from (select count(*) as n from ours.main.stitched group by component)),
    'same': count(theirs.identifier) = count(*) and count(*) = (select count(*) from theirs.main.components)
        and count(distinct ours.component) = count(distinct theirs.component)
        and count(distinct ours.component) = count(distinct (ours.component, theirs.component))})
from ours.main.stitched as ours left join theirs.main.components as theirs using (identifier)
"""


def main() -> None:
    """Measure each size in turn and write the tables after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edges", type=int, nargs="+", default=[1_000_000, 5_000_000, 20_000_000])
    parser.add_argument("--repeat", type=int, default=2, help="stitch and scipy: the least CPU of so many runs")
    parser.add_argument("--splink-up-to", type=int, default=5_000_000, metavar="EDGES", help="it takes minutes")
    arguments = parser.parse_args()
    graph(TINY)
    for edges in arguments.edges:
        print(f"{edges:,} edges ...", flush=True)
        graph(edges)
        result = {
            "edges": edges,
            **stitching(edges, arguments.repeat, edges <= arguments.splink_up_to),
            "stage": identity_stage(edges),
            "made_on": made_on(PACKAGES),
        }
        text = report(keep(KEPT, result, "edges"))
        replace_section("identity", text)
        print(text, flush=True)


def graph(edges: int) -> None:
    """The graph of that size and its text edges as a table of a warehouse, unless they are there already."""
    if not (folder(edges) / "delta.parquet").exists():
        program = str(ROOT / "benchmarks" / "identity_graph.py")
        measured([sys.executable, program, "--edges", str(edges), "--folder", str(folder(edges))], log(edges, "graph"))
        create = f"create table edges as from read_parquet('{folder(edges) / 'edges.parquet'}')"
        sql_in_own_process(str(folder(edges) / "edges.duckdb"), create)


def stitching(edges: int, repeat: int, with_splink: bool) -> dict[str, Any]:
    """Text edges to identifier and component: ours through dbt, scipy, Splink; and what each costs on 200 edges."""
    project = folder(edges) / "stitch"
    make_stitch_project(project, folder(edges) / "edges.duckdb")
    tiny = folder(TINY) / "stitch"
    make_stitch_project(tiny, folder(TINY) / "edges.duckdb")
    found = {
        "stitch_alone": told("dbt alone", stitch(tiny)),
        "stitch": least("stitch", lambda: stitch(project), repeat),
        "scipy_alone": told("scipy alone", rival(TINY, "scipy")),
        "scipy": least("scipy", lambda: rival(edges, "scipy"), repeat),
    }
    if with_splink:
        found["splink_alone"] = told("Splink alone", rival(TINY, "splink"))
        found["splink"] = told("Splink", rival(edges, "splink"))
    return {"facts": same_partition(project / "stitch.duckdb", folder(edges) / "scipy.duckdb"), **found}


def rival(edges: int, name: str) -> Measured:
    program = str(ROOT / "benchmarks" / "identity_rivals.py")
    files = [str(folder(edges) / file) for file in ("edges.duckdb", f"{name}.duckdb")]
    return measured([sys.executable, program, name, *files], log(edges, name))


def same_partition(ours: Path, theirs: Path) -> dict[str, Any]:
    """Facts of the graph. Raises SystemExit when the two do not have the same components."""
    attach = [f"attach '{file}' as {name} (read_only)" for name, file in (("ours", ours), ("theirs", theirs))]
    facts = dict(json.loads(sql_in_own_process(":memory:", *attach, PARTITIONS)))
    if not facts.pop("same"):
        raise SystemExit("dbt and scipy do not give the same components")
    return facts


def identity_stage(edges: int) -> dict[str, Any]:
    """Every kind of run of the whole stage, and the same on a graph of 200 edges: what dbt costs by itself."""
    return {"alone": stage_runs(TINY, "dbt alone"), **stage_runs(edges, "stage")}


def stage_runs(edges: int, label: str) -> dict[str, Any]:
    """full; the same again with a past to keep the ids of; a run with nothing new; the delta; the hub blocked."""
    stage = make_stage(folder(edges) / "stage")
    stage.load(folder(edges) / "links.parquet", LAST_DAY)
    found = {
        "full": run(stage, label, "full", "full"),
        "rebuild": run(stage, label, "rebuild", "full", "--full-refresh"),
        "nothing": run(stage, label, "nothing", "incremental"),
    }
    stage.load(folder(edges) / "delta.parquet", NEXT_DAY)
    found["delta"] = run(stage, label, "delta", "incremental")
    stage.block("email", HUB)
    found["unmerge"] = run(stage, label, "unmerge", "incremental")
    if edges > TINY and not found["unmerge"]["facts"]["splits"]:
        raise SystemExit("the hub is blocked and nobody was split off: another rule stops it already")
    return found


def run(stage: Stage, label: str, name: str, mode: str, *options: str) -> dict[str, Any]:
    """One run, its cost, its models and what it says of itself. Raises SystemExit when its mode is wrong."""
    cost = told(f"{label}: {name}", stage.run(name, *options))
    facts = stage.last_run()
    if facts["mode"] != mode:
        raise SystemExit(f"{name} should be a run of mode {mode}, and was {facts['mode']}")
    told_of = ("links", "new_links", "profiles", "largest_profile", "merges", "splits", "retired", "quarantined")
    return {**cost, "models": stage.model_seconds(), "facts": {fact: facts[fact] for fact in told_of}}


def least(label: str, measurement: Callable[[], Measured], repeat: int) -> dict[str, float]:
    """Of several measurements that with the least CPU: what else runs on the cores only ever adds."""
    return min((told(label, measurement()) for _ in range(repeat)), key=lambda cost: cost["cpu"])


def told(label: str, cost: Measured) -> dict[str, float]:
    print(f"  {label}: {cost.cpu:.1f} s CPU, {cost.wall:.1f} s, {cost.peak_gb:.2f} GB", flush=True)
    return cost.as_dict()


def folder(edges: int) -> Path:
    return FOLDER / str(edges)


def log(edges: int, name: str) -> Path:
    return folder(edges) / f"{name}.log"


if __name__ == "__main__":
    main()
