"""The main job at 10k, 100k and 1M people of the demo company: seconds per stage, rows per second, peak memory.

    .venv/bin/python benchmarks/pipeline.py --people 10000 100000 1000000

Each size runs in a process of its own (peak memory is that process's) on an empty state folder; generation is
not part of the job. Results go to benchmarks/RESULTS.md, with the machine and the versions.
"""

import argparse
import json
import math
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
WORK = ROOT / "benchmarks" / ".work"
STAGES = ("ingestion", "transform", "checks", "activations", "other")
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "sqlglot", "great-expectations")
KEPT = ROOT / "benchmarks" / "pipeline.json"
MARK = "BENCHMARK-RESULT "


def main() -> None:
    """Measure each size in turn and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(MARK + json.dumps(measure(arguments.one)))
        return
    for people in arguments.people:
        keep(in_own_process(people))
        write(kept())


def in_own_process(people: int) -> dict[str, Any]:
    """Measure one size in a fresh interpreter, so that its peak memory is its own."""
    print(f"{people:,} people ...", flush=True)
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(people)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    result = next(json.loads(line[len(MARK) :]) for line in done.stdout.splitlines() if line.startswith(MARK))
    print(json.dumps(result), flush=True)
    return dict(result)


def keep(result: dict[str, Any]) -> None:
    """Put a measurement beside those of other sizes, with what it was made on."""
    others = [r for r in kept() if r["people"] != result["people"]]
    KEPT.write_text(json.dumps([*others, {**result, "made_on": made_on()}], indent=1) + "\n")


def kept() -> list[dict[str, Any]]:
    """The last measurement of each size, small to large."""
    found = json.loads(KEPT.read_text()) if KEPT.exists() else []
    return sorted(found, key=lambda r: int(r["people"]))


def measure(people: int) -> dict[str, Any]:
    """Generate the company, run the job once, and say how long each stage took."""
    folder = WORK / str(people)
    data = folder / "data"
    shutil.rmtree(folder / "state", ignore_errors=True)
    generated = generate(data, people)
    os.environ |= {"HEDDLE_DATA": str(data), "HEDDLE_STATE": str(folder / "state"), "HEDDLE_SOURCES": "demo"}
    started, began_cpu = time.perf_counter(), time.process_time()
    seconds, facts = run()
    return {
        "people": people,
        "generate": generated,  # None where the raw files were there already
        "total": time.perf_counter() - started,
        "cpu": time.process_time() - began_cpu,
        "stages": seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        **facts,
    }


def generate(data: Path, people: int) -> float | None:
    """Seconds to make the raw files, in a process of its own; None where an earlier measurement made them."""
    known = (data / "demo").exists()
    started = time.perf_counter()
    subprocess.run(
        [str(ROOT / ".venv/bin/heddle"), "demo", "generate", "--people", str(people)],
        env={**os.environ, "HEDDLE_DATA": str(data)}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return None if known else time.perf_counter() - started


def run() -> tuple[dict[str, float], dict[str, Any]]:
    """One run of the main job against the local destinations, timed by the events of its steps."""
    from activations.sandbox import running
    from heddle.settings import Settings
    from heddle.warehouse import open_warehouse
    from orchestration.run import run_job

    settings = Settings.load(root=ROOT)
    settings.export()
    clock = StageClock()
    with running(settings):
        started = time.perf_counter()
        report = run_job(settings, "heddle", clock.on_event)
        total = time.perf_counter() - started
    if not report.succeeded:
        raise SystemExit(f"the run failed: {report.failed_steps}")
    with open_warehouse(settings, read_only=True) as wh:
        facts = {
            "raw_rows": int(wh.scalar("select sum(rows) from raw.raw_files")),
            "rejects": int(wh.scalar("select sum(rejects) from raw.raw_files")),
            "profiles": int(wh.scalar("select count(*) from profiles.profiles")),
            "events": int(wh.scalar("select count(*) from profiles.profile_events")),
            "warehouse_gb": settings.warehouse_path.stat().st_size / 1024**3,
        }
    return {**clock.seconds, "other": total - sum(clock.seconds.values())}, facts


class StageClock:
    """Adds up the seconds between the start and the end of each step, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(STAGES[:-1], 0.0)
        self._began: dict[str, float] = {}

    def on_event(self, event: Any) -> None:
        if event.step_key and event.event_type_value == "STEP_START":
            self._began[event.step_key] = time.perf_counter()
        elif event.step_key in self._began and event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE"):
            self.seconds[stage_of(event.step_key)] += time.perf_counter() - self._began.pop(event.step_key)


def stage_of(step: str) -> str:
    """The stage that a step belongs to, by its name."""
    for prefix, stage in (("load_", "ingestion"), ("expectations_", "checks"), ("sync_", "activations")):
        if step.startswith(prefix):
            return stage
    return "transform"


def write(results: list[dict[str, Any]]) -> None:
    """The table, with growth exponents between the sizes, into RESULTS.md between its markers."""
    head = [
        "people",
        "raw rows",
        "events",
        *(f"{s} s" for s in STAGES),
        "total s",
        "CPU s",
        "raw rows/s",
        "peak GB",
        "file GB",
        "generate s",
    ]
    rows = [head, ["---:"] * len(head)]
    for r in results:
        stages = [f"{r['stages'][stage]:.1f}" for stage in STAGES]
        rate = f"{r['raw_rows'] / r['total']:,.0f}"
        generated = "" if r["generate"] is None else f"{r['generate']:.1f}"
        sizes = [f"{r['peak_gb']:.2f}", f"{r['warehouse_gb']:.2f}", generated]
        counts = [f"{r[name]:,}" for name in ("people", "raw_rows", "events")]
        rows.append([*counts, *stages, f"{r['total']:.1f}", f"{r['cpu']:.1f}", rate, *sizes])
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    made = "\n".join(f"* {r['people']:,} people: {r['made_on']}" for r in results)
    text = f"{text}\n\n{growth(results)}\n\n{made}\n"
    replace_section(ROOT / "benchmarks" / "RESULTS.md", "pipeline", text)
    print(text)


def growth(results: list[dict[str, Any]]) -> str:
    """log(time ratio) / log(size ratio) between neighbouring sizes; 1.0 is linear."""
    lines = []
    for small, large in pairwise(results):
        sizes = math.log(large["people"] / small["people"])
        wall, cpu = (math.log(large[k] / small[k]) / sizes for k in ("total", "cpu"))
        lines.append(
            f"* {small['people']:,} to {large['people']:,} people: growth exponent {wall:.2f} (CPU seconds {cpu:.2f})"
        )
    return "\n".join(lines)


def made_on() -> str:
    """Machine, date and versions of a measurement."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; {versions}."
    )


def replace_section(file: Path, name: str, text: str) -> None:
    """Put the text between `<!-- name -->` and `<!-- /name -->`."""
    section = f"<!-- {name} -->\n{text}<!-- /{name} -->"
    old = file.read_text()
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    file.write_text(pattern.sub(lambda _: section, old) if pattern.search(old) else f"{old}\n{section}\n")


if __name__ == "__main__":
    main()
