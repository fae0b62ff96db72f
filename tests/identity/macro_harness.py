"""The connected components macro without dbt: its Jinja, with a `run_query` that runs on a DuckDB connection."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, NoReturn

import duckdb
from jinja2 import Environment, Template

MACROS = Path(__file__).parents[2] / "dbt_project/macros"
MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
FILES = ("work_tables.sql", "connected_components.sql")
PREFIX = "temp.heddle_cc"

Edge = tuple[int, int]


class Returned(Exception):
    """What a macro passed to `return`."""

    def __init__(self, value: Any) -> None:
        self.value = value


class CompilerError(Exception):
    """What `exceptions.raise_compiler_error` raises."""


class Exceptions:
    @staticmethod
    def raise_compiler_error(text: str) -> NoReturn:
        raise CompilerError(text)


class Column:
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def values(self) -> list[Any]:
        return self._values


class Table:
    """As much of an agate table as the macros read."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows
        self.columns = [Column(list(values)) for values in zip(*rows, strict=True)] or [Column([]), Column([])]


class Macros:
    """Calls macros on one connection; `rounds` is what the connected components last said in the log."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.rounds = 0
        self.macros: dict[str, Callable[..., Any]] = {}
        environment = new_environment()
        environment.globals |= {
            "run_query": self.run_query,
            "return": give_back,
            "log": self.log,
            "execute": True,
            "exceptions": Exceptions(),
            "adapter": SimpleNamespace(dispatch=self._dispatch),
        }
        self.macros = bound_macros(environment, [MACROS / name for name in FILES])
        environment.globals |= self.macros

    def run_query(self, sql: str) -> Table:
        return Table(self.connection.execute(str(sql)).fetchall())

    def log(self, text: str, info: bool = False) -> str:
        self.rounds = int(text.split()[1])
        return ""

    def _dispatch(self, name: str, _package: str) -> Callable[..., Any]:
        return self.macros.get(f"duckdb__{name}") or self.macros[f"default__{name}"]

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        return self.macros[name](*arguments, **named)


def give_back(value: Any) -> NoReturn:
    """dbt's `return`: ends the macro that calls it, and no other."""
    raise Returned(value)


def new_environment() -> Environment:
    return Environment(extensions=["jinja2.ext.do"])


def template(environment: Environment, source: str) -> Template:
    """What `from_string` gives; the same text is compiled once for all environments, which differ in globals alone."""
    return Template.from_code(environment, _compiled(source), environment.globals)


@cache
def _compiled(source: str) -> CodeType:
    return new_environment().compile(source)


def bound_macros(environment: Environment, files: Iterable[Path]) -> dict[str, Callable[..., Any]]:
    """Each macro a template of its own, so that the macros of one file call each other as dbt's do."""
    sources = {match[1]: match[0] for file in files for match in MACRO.finditer(file.read_text())}
    return {name: bound_macro(environment, name, source) for name, source in sources.items()}


def bound_macro(environment: Environment, name: str, source: str) -> Callable[..., Any]:
    made: list[Any] = []

    def call(*arguments: Any, **named: Any) -> Any:
        if not made:
            made.append(getattr(template(environment, source).make_module(), name))
        try:
            return str(made[0](*arguments, **named))
        except Returned as returned:
            return returned.value

    return call


def components(macros: Macros, edges: Iterable[Edge], **named: Any) -> dict[int, int]:
    """Node -> the label of its component, for every node that has an edge."""
    connection = macros.connection
    edges = list(edges)
    connection.execute("create or replace table edges (u bigint, v bigint)")
    if edges:
        values = ", ".join(f"({u}, {v})" for u, v in edges)
        connection.execute(f"insert into edges values {values}")
    labels = macros.call("connected_components", "select u, v from edges", PREFIX, **named)
    found = connection.execute(
        f"""
        select nodes.x, coalesce(labels.p, nodes.x)
        from (select u as x from edges union select v from edges) as nodes
        left join {labels} as labels on nodes.x = labels.x
        """
    ).fetchall()
    macros.call("drop_work_tables", PREFIX)
    return dict(found)
