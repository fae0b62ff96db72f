"""Activation: a plan against one hash join of the same tables; delivery to a file and to a webhook; others beside it.

    .venv/bin/python benchmarks/activation.py --plan 100000 1000000 10000000 --deliver 100000 1000000 --rivals 1000000

Each measurement is a process of its own: CPU seconds are user and system of it and its children, the peak is its
largest resident set. The receiver of the webhook is another process, which reads every row and answers in order.
Results go to benchmarks/activation.json and RESULTS.md.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from activation_receiver import receiver, rows_received
from activation_report import report
from activation_rivals import environment, quiet
from measured import measured
from results import ROOT, WORK, kept, made_on, replace_section

from activations import apply_plan, ensure_tables, load_syncs, plan_sync
from activations.connectors.webhook import WebhookConnector
from activations.contract import FieldSpec, Limits, ObjectSpec
from activations.desired_sql import key_hash, row_hash
from activations.field_rules import email, phone
from activations.registry import CONNECTORS
from activations.syncs import open_sync
from heddle.settings import Settings
from heddle.warehouse import open_warehouse

KEPT = ROOT / "benchmarks" / "activation.json"
FOLDER = WORK / "activation"
MARK = "BENCHMARK-RESULT "
PACKAGES = ("duckdb", "pyarrow", "orjson", "requests")
MEMORY, MEMORY_TO_DELIVER, MEMORY_TO_WRITE = "200MB", "160MB", "128MB"
KINDS, FILES = ("file", "webhook", "hashed"), ("file", "again")
CHANGE = "update activations.sync_people set name = name || '!' where hash(profile_id) % 100 = 0"
AS_OF = datetime.fromisoformat("2026-06-15T04:30:00")
SYNC = """\
sync: people
source: {{model: sync_people}}
destination: {destination}
object: {object}
on_leave: remove
key: profile_id
fields: {{profile_id: profile_id, email: email, phone: phone, name: name, lifetime_value: lifetime_value}}
purpose: operational
guard: {{max_removed: 100%}}
"""
PEOPLE = """
create or replace table activations.sync_people as
select 'p' || i as profile_id, 'person' || i || '@mail' || (i % 50) || '.example' as email,
    '+48' || (600000000 + i % 99999999) as phone, 'Name ' || (i % 5000) as name,
    round((i * 37 % 100000) / 100.0, 2) as lifetime_value
from range({rows}) as t(i)
"""
# the same work in one statement: the canonical hash of the mapped columns, joined to what was acknowledged
JOIN = """
create or replace temp table joined as
select coalesce(d.key_hash, l.key_hash) as key_hash,
    case when l.key_hash is null then 'add' when d.key_hash is null then 'remove'
        when d.row_hash is distinct from l.row_hash then 'change' else 'unchanged' end as action
from (
    select md5(profile_id) as key_hash, md5(concat_ws('|', email, lifetime_value, name, phone, profile_id)) as row_hash
    from activations.sync_people
) as d
full outer join (select key_hash, row_hash from activations.activation_ledger where sync = 'people') as l
    on l.key_hash = d.key_hash
"""


class MatchedWebhook(WebhookConnector):
    """The webhook with batches of 10,000 rows and the field rules of an ad platform: both addresses hashed."""

    name = "matched"

    @classmethod
    def objects(cls) -> dict[str, ObjectSpec]:
        return {name: _object(name, digest) for name, digest in (("audience", None), ("hashed", "sha256"))}


def _object(name: str, digest: Any) -> ObjectSpec:
    return ObjectSpec(
        name=name,
        kind="record",
        channel=None,
        limits=Limits(max_rows=10_000, max_bytes=20_000_000),
        idempotent=True,
        matches=frozenset({"upsert"}),
        on_leave=frozenset({"remove"}),
        fields={
            "email": FieldSpec("email", identifier=True, normalise=email, hash=digest),
            "phone": FieldSpec("phone", normalise=phone, hash=digest),
        },
        open_fields=True,
        options=WebhookConnector.objects()["audience"].options,
    )


# a ledger in which every row was delivered as it is now, in one statement; the identifier is that of identifiers.py
ACKNOWLEDGED = """
insert into activations.activation_ledger (sync, key_hash, profile_id, held, row_hash, mapping_version, payload, status,
    attempted_action, attempted_hash, attempts, acked_at, updated_at, identifier)
select 'people', {key}, profile_id, true, {row}, '{version}', json_object('email', email, 'profile_id', profile_id),
    'delivered', 'add', {row}, 0, timestamp '2026-06-14 04:30:00', timestamp '2026-06-14 04:30:00',
    md5('[' || chr(39) || email || chr(39) || ']')
from activations.sync_people order by hash(profile_id)
"""


def main() -> None:
    """Measure what was asked for and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=int, nargs="*", default=[], help="rows of a plan with 1 %% changed")
    parser.add_argument("--deliver", type=int, nargs="*", default=[], help="rows to deliver")
    parser.add_argument("--rivals", type=int, nargs="*", default=[], help="rows for drt-core and dlt")
    parser.add_argument("--kinds", nargs="*", default=KINDS, help="file webhook hashed, or again: a file, 1 %% changed")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        step, kind, rows = arguments.step
        print(MARK + json.dumps(STEPS[step](kind, int(rows))))
    else:
        for rows in arguments.plan:
            note({"case": f"plan {rows}", "rows": rows, **planned(rows)})
        for rows in arguments.deliver:
            for kind in arguments.kinds:
                note({"case": f"{kind} {rows}", "rows": rows, **delivered(kind, rows)})
        for rows in arguments.rivals:
            for rival in ("drt", "dlt"):
                note({"case": f"{rival} {rows}", "rows": rows, **beside(rival, rows)})


def note(result: dict[str, Any]) -> None:
    """The newest result of each case, and the tables of all."""
    print(json.dumps(result), flush=True)
    others = [one for one in kept(KEPT, "rows") if one["case"] != result["case"]]
    KEPT.write_text(json.dumps([*others, {**result, "made_on": made_on(PACKAGES)}], indent=1) + "\n")
    replace_section("activation", report(kept(KEPT, "rows")))


def planned(rows: int) -> dict[str, Any]:
    """A plan with 1 % of the rows changed, and the join: the least CPU of three each, and the peak of a process."""
    step("prepare", "plan", rows)
    join, plan = step("join", "plan", rows), step("plan", "plan", rows)
    changed = plan["changed"]
    if not 0.008 * rows < changed < 0.012 * rows:
        raise SystemExit(f"{changed} rows of {rows} are changed, not 1 %")
    return {
        "what": "plan",
        "plan_cpu": plan["cpu"],
        "join_cpu": join["cpu"],
        "plan_gb": plan["peak_gb"],
        "join_gb": join["peak_gb"],
    }


def delivered(kind: str, rows: int) -> dict[str, Any]:
    """First delivery of everything (`again`: of what changed after it): planned in one process, sent in another."""
    for name in ("prepare", "seal", "send", "change") if kind == "again" else ("prepare",):
        step(name, kind, rows)
    before = step("seal", kind, rows)
    load = os.getloadavg()[0]
    sent = step("send", kind, rows)
    return {
        "what": kind,
        "load": round(load, 1),
        "seconds": sent["seconds"],
        "send_cpu": sent["cpu"],
        "plan_cpu": before["cpu"],
        "send_gb": sent["peak_gb"],
        "plan_gb": before["peak_gb"],
    }


def beside(rival: str, rows: int) -> dict[str, Any]:
    """The same rows to the same webhook by somebody else; the whole process, as ours is with plan and delivery."""
    step("prepare", "webhook", rows)
    python = environment(FOLDER / "rivals", str(next(iter((ROOT / ".tools").glob("bin/uv")), "uv")))
    place = folder("webhook", rows)
    shutil.rmtree(place / rival, ignore_errors=True)
    (place / rival).mkdir()
    program = str(ROOT / "benchmarks" / "activation_rivals.py")
    warehouse = str(place / "state" / "warehouse.duckdb")
    with receiver() as url:
        hook = url.replace("{audience}", "people")
        command = [str(python), program, rival, str(place / rival), warehouse, hook]
        cost = measured(command, place / f"{rival}.log", quiet())
        got = rows_received(url)
    if got != rows:
        raise SystemExit(f"{rival} sent {got} rows of {rows}: {place / rival}.log")
    return {"what": rival, **cost.as_dict()}


def step(name: str, kind: str, rows: int) -> dict[str, Any]:
    """One step in a process of its own, which says what it found; with the CPU and the peak of that process where the
    step says none itself."""
    command = [sys.executable, __file__, "--step", name, kind, str(rows)]
    log = folder(kind, rows).parent / f"{kind}-{rows}-{name}.log"
    cost = measured(command, log, cwd=ROOT)
    found = next(json.loads(line[len(MARK) :]) for line in log.read_text().splitlines() if line.startswith(MARK))
    return {"cpu": round(cost.cpu, 2), **found, "peak_gb": round(cost.peak_gb, 3)}


def prepare(kind: str, rows: int) -> dict[str, Any]:
    shutil.rmtree(folder(kind, rows), ignore_errors=True)
    settings = workspace(kind, rows, "http://127.0.0.1:9/{audience}", "3GB")
    with open_warehouse(settings) as wh:
        ensure_tables(wh)
        wh.execute("create schema if not exists profiles")
        wh.execute(PEOPLE.format(rows=rows))
        if kind == "plan":
            mapping = open_sync(settings, load_syncs(settings)["people"]).mapping
            key, row = key_hash(mapping.key), row_hash(mapping)
            wh.execute(ACKNOWLEDGED.format(key=key, row=row, version=mapping.version))
            wh.execute(CHANGE)
        wh.execute("checkpoint")
    return {}


def change(kind: str, rows: int) -> dict[str, Any]:
    with open_warehouse(workspace(kind, rows, "http://127.0.0.1:9/{audience}", "3GB")) as wh:
        wh.execute(CHANGE)
        wh.execute("checkpoint")
    return {}


def plan_only(kind: str, rows: int) -> dict[str, Any]:
    settings = workspace(kind, rows, "http://127.0.0.1:9/{audience}")
    sync, made, seconds = load_syncs(settings)["people"], [], []
    for _ in range(3):
        with open_warehouse(settings) as wh:
            seconds.append(cpu(lambda: made.append(plan_sync(wh, settings, sync, AS_OF))))
    return {"cpu": min(seconds), "changed": made[-1].operations}


def join_only(kind: str, rows: int) -> dict[str, Any]:
    settings, seconds = workspace(kind, rows, "http://127.0.0.1:9/{audience}"), []
    for _ in range(3):
        with open_warehouse(settings) as wh:
            seconds.append(cpu(lambda: wh.execute(JOIN)))
    return {"cpu": min(seconds)}


def seal(kind: str, rows: int) -> dict[str, Any]:
    settings = workspace(kind, rows, "http://127.0.0.1:9/{audience}", MEMORY_TO_DELIVER)
    with open_warehouse(settings) as wh:
        plan_sync(wh, settings, load_syncs(settings)["people"], AS_OF)
    return {}


def send(kind: str, rows: int) -> dict[str, Any]:
    with receiver() as url:
        settings = workspace(kind, rows, url, MEMORY_TO_WRITE if kind in FILES else MEMORY_TO_DELIVER)
        with open_warehouse(settings) as wh:
            plan_id = str(wh.scalar("select plan_id from activations.activation_runs order by planned_at desc limit 1"))
            planned = wh.scalar(f"select count(*) from activations.activation_plan where plan_id = '{plan_id}'")
            result = apply_plan(wh, settings, plan_id)
        used = round(time.process_time(), 2)  # of this process alone: what its parent counts has the receiver in it
        if kind not in FILES and rows_received(url) != rows:
            raise SystemExit(f"the receiver got {rows_received(url)} rows of {rows}")
    assert result.outcomes == {"delivered": planned} and (planned == rows or kind == "again"), result.outcomes
    if kind in FILES:
        with (settings.outbox / "files" / "people.jsonl").open("rb") as found:
            assert sum(1 for _ in found) == rows
    return {"seconds": round(result.seconds, 2), "cpu": used}


STEPS = {"prepare": prepare, "change": change, "plan": plan_only, "join": join_only, "seal": seal, "send": send}


def folder(kind: str, rows: int) -> Path:
    return FOLDER / f"{kind}-{rows}"


def workspace(kind: str, rows: int, url: str, memory: str = MEMORY) -> Settings:
    CONNECTORS["matched"] = MatchedWebhook
    root = folder(kind, rows)
    for part in ("dbt_project", "activations/syncs/demo", "activations/templates", "data"):
        (root / part).mkdir(parents=True, exist_ok=True)
    connections = f"files: {{type: files}}\nhook: {{type: matched, url: '{url}', answers: rows}}\n"
    thing = {"file": "jsonl", "again": "jsonl", "hashed": "hashed"}.get(kind, "audience")
    destination = "files" if kind in FILES else "hook"
    (root / "activations/destinations.yml").write_text(connections)
    (root / "activations/syncs/demo/people.yml").write_text(SYNC.format(destination=destination, object=thing))
    return Settings.load(
        root=root,
        sources=("demo",),
        state=root / "state",
        data=root / "data",
        memory_limit=memory,
        threads=2,
    )


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return round(time.process_time() - began, 2)


if __name__ == "__main__":
    main()
