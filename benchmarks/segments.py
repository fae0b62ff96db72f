"""Two hundred segments over a large shop: refresh through dbt, against the same segments as queries by hand.

    .venv/bin/python benchmarks/segments.py --people 1000000 --events 50000000
    .venv/bin/python benchmarks/segments.py --growth 100000 1000000 10000000 --each 5

A world is one warehouse, made by SQL from row numbers. In it run: parsing, the first refresh (everybody enters), the
queries by hand on the raw events (their members have to be the same), `check`, previews, and a refresh 15 minutes of
events later. Each refresh is one process, and so are all the queries by hand. The growth series has fewer events per
person, so that the largest world fits.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from measured import Measured, measured
from results import ROOT, WORK, keep, made_on
from segment_report import GROWTH, KEPT, write
from segment_templates import ROUNDS, TEMPLATES

PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "sqlglot")


def main() -> None:
    """Measure a world, or a series of them, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--memory", default="8GB", help="DuckDB's limit")
    parser.add_argument("--by-hand", type=int, default=ROUNDS, help="queries by hand of each kind, of ten")
    parser.add_argument("--growth", type=int, nargs="+", help="numbers of people instead of one world")
    parser.add_argument("--each", type=int, default=5, help="events per person in the growth series")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        from segment_steps import STEPS  # the caller of the steps must be small: its memory counts as theirs

        STEPS[arguments.step](arguments.folder, arguments)
        return
    if arguments.growth:
        for people in arguments.growth:
            keep(GROWTH, grown(people, people * arguments.each, arguments), "people")
    else:
        keep(KEPT, whole(arguments), "events")
    write()


def whole(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every step on one world."""
    folder = WORK / f"segments_{arguments.people}_{arguments.events}"
    facts = world(folder, arguments)
    facts["parse"] = step("parse", folder, arguments).as_dict()
    facts["first"] = step("refresh", folder, arguments).as_dict()
    facts["by_hand"] = step("by_hand", folder, arguments).as_dict() | told(folder, "by_hand")
    facts["check"] = step("check", folder, arguments).as_dict() | told(folder, "check")
    facts["preview"] = step("preview", folder, arguments).as_dict() | told(folder, "preview")
    step("later", folder, arguments)
    facts["again"] = step("refresh", folder, arguments).as_dict() | told(folder, "refresh")
    shutil.rmtree(folder)
    return facts


def grown(people: int, events: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """Both refreshes on one world of the series."""
    folder = WORK / f"segments_{people}_{events}"
    sized = argparse.Namespace(**{**vars(arguments), "people": people, "events": events})
    facts = world(folder, sized)
    step("parse", folder, sized)
    facts["first"] = step("refresh", folder, sized).as_dict()
    step("later", folder, sized)
    facts["again"] = step("refresh", folder, sized).as_dict()
    shutil.rmtree(folder)
    return facts


def world(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = step("make", folder, arguments)
    size = (folder / "warehouse.duckdb").stat().st_size / 1024**3
    sizes = {"people": arguments.people, "events": arguments.events, "segments": len(TEMPLATES) * ROUNDS}
    return {**sizes, "make": made.as_dict(), "warehouse_gb": round(size, 2), "made_on": made_on(PACKAGES)}


def step(name: str, folder: Path, arguments: argparse.Namespace) -> Measured:
    """One step in a process of its own."""
    print(f"{arguments.people:,} people, {arguments.events:,} events: {name} ...", flush=True)
    sizes = ["--people", str(arguments.people), "--events", str(arguments.events), "--memory", arguments.memory]
    command = [sys.executable, __file__, "--step", name, "--folder", str(folder), *sizes]
    cost = measured([*command, "--by-hand", str(arguments.by_hand)], folder / f"{name}.log", cwd=ROOT)
    print(f"  {cost.cpu:.1f} s of CPU, {cost.wall:.1f} s, {cost.peak_gb:.2f} GB", flush=True)
    return cost


def told(folder: Path, name: str) -> dict[str, Any]:
    """What the step wrote down."""
    return dict(json.loads((folder / f"{name}.json").read_text()))


if __name__ == "__main__":
    main()
