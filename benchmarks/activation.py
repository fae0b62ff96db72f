"""Activation: a plan against one hash join of the same tables, and delivery to a file and to a webhook.

    .venv/bin/python benchmarks/activation.py --plan 1000000 --deliver 1000000

Each measurement runs in a process of its own (peak memory is that process's) on an empty folder. CPU seconds are user
and system time of the process, wall seconds depend on what else the machine does. The receiver of the webhook is a
process of its own that reads every row and answers in order.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

from activations import Plan, ensure_tables, load_syncs, plan_sync, run_sync
from activations.connectors.webhook import WebhookConnector
from activations.contract import FieldSpec, Limits, ObjectSpec
from activations.field_rules import email, phone
from activations.registry import CONNECTORS
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "benchmarks" / "activation.json"
MARK = "BENCHMARK-RESULT "
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


class Receiver(BaseHTTPRequestHandler):
    """Reads every row, answers one result per row."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        rows = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))["rows"]
        body = b'{"results": [' + b",".join([b'{"status": "ok"}'] * len(rows)) + b"]}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002 - the name is the base class's
        return


def main() -> None:
    """Measure what was asked for and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=int, nargs="*", default=[], help="rows of a plan with 1 %% changed")
    parser.add_argument("--deliver", type=int, nargs="*", default=[], help="rows to deliver")
    parser.add_argument("--kinds", nargs="*", default=["file", "webhook", "hashed"])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
    elif arguments.one:
        what, rows = arguments.one
        print(MARK + json.dumps(measure(what, int(rows))))
    else:
        wanted = [("plan", rows) for rows in arguments.plan]
        wanted += [(kind, rows) for rows in arguments.deliver for kind in arguments.kinds]
        for what, rows in wanted:
            keep(in_own_process(what, rows))


def in_own_process(what: str, rows: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", what, str(rows)], stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
    )
    result = next(json.loads(line[len(MARK) :]) for line in done.stdout.splitlines() if line.startswith(MARK))
    print(json.dumps(result), flush=True)
    return dict(result)


def measure(what: str, rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("HEDDLE_BENCHMARK_DIR")) as folder:
        root = Path(folder)
        return planned(root, rows) if what == "plan" else delivered(root, what, rows)


def planned(root: Path, rows: int) -> dict[str, Any]:
    """A plan with 1 % of the rows changed, and the join; both warmed up by nothing, each on a fresh connection."""
    hook = "hook: {type: matched, url: 'http://127.0.0.1:9/{audience}'}\n"
    settings = workspace(root, hook, SYNC.format(destination="hook", object="audience"))
    with open_warehouse(settings) as wh:
        prepare(wh, rows)
        acknowledged(wh, settings)
        wh.execute("update activations.sync_people set name = name || '!' where hash(profile_id) % 100 = 0")
    sync = load_syncs(settings)["people"]
    seconds: dict[str, list[float]] = {"plan": [], "join": []}
    made: list[Plan] = []
    for _ in range(3):
        with open_warehouse(settings) as wh:
            seconds["join"].append(cpu(lambda: wh.execute(JOIN)))
        with open_warehouse(settings) as wh:
            seconds["plan"].append(cpu(lambda: made.append(plan_sync(wh, settings, sync, AS_OF))))
    assert 0.008 * rows < made[-1].operations < 0.012 * rows, made[-1].counts
    plan, join = min(seconds["plan"]), min(seconds["join"])
    return {
        "what": "plan",
        "rows": rows,
        "plan_cpu": plan,
        "join_cpu": join,
        "ratio": round(plan / join, 2),
        **memory(),
    }


def acknowledged(wh: Warehouse, settings: Settings) -> None:
    """The ledger as if everything had been delivered: what the plan says of each row, without sending it."""
    sync = load_syncs(settings)["people"]
    made = plan_sync(wh, settings, sync, AS_OF)
    wh.execute(
        "insert into activations.activation_ledger (sync, key_hash, profile_id, member_key, held, row_hash, "
        "mapping_version, payload, status, attempted_action, attempted_hash, attempts, acked_at, updated_at, "
        "identifier) "
        "select p.sync, p.key_hash, p.profile_id, p.member_key, true, p.row_hash, r.mapping_version, p.removal, "
        "'delivered', 'add', p.row_hash, 0, r.as_of, r.as_of, p.identifier from activations.activation_plan as p "
        "inner join activations.activation_runs as r on r.plan_id = p.plan_id where p.plan_id = ?",
        [made.id],
    )


def delivered(root: Path, kind: str, rows: int) -> dict[str, Any]:
    """First delivery of everything. Sending alone is timed by the engine (from the first page to the folded ledger)."""
    with receiver() as url:
        connections = f"files: {{type: files}}\nhook: {{type: matched, url: '{url}', answers: rows}}\n"
        destination, thing = (
            ("files", "jsonl") if kind == "file" else ("hook", "audience" if kind == "webhook" else kind)
        )
        settings = workspace(root, connections, SYNC.format(destination=destination, object=thing))
        with open_warehouse(settings) as wh:
            prepare(wh, rows)
            sync = load_syncs(settings)["people"]
            began, cpu_began = time.perf_counter(), time.process_time()
            result = run_sync(wh, settings, sync, AS_OF)
            whole, whole_cpu = time.perf_counter() - began, time.process_time() - cpu_began
    assert result.outcomes == {"delivered": rows}, result.outcomes
    return {
        "what": kind,
        "rows": rows,
        "seconds": round(result.seconds, 2),
        "rows_per_second": round(rows / result.seconds),
        "with_plan_seconds": round(whole, 2),
        "with_plan_cpu": round(whole_cpu, 2),
        **memory(),
    }


def workspace(root: Path, connections: str, sync: str) -> Settings:
    CONNECTORS["matched"] = MatchedWebhook
    for folder in ("dbt_project", "activations/syncs/demo", "activations/templates", "data"):
        (root / folder).mkdir(parents=True)
    (root / "activations/destinations.yml").write_text(connections)
    (root / "activations/syncs/demo/people.yml").write_text(sync)
    return Settings.load(
        root=root, sources=("demo",), state=root / "state", data=root / "data", memory_limit="512MB", threads=2
    )


def prepare(wh: Warehouse, rows: int) -> None:
    ensure_tables(wh)
    wh.execute("create schema if not exists profiles")
    wh.execute(PEOPLE.format(rows=rows))


@contextmanager
def receiver() -> Iterator[str]:
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}/{{audience}}"
        finally:
            process.terminate()


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever).run()


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return round(time.process_time() - began, 2)


def memory() -> dict[str, int]:
    return {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}


def keep(result: dict[str, Any]) -> None:
    """The newest result of each kind and size."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else []
    rest = [one for one in known if (one["what"], one["rows"]) != (result["what"], result["rows"])]
    KEPT.write_text(json.dumps([*rest, result], indent=1) + "\n")


if __name__ == "__main__":
    main()
