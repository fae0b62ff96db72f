"""The closed set of tree nodes that segments are built of; every value enters as a literal."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from heddle.segments.duration import Duration

# Two functions that engines spell differently: placeholders until the dialect is known (compiler/dialect.py).
LOCAL_DAY = "HEDDLE_LOCAL_DAY"
FINDS_PATTERN = "HEDDLE_FINDS_PATTERN"
NEVER_NULL = "never_null"


def local_day(moment: exp.Expr, zone: str) -> exp.Anonymous:
    """The calendar day of a naive UTC timestamp in a time zone."""
    return exp.Anonymous(this=LOCAL_DAY, expressions=[moment, exp.Literal.string(zone)])


def finds_pattern(text: exp.Expr, pattern: str) -> exp.Anonymous:
    """Whether a regular expression is found anywhere in a text."""
    return exp.Anonymous(this=FINDS_PATTERN, expressions=[text, exp.Literal.string(pattern)])


def table(name: str, schema: str, alias: str) -> exp.Table:
    """A table of another stage, `schema.name AS alias`."""
    return exp.Table(
        this=exp.to_identifier(name),
        db=exp.to_identifier(schema),
        alias=exp.TableAlias(this=exp.to_identifier(alias)),
    )


def cte(name: str, alias: str) -> exp.Table:
    """A relation of this query, `name AS alias`."""
    return exp.Table(this=exp.to_identifier(name), alias=exp.TableAlias(this=exp.to_identifier(alias)))


def literal(value: object, kind: str) -> exp.Expr:
    """A value of a file as a literal of the catalog type `kind`, never anything else."""
    if kind == "number" and isinstance(value, int | float):
        return exp.convert(value)
    if kind == "boolean":
        return exp.Boolean(this=value is True or str(value).lower() in ("yes", "true"))
    text = exp.Literal.string(str(value))
    return exp.cast(text, "date") if kind in ("date", "datetime") else text


_SQL_TYPES = {"number": "double", "boolean": "boolean", "date": "date", "datetime": "timestamp"}


def sql_type(kind: str) -> str:
    """The column type of a catalog type."""
    return _SQL_TYPES.get(kind, "text")


def whole(number: int) -> exp.Expr:
    return exp.convert(number)


def as_text(value: exp.Expr) -> exp.Cast:
    return exp.cast(value, "text")


def timestamp(moment: datetime) -> exp.Cast:
    """A naive UTC timestamp literal."""
    return exp.cast(exp.Literal.string(moment.isoformat(sep=" ")), "timestamp")


def day_start(day: date, zone: str, plus_days: int = 0) -> exp.Cast:
    """The instant (naive UTC) at which a calendar day begins in `zone`."""
    local = datetime.combine(day + timedelta(days=plus_days), time(), ZoneInfo(zone))
    return timestamp(local.astimezone(UTC).replace(tzinfo=None))


def shifted(moment: exp.Expr, duration: Duration, back: bool) -> exp.Expr:
    """`moment` minus (`back`) or plus a duration."""
    unit = "day" if duration.unit == "week" else duration.unit
    amount = exp.Literal.string(str(duration.amount * (7 if duration.unit == "week" else 1)))
    interval = exp.Interval(this=amount, unit=exp.var(unit.upper()))
    kind = exp.Sub if back else exp.Add
    return kind(this=moment.copy(), expression=interval)


def all_of(conditions: list[exp.Expr]) -> exp.Expr:
    return exp.and_(*conditions) if len(conditions) > 1 else conditions[0]


def any_of(conditions: list[exp.Expr]) -> exp.Expr:
    return exp.or_(*conditions) if len(conditions) > 1 else conditions[0]


def ordered(column: exp.Expr, desc: bool = False) -> exp.Ordered:
    """A column that is never null: no engine has to be told where nulls would go, which BigQuery refuses in windows."""
    by = exp.Ordered(this=column.copy(), desc=desc)
    by.meta[NEVER_NULL] = True
    return by


def missing(column: exp.Expr) -> exp.Is:
    return exp.Is(this=column.copy(), expression=exp.Null())


def compare(value: exp.Expr, comparisons: dict[str, object]) -> list[exp.Expr]:
    """One condition per comparison of a number: above, at_least, below, at_most, between, exactly."""
    return [_COMPARISONS[name](value.copy(), wanted) for name, wanted in comparisons.items()]


def _between(value: exp.Expr, wanted: object) -> exp.Expr:
    low, high = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    return exp.Between(this=value, low=exp.convert(low), high=exp.convert(high))


_COMPARISONS = {
    "above": lambda value, wanted: exp.GT(this=value, expression=exp.convert(wanted)),
    "at_least": lambda value, wanted: exp.GTE(this=value, expression=exp.convert(wanted)),
    "below": lambda value, wanted: exp.LT(this=value, expression=exp.convert(wanted)),
    "at_most": lambda value, wanted: exp.LTE(this=value, expression=exp.convert(wanted)),
    "exactly": lambda value, wanted: exp.EQ(this=value, expression=exp.convert(wanted)),
    "between": _between,
}
