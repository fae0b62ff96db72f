"""The tree as text of one engine; the few functions that engines spell differently are chosen here."""

from collections.abc import Callable

from sqlglot import Dialect, ErrorLevel, exp

from heddle.segments.compiler.nodes import FINDS_PATTERN, LOCAL_DAY, NEVER_NULL

DIALECTS = ("duckdb", "postgres", "spark", "snowflake", "bigquery", "databricks")
_UTC = "UTC"


def sql_text(query: exp.Expr, dialect: str) -> str:
    """Pretty SQL. Raises sqlglot's UnsupportedError rather than drop anything silently."""
    spelled = query.copy().transform(lambda node: _spelled(node, dialect))
    return spelled.sql(dialect=dialect, pretty=True, unsupported_level=ErrorLevel.RAISE)


def _spelled(node: exp.Expr, dialect: str) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name == LOCAL_DAY:
        return _LOCAL_DAY.get(dialect, _at_time_zone)(*node.expressions)
    if isinstance(node, exp.Anonymous) and node.name == FINDS_PATTERN:
        return _PATTERN.get(dialect, _regexp_like)(*node.expressions)
    if isinstance(node, exp.Interval) and dialect == "bigquery":
        return exp.Interval(this=exp.Literal.number(node.this.name), unit=node.unit)  # it takes no text here
    if isinstance(node, exp.Round) and dialect == "postgres":
        return _of_a_decimal(node)
    if isinstance(node, exp.Ordered) and node.meta.get(NEVER_NULL):
        return _in_its_own_order(node, dialect)
    return node


def _in_its_own_order(node: exp.Ordered, dialect: str) -> exp.Ordered:
    """Nulls where the engine puts them anyway, so that nothing is written about them."""
    descending = bool(node.args.get("desc"))
    smallest = Dialect.get_or_raise(dialect).NULL_ORDERING == "nulls_are_small"
    largest = Dialect.get_or_raise(dialect).NULL_ORDERING == "nulls_are_large"
    return exp.Ordered(
        this=node.this, desc=descending, nulls_first=(smallest and not descending) or (largest and descending)
    )


def _of_a_decimal(node: exp.Round) -> exp.Round:
    """Halves away from zero, as elsewhere: Postgres rounds those of a double to even, and knows no digits there."""
    exact = exp.cast(node.this.copy(), exp.DataType.build("numeric", dialect="postgres"))
    return exp.Round(this=exact, decimals=node.args.get("decimals"))


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _at_time_zone(moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    utc = exp.AtTimeZone(this=moment.copy(), zone=exp.Literal.string(_UTC))
    return exp.cast(exp.AtTimeZone(this=utc, zone=zone.copy()), "date")


def _from_utc(moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    return exp.cast(_call("FROM_UTC_TIMESTAMP", moment, zone), "date")


def _convert_timezone(moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    return exp.cast(_call("CONVERT_TIMEZONE", exp.Literal.string(_UTC), zone, moment), "date")


def _bigquery_date(moment: exp.Expr, zone: exp.Expr) -> exp.Expr:
    return _call("DATE", _call("TIMESTAMP", moment, exp.Literal.string(_UTC)), zone)


def _regexp_like(text: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    return exp.RegexpLike(this=text.copy(), expression=pattern.copy())


def _regexp_instr(text: exp.Expr, pattern: exp.Expr) -> exp.Expr:
    """Snowflake's REGEXP_LIKE wants the whole text to match; REGEXP_INSTR finds a part, as the others do."""
    return exp.GT(this=_call("REGEXP_INSTR", text, pattern), expression=exp.convert(0))


_Spelling = Callable[[exp.Expr, exp.Expr], exp.Expr]
_LOCAL_DAY: dict[str, _Spelling] = {
    "spark": _from_utc,
    "databricks": _from_utc,
    "snowflake": _convert_timezone,
    "bigquery": _bigquery_date,
}
_PATTERN: dict[str, _Spelling] = {"snowflake": _regexp_instr}
