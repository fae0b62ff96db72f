"""`sql:`, the escape hatch: one query over published models, made of an allow-list of parts and of nothing else.

What is not on the list is refused, so a function or statement that nobody thought of is refused too.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

import sqlglot
from pydantic import Field
from sqlglot import exp
from sqlglot.errors import SqlglotError

from heddle.segments.catalog import Catalog
from heddle.segments.fault import did_you_mean
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
        exp.Extract,
    )
)
# fmt: on
_TYPES = frozenset({"TEXT", "VARCHAR", "INT", "BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"})


class SqlRule(Strict):
    """Gives `profile_id`, with `per` also `member_key`, and the columns that are kept beside the members."""

    verb: ClassVar[str] = "sql"
    sql: str = Field(min_length=1, max_length=SQL_LIMIT)


def read_sql(text: str, catalog: Catalog) -> exp.Query:
    """The tree of a query that keeps to the rules. Raises ValueError with what is wrong, in a sentence."""
    tree = _parsed(text)
    for node in tree.walk():
        node.pop_comments()
        _check_part(node)
    named = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for model in named & set(catalog.published):
        raise ValueError(f"`{model}` is a published model: give the common table expression another name")
    read = [_model(table, catalog) for table in tree.find_all(exp.Table) if table.name not in named or table.db]
    _check_columns(tree, read, catalog)
    _check_output(tree)
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
        raise ValueError(f"a cast to {', '.join(sorted(_TYPES)).lower()} is allowed, not to another type")
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        raise ValueError("name the columns instead of *")
    if isinstance(node, exp.Interval) and not isinstance(node.this, exp.Literal):
        raise ValueError("an interval is a number and a unit, such as interval '3' day")
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise ValueError("`recursive` is not allowed here")


def _model(table: exp.Table, catalog: Catalog) -> str:
    """The published model that is read, as `model` or `profiles.model`."""
    extra = [name for name, value in table.args.items() if value and name not in ("this", "db", "alias")]
    known = catalog.published
    if extra or not isinstance(table.this, exp.Identifier) or table.name not in known:
        hint = did_you_mean(table.name, known) if table.name else ""
        raise ValueError(f"only published models can be read, by ref; `{table.name}` is none. {hint}".rstrip())
    if table.db not in ("", known[table.name].schema):
        raise ValueError(f"`{table.name}` is in the schema {known[table.name].schema}")
    return table.name


def _check_columns(tree: exp.Query, read: list[str], catalog: Catalog) -> None:
    columns = {name: pii for model in read for name, pii in catalog.published[model].columns.items()}
    aliases = {alias.alias for alias in tree.find_all(exp.Alias)}
    for column in tree.find_all(exp.Column):
        if column.name not in columns and column.name not in aliases | {AS_OF}:
            raise ValueError(f"unknown column `{column.name}`. {did_you_mean(column.name, columns)}".rstrip())
    for column in _selected(tree):
        if columns.get(column.name):
            raise ValueError(
                f"`{column.name}` is personal data, which is not copied beside members: use it in conditions"
            )


def _selected(tree: exp.Query) -> Iterator[exp.Column]:
    for select in tree.find_all(exp.Select):
        for projection in select.expressions:
            yield from projection.find_all(exp.Column)


def _check_output(tree: exp.Query) -> None:
    names = output_names(tree)
    if "profile_id" not in names:
        raise ValueError("the query gives no profile_id")
    if len(set(names)) < len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("every column of the result has a name of its own: `... as name`")


def with_tables(tree: exp.Query, catalog: Catalog, as_of: exp.Expr) -> exp.Query:
    """The tree with the models in their schemas, and `as_of` as the instant of the run."""
    named = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    placed = tree.transform(lambda node: _placed(node, catalog, named, as_of))
    assert isinstance(placed, exp.Query)
    return placed


def _placed(node: exp.Expr, catalog: Catalog, named: set[str], as_of: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Column) and node.name == AS_OF and not node.table:
        return as_of.copy()
    if isinstance(node, exp.Table) and node.name not in named:
        alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name))
        schema = exp.to_identifier(catalog.published[node.name].schema)
        return exp.Table(this=exp.to_identifier(node.name), db=schema, alias=alias)
    return node
