"""The steps of the segments benchmark; each is a process of its own, and its findings lie beside the warehouse."""

import argparse
import json
import time
from pathlib import Path

import duckdb
from segment_shop import make_shop, refresh, settings_of
from segment_templates import ROUNDS, TEMPLATES, cases
from segment_world import AS_OF, fifteen_minutes_later, statements

from heddle.segments import catalog_of, check, preview, write_models
from heddle.segments.lookup import look_up
from heddle.transform import prepare


def _make(folder: Path, arguments: argparse.Namespace) -> None:
    _sql(folder, arguments, statements(arguments.people, arguments.events))
    make_shop(folder, cases(AS_OF))


def _later(folder: Path, arguments: argparse.Namespace) -> None:
    _sql(folder, arguments, fifteen_minutes_later())


def _parse(folder: Path, arguments: argparse.Namespace) -> None:
    """What happens once per change of definitions: models written, the project parsed."""
    settings = settings_of(folder, arguments.memory)
    write_models(settings)
    prepare(settings)


def _refresh(folder: Path, arguments: argparse.Namespace) -> None:
    seconds = refresh(settings_of(folder, arguments.memory))
    moved = """
        select count(*) as segments, sum(entered) as entered, sum(left_count) as left_count, sum(members) as members
        from segments.segment_runs where as_of = (select max(as_of) from segments.segment_runs)"""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        columns = ("segments_run", "entered", "left", "members")
        found = dict(zip(columns, connection.execute(moved).fetchone() or (), strict=True))
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:20]
    (folder / "refresh.json").write_text(json.dumps({**{k: int(v) for k, v in found.items()}, "slowest": slowest}))


def _by_hand(folder: Path, arguments: argparse.Namespace) -> None:
    """Each query makes a table of its members, as the refresh does. Comparing them is not part of its cost."""
    queries, cpu, wall, members = 0, 0.0, 0.0, 0
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute(f"set memory_limit = '{arguments.memory}'; set threads = 2; set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        for case in cases(AS_OF):
            if int(case.name.rsplit("_", 1)[1]) % ROUNDS >= arguments.by_hand:
                continue
            began_cpu, began = time.process_time(), time.perf_counter()
            connection.execute(f"create or replace temp table by_hand as {case.by_hand}").fetchall()
            cpu, wall = cpu + time.process_time() - began_cpu, wall + time.perf_counter() - began
            queries, members = queries + 1, members + _same_members(connection, case.name)
    scale = ROUNDS * len(TEMPLATES) / queries
    result = {"queries": queries, "members": members, "cpu_of_all": cpu * scale, "wall_of_all": wall * scale}
    (folder / "by_hand.json").write_text(json.dumps(result))


def _same_members(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    """The number of members. Raises SystemExit when the segment and the query disagree."""
    stored = f"select profile_id, member_key from segments.segment_{name} where left_at is null"
    found = "select profile_id, member_key from by_hand"
    differ = f"select count(*) from (({found} except all {stored}) union all ({stored} except all {found}))"
    (wrong,) = connection.execute(differ).fetchone() or (1,)
    if wrong:
        raise SystemExit(f"{name}: {wrong} members differ from the query by hand")
    return int((connection.execute("select count(*) from by_hand").fetchone() or (0,))[0])


def _check(folder: Path, arguments: argparse.Namespace) -> None:
    began, began_cpu = time.perf_counter(), time.process_time()
    faults = check(settings_of(folder, arguments.memory))
    result = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - began_cpu}
    errors = [str(fault) for fault in faults if fault.severity == "error"]
    if errors:
        raise SystemExit("\n".join(errors))
    (folder / "check.json").write_text(json.dumps(result))


def _preview(folder: Path, arguments: argparse.Namespace) -> None:
    """Two previews of each kind on the published copy (a link to the warehouse here). Finding the file among two
    hundred, which the command line does too, is told apart."""
    settings = settings_of(folder, arguments.memory)
    settings.published_path.unlink(missing_ok=True)
    settings.published_path.hardlink_to(settings.warehouse_path)
    catalog = catalog_of(settings)
    found: list[tuple[float, float, str]] = []
    began = time.perf_counter()
    sources = [look_up(settings, catalog, f"{template.__name__}_4") for template in TEMPLATES[:1]]
    looking = time.perf_counter() - began
    by_name = {source.name: source for source in sources}
    for template in TEMPLATES:
        for number in (4, 8):
            name = f"{template.__name__}_{number}"
            source = by_name.get(name) or look_up(settings, catalog, name)
            began, began_cpu = time.perf_counter(), time.process_time()
            preview(settings, catalog, source)
            found.append((time.perf_counter() - began, time.process_time() - began_cpu, name))
    settings.published_path.unlink()
    seconds, cpu = [one[0] for one in found], [one[1] for one in found]
    result = {"previews": len(found), "p95": _p95(seconds), "median": _p95(seconds, 50), "cpu_p95": _p95(cpu)}
    slowest = sorted(found, reverse=True)[:5]
    (folder / "preview.json").write_text(json.dumps({**result, "looking": looking, "slowest_previews": slowest}))


def _p95(values: list[float], percent: int = 95) -> float:
    return sorted(values)[max(0, -(-percent * len(values) // 100) - 1)]


def _sql(folder: Path, arguments: argparse.Namespace, lines: list[str]) -> None:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{arguments.memory}'; set threads = 2; set enable_progress_bar = false")
        for line in lines:
            connection.execute(line).fetchall()


STEPS = {
    "make": _make,
    "later": _later,
    "parse": _parse,
    "refresh": _refresh,
    "by_hand": _by_hand,
    "check": _check,
    "preview": _preview,
}
