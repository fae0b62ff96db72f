"""sql -> the members that a query of the data team finds."""

from sqlglot import exp

from heddle.segments.catalog import PROFILES_TABLE
from heddle.segments.compiler.nodes import as_text, missing, table, whole
from heddle.segments.compiler.scope import Scope
from heddle.segments.raw_sql import KEYS, SqlRule, at_instant, output_names, read_sql


def sql_members(rule: SqlRule, scope: Scope) -> exp.Select:
    """One row per member that is a profile: the first by its other columns, where the query gives it more than once."""
    tree = read_sql(rule.sql, scope.catalog)
    names = output_names(tree)
    told = [name for name in names if name not in KEYS]
    grain: list[exp.Expr] = [_column("profile_id")]
    columns = [_column("profile_id")]
    conditions = [exp.Not(this=missing(_column("profile_id"))), _is_a_profile()]
    if "member_key" in names:
        grain.append(_column("member_key"))
        columns.append(exp.alias_(as_text(_column("member_key")), "member_key"))
        conditions.append(exp.Not(this=missing(_column("member_key"))))
    inner = at_instant(tree, scope.clock.as_of).subquery("q")
    if not told:
        return exp.select(*columns).distinct().from_(inner).where(*conditions)
    order = exp.Order(expressions=[exp.Ordered(this=_column(name), nulls_first=False) for name in told])
    place = exp.alias_(exp.Window(this=exp.RowNumber(), partition_by=grain, order=order), "sql_place")
    ranked = exp.select(*columns, *[_column(name) for name in told], place).from_(inner).where(*conditions)
    kept = [exp.column(name, table="r") for name in ["profile_id", *(["member_key"] if len(grain) > 1 else []), *told]]
    first = exp.EQ(this=exp.column("sql_place", table="r"), expression=whole(1))
    return exp.select(*kept).from_(ranked.subquery("r")).where(first)


def with_own_names(query: exp.Query, prefix: str) -> exp.Query:
    """The names of its common table expressions prefixed: where an engine gets all of them at the top, those of two
    `sql:` lines must not meet. `read_sql` sees to it that a name means one thing in a query."""
    names = {found.alias for found in query.find_all(exp.CTE)}
    renamed = query.transform(lambda node: _prefixed(node, names, prefix)) if names else query
    assert isinstance(renamed, exp.Query)
    return renamed


def _prefixed(node: exp.Expr, names: set[str], prefix: str) -> exp.Expr:
    if isinstance(node, exp.CTE):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(f"{prefix}_{node.alias}")))
    if isinstance(node, exp.Table) and not node.db and node.name in names:
        node.set("this", exp.to_identifier(f"{prefix}_{node.name}"))
    return node


def _column(name: str) -> exp.Expr:
    return exp.column(name, table="q")


def _is_a_profile() -> exp.Exists:
    same = exp.EQ(this=exp.column("profile_id", table="p"), expression=_column("profile_id"))
    return exp.Exists(this=exp.select("1").from_(table(PROFILES_TABLE, "profiles", "p")).where(same))
