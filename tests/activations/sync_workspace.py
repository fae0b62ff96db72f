"""A repository of its own with one sync, a warehouse with a source model, and no real destination."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from activations import Plan, RunResult, Sync, ensure_tables, load_syncs, plan_sync, run_sync
from activations.patience import Patience
from heddle.settings import Settings
from heddle.warehouse import Warehouse, literal, open_warehouse

AS_OF = datetime.fromisoformat("2026-06-15T04:30:00")
RECORDS = """\
sync: people
source: {model: sync_people}
destination: fake
object: record
on_leave: remove
key: profile_id
fields: {email: email, name: name}
purpose: operational
guard: {max_removed: 100%}
"""
MESSAGES = """\
sync: mails
source: {model: sync_people}
destination: fake
object: message
fields: {to: email}
purpose: operational
"""
IMPATIENT = Patience(attempts=2, first_wait=0.0, sleep=lambda seconds: None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Workspace:
    """Rows of the source are (profile_id, member_key, email, name)."""

    def __init__(self, root: Path) -> None:
        for folder in ("dbt_project", "activations/syncs/demo", "activations/templates", "data"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.root = root
        self.settings = Settings.load(root=root, sources=("demo",), state=root / "state", data=root / "data")
        self.write("destinations.yml", "fake: {type: fake}\n")
        self.as_of = AS_OF
        self.wh: Warehouse

    @contextmanager
    def opened(self) -> Iterator["Workspace"]:
        with open_warehouse(self.settings) as self.wh:
            ensure_tables(self.wh)
            self.wh.execute("create schema if not exists profiles")
            self.wh.execute("create schema if not exists segments")
            self.wh.execute(
                "create table if not exists profiles.profile_reachability (profile_id varchar, channel varchar, "
                "purpose varchar, address varchar, is_reachable boolean, reason varchar)"
            )
            self.wh.execute(
                "create table if not exists profiles.address_consents "
                "(address varchar, channel varchar, purpose varchar, status varchar)"
            )
            yield self

    def write(self, path: str, text: str) -> None:
        (self.root / "activations" / path).write_text(text)

    def sync(self, text: str) -> Sync:
        name = text.split("\n", 1)[0].removeprefix("sync: ")
        self.write(f"syncs/demo/{name}.yml", text)
        return load_syncs(self.settings)[name]

    def source(self, rows: Sequence[tuple[str | None, str, str | None, str | None]]) -> None:
        self.wh.execute(
            "create or replace table activations.sync_people "
            "(profile_id varchar, member_key varchar, entered_at timestamp, email varchar, name varchar)"
        )
        values = ", ".join(
            f"({_sql(row[0])}, {_sql(row[1])}, timestamp '2026-06-15 03:00:00', {_sql(row[2])}, {_sql(row[3])})"
            for row in rows
        )
        if values:
            self.wh.execute(f"insert into activations.sync_people values {values}")

    def people(self, count: int, name: str = "A") -> None:
        self.source([(f"p{n}", "", f"p{n}@mail.example", name) for n in range(count)])

    def reachable(self, profile_id: str, address: str, reason: str = "ok") -> None:
        self.wh.execute(
            "insert into profiles.profile_reachability values (?, 'email', 'marketing', ?, ?, ?)",
            [profile_id, address, reason == "ok", reason],
        )

    def later(self, minutes: int = 15) -> None:
        self.as_of += timedelta(minutes=minutes)

    def plan(self, sync: Sync) -> Plan:
        return plan_sync(self.wh, self.settings, sync, self.as_of)

    def run(self, sync: Sync, patience: Patience = IMPATIENT) -> RunResult:
        return run_sync(self.wh, self.settings, sync, self.as_of, patience=patience)

    def value(self, sql: str) -> object:
        return self.wh.query(sql).column(0)[0].as_py()

    def statuses(self) -> dict[str, int]:
        rows = self.wh.query("select status, count(*) as n from activations.activation_log group by 1").to_pylist()
        return {row["status"]: row["n"] for row in rows}


def _sql(value: str | None) -> str:
    return "null" if value is None else literal(value)
