"""top, sample and holdout: which of the qualified members remain, in this order."""

from sqlglot import exp

from heddle.segments.compiler.nodes import missing, whole
from heddle.segments.segment import Segment, Split, Top

BUCKETS = 10_000
_HEX = "0123456789abcdef"
_DIGITS = 7
TOP_COLUMN = "top_by"
_PLACE, _SIZE, _HASH = "top_place", "top_size", "split_hash"
# Columns between the steps; a payload column of such a name would be taken for one of them.
WORKING_COLUMNS = frozenset({TOP_COLUMN, _PLACE, _SIZE, _HASH})


def with_splits(query: exp.Select, columns: list[str], segment: Segment) -> exp.Select:
    """`query` unchanged when the segment has no split."""
    if segment.top:
        query = _top(query, columns, segment.top)
    if segment.sample:
        query = _split(query, columns, segment.sample, inside=True)
    if segment.holdout:
        query = _split(query, columns, segment.holdout, inside=False)
    return query


def bucket(salt: str, profile_id: exp.Expr) -> exp.Expr:
    """The hash whose first seven hexadecimal digits, read as a number mod 10000, are the bucket.

    md5 is the one hash that every warehouse computes and prints alike.
    """
    return exp.MD5(this=exp.DPipe(this=exp.Literal.string(f"{salt}:"), expression=profile_id.copy()))


def _split(query: exp.Select, columns: list[str], split: Split, inside: bool) -> exp.Select:
    hashed = exp.select(
        *_columns(columns, "q"),
        exp.alias_(bucket(split.salt, exp.column("profile_id", table="q")), _HASH),
    ).from_(query.subquery("q"))
    limit = whole(round(split.percent * BUCKETS / 100))
    number = exp.Mod(this=exp.paren(_as_number(exp.column(_HASH, table="h"))), expression=whole(BUCKETS))
    condition = exp.LT(this=number, expression=limit) if inside else exp.GTE(this=number, expression=limit)
    return exp.select(*_columns(columns, "h")).from_(hashed.subquery("h")).where(condition)


def _as_number(text: exp.Expr) -> exp.Expr:
    """Hexadecimal digits as a number, without any engine's own conversion."""
    total: exp.Expr | None = None
    for index in range(_DIGITS):
        digit = exp.Substring(this=text.copy(), start=whole(index + 1), length=whole(1))
        position = exp.StrPosition(this=exp.Literal.string(_HEX), substr=digit)
        value = exp.paren(exp.Sub(this=position, expression=whole(1)))
        term = exp.Mul(this=value, expression=whole(16 ** (_DIGITS - 1 - index)))
        total = term if total is None else exp.Add(this=total, expression=term)
    assert total is not None
    return total


def _top(query: exp.Select, columns: list[str], top: Top) -> exp.Select:
    order = exp.Order(
        expressions=[
            exp.Ordered(this=exp.column(TOP_COLUMN, table="q"), desc=True, nulls_first=False),
            exp.Ordered(this=exp.column("profile_id", table="q"), nulls_first=False),
            exp.Ordered(this=exp.column("member_key", table="q"), nulls_first=False),
        ]
    )
    place = exp.alias_(exp.Window(this=exp.RowNumber(), order=order), _PLACE)
    size = exp.alias_(exp.Window(this=exp.Count(this=exp.Star())), _SIZE)
    ranked = exp.select(*_columns([*columns, TOP_COLUMN], "q"), place, size).from_(query.subquery("q"))
    has_value = exp.Not(this=missing(exp.column(TOP_COLUMN, table="t")))
    return exp.select(*_columns(columns, "t")).from_(ranked.subquery("t")).where(_within(top), has_value)


def _within(top: Top) -> exp.Expr:
    place = exp.column(_PLACE, table="t")
    if top.n is not None:
        return exp.LTE(this=place, expression=whole(top.n))
    share = exp.Mul(this=exp.column(_SIZE, table="t"), expression=exp.convert(top.percent))
    reached = exp.Mul(this=exp.paren(exp.Sub(this=place, expression=whole(1))), expression=whole(100))
    return exp.LT(this=reached, expression=share)


def _columns(names: list[str], alias: str) -> list[exp.Expr]:
    return [exp.column(name, table=alias) for name in names]
