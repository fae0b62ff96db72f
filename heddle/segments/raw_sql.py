"""`sql:`, the escape hatch: one query over published models, made of an allow-list of parts and of nothing else.

What is not on the list is refused, so a function or statement that nobody thought of is refused too. Every name is
resolved here, and the resolved query is what runs: no engine is left to find another table or column behind a name.
"""

import re
from typing import ClassVar

import sqlglot
from pydantic import Field
from sqlglot import exp
from sqlglot.dialects import BigQuery, DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from heddle.segments.catalog import Catalog
from heddle.segments.sql_names import check_personal, place_tables, resolved
from heddle.segments.sql_numbers import check_number
from heddle.segments.values import Strict

SQL_LIMIT = 10_000
AS_OF = "as_of"
KEYS = ("profile_id", "member_key")
_REF = re.compile(r"\{\{\s*ref\(\s*(['\"])([a-z_][a-z0-9_]*)\1\s*\)\s*\}\}")
_JINJA = re.compile(r"\{\{|\}\}|\{%|\{#")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
# fmt: off
_PARTS = frozenset(
    (
        exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Distinct, exp.With, exp.CTE,
        exp.Table, exp.TableAlias, exp.Subquery, exp.Union, exp.Intersect, exp.Except, exp.Exists, exp.Column,
        exp.Identifier, exp.Alias, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Paren, exp.Tuple, exp.Neg,
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
        exp.Like, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.DataType, exp.Add, exp.Sub, exp.Mul,
        exp.Div, exp.Interval, exp.Var, exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Window, exp.RowNumber,
        exp.Rank, exp.Order, exp.Ordered, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Abs, exp.Round, exp.DPipe,
        exp.Extract, exp.Floor, exp.Ceil,
    )
)
# fmt: on
_TYPES = {"TEXT": "text", "INT": "int", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date"}
_TYPES |= {"TIMESTAMPNTZ": "timestamp"}
_UNITS = frozenset({"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"})
# The columns of stored memberships are written without quotes.
_RESERVED = frozenset(DuckDB.Generator.RESERVED_KEYWORDS | BigQuery.Generator.RESERVED_KEYWORDS)
# What the stored membership and the statements of a run call their own columns.
TAKEN = frozenset({"entered_at", "left_at", "sql_place"})
TAKEN |= {f"membership_{name}" for name in ("rank", "members", "previous", "later", "touched", "recorded")}


class SqlRule(Strict):
    """Gives `profile_id`, with `per` also `member_key`, and the columns that are kept beside the members."""

    verb: ClassVar[str] = "sql"
    sql: str = Field(min_length=1, max_length=SQL_LIMIT)


def read_sql(text: str, catalog: Catalog) -> exp.Query:
    """The tree of a query that keeps to the rules, every table in its schema, every column with its table, `as_of` as
    a placeholder. Raises ValueError with what is wrong, in a sentence."""
    tree = _parsed(text)
    for node in tree.walk():
        node.pop_comments()
        _check_part(node)
    tree = normalize_identifiers(tree, dialect="duckdb")
    _check_output(tree)
    place_tables(tree, catalog)
    tree = resolved(tree.transform(_instant), catalog)
    check_personal(tree, catalog)
    return tree


def output_names(tree: exp.Query) -> list[str]:
    """The columns of the result, in order."""
    return list(tree.named_selects)


def _parsed(text: str) -> exp.Query:
    plain = _REF.sub(lambda found: found[2], text)
    if _JINJA.search(plain):
        raise ValueError("of template marks only {{ ref('model') }} is allowed")
    try:
        trees = [tree for tree in sqlglot.parse(plain, read="duckdb") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        raise ValueError(f"not a query that can be read: {_first_line(error)}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or isinstance(trees[0], exp.Subquery):
        raise ValueError("one query is expected: select ... from ...")
    return trees[0]


def _first_line(error: Exception) -> str:
    return re.sub(r"\x1b\[\d*m", "", str(error).splitlines()[0])[:120] if str(error) else "nested too deep"


def _check_part(node: exp.Expr) -> None:
    if type(node) not in _PARTS:
        raise ValueError(f"`{node.key}` is not allowed here; the page of the language lists what is")
    if isinstance(node, exp.Identifier | exp.Var) and not _NAME.fullmatch(node.name):
        raise ValueError("a name has letters, digits and _")
    if isinstance(node, exp.DataType) and node.this.name not in _TYPES:
        raise ValueError(f"a cast to {', '.join(sorted(_TYPES.values()))} is allowed, not to another type")
    check_number(node)
    if isinstance(node, exp.Cast) and node.this.is_string and node.to.this.name in ("DATE", "TIMESTAMPNTZ"):
        _check_moment(node.this.name)
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        raise ValueError("name the columns instead of *")
    if isinstance(node, exp.Interval):
        _check_interval(node)
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise ValueError("`recursive` is not allowed here")
    if isinstance(node, exp.Join) and (node.method or node.kind not in ("", "INNER", "OUTER", "CROSS")):
        raise ValueError(f"`{(node.method or node.kind).lower()} join` is not what every warehouse knows")
    if isinstance(node, exp.TableAlias) and node.columns:
        raise ValueError("name the columns in the `select`, not behind the alias of the table")
    if isinstance(node, exp.Like) and "\\" in node.expression.name:
        raise ValueError("a backslash in `like` is an escape on some warehouses and a character on others")
    if isinstance(node, exp.Group) and node.args.get("all"):
        raise ValueError("name the columns instead of `group by all`")
    if (isinstance(node, exp.Distinct) and node.args.get("on")) or node.args.get("by_name"):
        raise ValueError("`distinct on` and `by name` are not what every warehouse knows")


def _check_moment(text: str) -> None:
    """Engines read words such as `now` as the clock of the database; everything is evaluated at `as_of`."""
    if not text[:1].isdigit():
        raise ValueError("a moment is written in digits, such as '2026-03-08'; the instant of the run is `as_of`")


def _check_interval(interval: exp.Interval) -> None:
    unit = interval.unit.name.upper().removesuffix("S") if interval.unit else ""
    if not (isinstance(interval.this, exp.Literal) and interval.this.name.isdecimal() and unit in _UNITS):
        raise ValueError("an interval is a number and a unit, such as interval '3' day")
    interval.set("unit", exp.var(unit))


def _instant(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name == AS_OF and not node.table:
        return exp.Placeholder(this=AS_OF)
    return node


def _check_output(tree: exp.Query) -> None:
    names = output_names(tree)
    if "profile_id" not in names:
        raise ValueError("the query gives no profile_id")
    if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("every column of the result has a name of its own: `... as name`")
    if taken := sorted(TAKEN.intersection(names)):
        raise ValueError(f"`{taken[0]}` is a name that the stored membership needs itself")
    if words := sorted(_RESERVED.intersection(names)):
        raise ValueError(f"`{words[0]}` is a word of SQL: give the column another name")


def at_instant(tree: exp.Query, as_of: exp.Expr) -> exp.Query:
    """The tree with the instant of the run in place of `as_of`."""
    placed = tree.transform(lambda node: as_of.copy() if isinstance(node, exp.Placeholder) else node)
    assert isinstance(placed, exp.Query)
    return placed
