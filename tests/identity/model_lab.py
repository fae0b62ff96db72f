"""The models of the identity stage without dbt: their Jinja rendered here, their materializations in a few lines.

On an open DuckDB connection a run takes half a second instead of many, so that properties can be tried on whole
histories; test_identity_with_dbt.py shows that dbt itself comes to the same.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
from macro_harness import MACRO, CompilerError, Exceptions, Table, bound_macros, give_back, new_environment, template

PROJECT = Path(__file__).parents[2] / "dbt_project"
MODELS = PROJECT / "models/identity"
REF = re.compile(r"ref\('(\w+)'\)")
LISTS = ("identity_block_list", "identity_role_mailboxes", "identity_disposable_domains", "identity_fictitious_phones")
TABLES = {
    "identity.feed": "source varchar, record_id varchar, identifier_type varchar, identifier_value varchar,"
    " observed_at timestamp, loaded_at timestamp",
    "heddle.erasures": "node bigint, erased_at timestamp, reason varchar",
    "identity.identity_rules": "identifier_type varchar, is_anchor boolean, max_user_ids bigint, window_days bigint,"
    " priority bigint",
    "identity.identity_overrides": "kind varchar, left_type varchar, left_value varchar, right_type varchar,"
    " right_value varchar, who varchar, why varchar, decided_at timestamp",
    **{f"identity.{name}": "identifier_type varchar, match varchar, value varchar, reason varchar, origin varchar"
       for name in LISTS},
}  # fmt: skip
RULES = [
    ("user_id", True, None, None, 1), ("email", False, 3, None, 4), ("phone", False, 5, None, 5),
    ("device_id", False, 2, None, 8), ("record", False, 2, None, 11),
]  # fmt: skip


class Killed(Exception):
    """The process ended before this statement."""


class Relation(SimpleNamespace):
    """A name in the schema identity, as dbt's Relation prints it."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.identifier}"


class Flags(SimpleNamespace):
    FULL_REFRESH = False
    WHICH = "run"


class Lab:
    """One warehouse; `run()` is one run of the stage. `kill_at` statements into it, it is killed."""

    def __init__(self, guards: Sequence[str] | None = None) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("create schema identity; create schema heddle")
        for table, columns in TABLES.items():
            self.connection.execute(f"create table {table} ({columns})")
        self.connection.executemany("insert into identity.identity_rules values (?, ?, ?, ?, ?)", RULES)
        self.variables = {} if guards is None else {"identity_guards": list(guards)}
        self.flags, self.hour, self.statements = Flags(), 0, 0
        self.graph = SimpleNamespace(nodes={})
        self.kill_at: int | None = None
        self.environment = new_environment()
        macros = bound_macros(self.environment, sorted((PROJECT / "macros").glob("*.sql")))
        self.environment.globals |= macros | self._context()
        self.order = model_order()
        self.templates = {name: template(self.environment, (MODELS / f"{name}.sql").read_text()) for name in self.order}

    def load(self, links: Iterable[tuple[str, str, str, int]]) -> None:
        """Rows (record_id, identifier_type, identifier_value, day of sighting) in one load."""
        self.hour += 1
        rows = [("fx", r, t, v, d, self.hour) for r, t, v, d in links]
        if rows:
            moment = "timestamp '2026-01-01'"
            self.connection.executemany(
                f"insert into identity.feed values (?, ?, ?, ?, {moment} + to_days(?), {moment} + to_hours(?))", rows
            )

    def run(self, full: bool = False, kill_at: int | None = None) -> None:
        """Every model in order, each in a transaction of its own; raises Killed when it was."""
        self.hour += 1
        self.flags.FULL_REFRESH, self.statements, self.kill_at = full, 0, kill_at
        for name in self.order:
            self.connection.execute("begin")
            try:
                self._materialize(name)
                self.connection.execute("commit")
            except Killed:
                self.connection.execute("rollback")
                raise

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def people(self) -> dict[str, frozenset[str]]:
        """profile_id -> its nodes, by name."""
        found: dict[str, set[str]] = {}
        for name, profile in self.rows("select node_type || ':' || node_value, profile_id from identity.identity_map"):
            found.setdefault(profile, set()).add(name)
        return {profile: frozenset(nodes) for profile, nodes in found.items()}

    def _materialize(self, name: str) -> None:
        self.settings: dict[str, Any] = {"materialized": "table"}
        self.this = Relation(schema="identity", identifier=name, database="memory")
        self.environment.globals["this"] = self.this
        sql = self.templates[name].render()
        kind = self.settings["materialized"]
        if kind == "view":
            self._execute(f"create or replace view identity.{name} as {sql}")
        elif kind == "identity_state" and self._changes_in_place(name):
            self._change(name, sql)
        elif kind == "incremental":
            made = self._exists("identity", name)
            self._execute(
                f"insert into identity.{name} by name {sql}" if made else f"create table identity.{name} as {sql}"
            )
        else:
            self._execute(f"create or replace table identity.{name} as {sql}")
        if hook := self.settings.get("post_hook"):
            self._execute(template(self.environment, hook).render())

    def _change(self, name: str, sql: str) -> None:
        key = self.settings["unique_key"]
        self._execute(f"create temp table delta as {sql}")
        columns = ", ".join(row[0] for row in self.rows(f"describe identity.{name}"))
        delete = self.environment.globals["identity_delete_sql"]
        assert callable(delete)
        keys = [key] if isinstance(key, str) else key
        self._execute(delete(self.this, "delta", keys, "is_added" in sql))
        self._execute(f"insert into identity.{name} ({columns}) select {columns} from delta where not is_gone")
        self._execute("drop table delta")

    def _changes_in_place(self, name: str) -> bool:
        if not (self.settings.get("unique_key") and self._exists("identity", name)):
            return False
        return self.rows("select mode from identity.identity_run") == [("incremental",)]

    def _exists(self, schema: str, name: str) -> bool:
        found = """select 1 from duckdb_tables() where schema_name = ? and table_name = ?
            union all select 1 from duckdb_views() where schema_name = ? and view_name = ?"""
        return self.connection.execute(found, [schema, name] * 2).fetchone() is not None

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection | None:
        self.statements += 1
        if self.kill_at is not None and self.statements >= self.kill_at:
            raise Killed(f"statement {self.statements}")
        return self.connection.execute(sql) if sql.strip() else None

    def _query(self, sql: str) -> Table:
        done = self._execute(str(sql))
        return Table(done.fetchall() if done else [])

    def _context(self) -> dict[str, Any]:
        def relation(database: str | None, schema: str, identifier: str) -> Relation | None:
            return Relation(schema=schema, identifier=identifier) if self._exists(schema, identifier) else None

        return {
            "ref": lambda name: Relation(schema="identity", identifier=name),
            "config": self._config,
            "run_query": self._query,
            "return": give_back,
            "log": lambda text, info=False: "",
            "execute": True,
            "flags": self.flags,
            "var": lambda name, default=None: self.variables.get(name, default),
            "env_var": lambda name, default="": default,
            "exceptions": Exceptions(),
            "target": SimpleNamespace(type="duckdb", database="memory"),
            "graph": self.graph,
            "local_md5": lambda text: text.replace("'", "").replace(" ", "_"),
            "adapter": SimpleNamespace(get_relation=relation, dispatch=self._dispatch),
            "dbt": SimpleNamespace(
                type_string=lambda: "varchar",
                position=lambda part, text: f"strpos({text}, {part})",
                split_part=lambda text, by, n: f"split_part({text}, {by}, {n})",
            ),
            "feed": lambda shape: "select * from identity.feed",
            "as_of": lambda: f"timestamp '2026-01-01' + to_hours({self.hour})",
        }

    def _config(self, **settings: Any) -> str:
        self.settings |= settings
        return ""

    def _dispatch(self, name: str, package: str) -> Callable[..., Any]:
        found = self.environment.globals.get(f"duckdb__{name}") or self.environment.globals[f"default__{name}"]
        assert callable(found)
        return found


@cache
def model_order() -> tuple[str, ...]:
    """The models so that each comes after those it refers to, itself or through the macros it calls."""
    macros = {m[1]: m[0] for file in (PROJECT / "macros").glob("*.sql") for m in MACRO.finditer(file.read_text())}

    def refs(text: str, seen: frozenset[str] = frozenset()) -> set[str]:
        called = {name for name in macros if re.search(rf"\b{name}\(", text)} - seen
        return set(REF.findall(text)).union(*(refs(macros[name], seen | called) for name in called))

    texts = {path.stem: path.read_text() for path in MODELS.glob("*.sql")}
    needs = {name: refs(text) & set(texts) - {name} for name, text in texts.items()}
    order: list[str] = []
    while len(order) < len(texts):
        ready = sorted(name for name in texts if name not in order and needs[name] <= set(order))
        if not ready:
            raise CompilerError(f"the models refer to each other: {sorted(set(texts) - set(order))}")
        order += ready
    return tuple(order)
