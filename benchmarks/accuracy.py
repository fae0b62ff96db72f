"""How well the identity stage finds the people of the demo company, and what each guard adds.

    .venv/bin/python benchmarks/accuracy.py --people 100000

The stage runs for real, once per row of the table, with guards left out by the variable `identity_guards`. The truth is
never read by the pipeline. Scored are the records that carry an identifier, by B-cubed (bcubed.py), three ways:

* precision, against the people;
* recall, against the people as far as the data can show them: where nothing that a source said leads from one record
  of a person to another, nobody can join them. A path of true links is what counts, before any guard;
* recall of all, what cannot be joined included; its ceiling is that of a method that finds all there is to find.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from bcubed import bcubed, mates_everywhere
from results import ROOT, WORK, keep, made_on, markdown_table, replace_section
from true_paths import label_true_paths

from heddle.settings import Settings

KEPT = ROOT / "benchmarks" / "accuracy.json"
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "scipy")
GUARDS = {"block_list": "+ block list", "degree_cap": "+ degree cap", "one_anchor": "+ one anchor per profile"}
PRECISION, RECALL = 0.995, 0.98


def main() -> None:
    """Generate, load, run the stage once per set of guards, score, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    settings = company(people)
    rows = []
    for count in range(len(GUARDS) + 1):
        guards = list(GUARDS)[:count]
        run_stage(settings, guards)
        rows.append({"guards": guards, **score(settings)})
        print(json.dumps(rows[-1]), flush=True)
    result = {"people": people, "rows": rows, "made_on": made_on(PACKAGES)}
    text = "\n\n".join(report(r) for r in keep(KEPT, result, "people"))
    replace_section("accuracy", text)
    print(text)


def company(people: int) -> Settings:
    """The raw tables of the demo company, in a state folder of this benchmark's."""
    folder = WORK / "accuracy" / str(people)
    settings = Settings.load(root=ROOT, data=folder / "data", state=folder / "state", sources=("demo",))
    settings.export()
    heddle = str(Path(sys.executable).with_name("heddle"))
    for verb in (["demo", "generate", "--people", str(people)], ["ingest"]):
        subprocess.run([heddle, *verb], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    dbt(settings, [], "--select", "+identity_links", "--exclude", "path:models/identity")
    return settings


def run_stage(settings: Settings, guards: list[str]) -> None:
    """The stage from nothing, with these guards."""
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("drop schema if exists identity cascade")
    dbt(settings, guards, "--select", "path:models/identity", "path:seeds")


def dbt(settings: Settings, guards: list[str], *selection: str) -> None:
    command = [
        str(Path(sys.executable).with_name("dbt")),
        "--quiet",
        "build",
        "--exclude-resource-type",
        "test",
        "unit_test",
    ]
    as_of = (settings.data / "demo" / "clock.txt").read_text().strip()
    variables = ["--vars", json.dumps({"as_of": as_of, "identity_guards": guards})]
    environment = {**os.environ, **settings.dbt_env()}
    subprocess.run([*command, *selection, *variables], check=True, cwd=settings.dbt_project, env=environment)


def score(settings: Settings) -> dict[str, Any]:
    """Figures of the run that has just ended."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_path}' as warehouse (read_only)")
        label_true_paths(connection, settings.data / "demo_truth")
        connection.execute("""
            create temp table profiles as
            select source || ':' || record_id as record, profile_id as cluster from warehouse.identity.identity_records
        """)
        people, paths = (bcubed(connection, table, "profiles") for table in ("people", "paths"))
        run = connection.execute("""
            select profiles, largest_profile, quarantined
            from warehouse.identity.identity_runs
            order by seq desc
            limit 1
        """).fetchall()[0]
        return {
            "precision": people.precision,
            "recall": paths.recall,
            "recall_of_all": people.recall,
            "ceiling": ceiling(connection),
            "records": people.records,
            **dict(zip(("profiles", "largest", "quarantined"), run, strict=True)),
        }


def ceiling(connection: duckdb.DuckDBPyConnection) -> float:
    """Recall of everything when all that the data can show is found."""
    for table in ("people", "paths"):
        mates_everywhere(connection, table, f"mates_by_{table}")
    found = connection.execute("""
        select avg(paths.mates / people.mates)
        from mates_by_people as people
        join mates_by_paths as paths using (record)
    """).fetchall()
    return float(found[0][0])


def report(result: dict[str, Any]) -> str:
    """The table of one size and the verdict."""
    head = [
        "guards",
        "precision",
        "recall",
        "recall of all",
        "its ceiling",
        "profiles",
        "largest profile",
        "quarantined",
    ]
    rows = []
    for row in result["rows"]:
        name = GUARDS[row["guards"][-1]] if row["guards"] else "none"
        figures = [f"{row[figure]:.4f}" for figure in ("precision", "recall", "recall_of_all", "ceiling")]
        rows.append([name, *figures, *(f"{row[count]:,}" for count in ("profiles", "largest", "quarantined"))])
    last = result["rows"][-1]
    mark = "met" if last["precision"] >= PRECISION and last["recall"] >= RECALL else "not met"
    return (
        f"{result['people']:,} people, {last['records']:,} records with an identifier, B-cubed.\n\n"
        f"{markdown_table(head, rows)}\n\n"
        f"* target: precision at least {PRECISION}, recall at least {RECALL}: {mark}, with recall counted as far as"
        f" the data can show a person; all true links are another matter (its ceiling)\n* {result['made_on']}"
    )


if __name__ == "__main__":
    main()
