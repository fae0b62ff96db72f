"""top, sample and holdout: which of the qualified members remain, in this order."""

from sqlglot import exp

from heddle.segments.catalog import PROFILES_TABLE
from heddle.segments.compiler.nodes import as_text, missing, ordered, table, whole
from heddle.segments.compiler.relations import segment_members
from heddle.segments.compiler.scope import Scope
from heddle.segments.segment import EVERYONE, Segment, Split, Top

BUCKETS = 10_000
_HEX = "0123456789abcdef"
_DIGITS = 7
TOP_COLUMN = "top_by"
_PLACE, _SIZE, _HASH = "top_place", "top_size", "split_hash"
# Columns between the steps; a payload column of such a name would be taken for one of them.
WORKING_COLUMNS = frozenset({TOP_COLUMN, _PLACE, _SIZE, _HASH})


def with_splits(query: exp.Select, columns: list[str], segment: Segment) -> exp.Select:
    """`query` unchanged when the segment has no split."""
    if segment.top and segment.top.of is None:
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


def best_people(top: Top, scope: Scope) -> exp.Select:
    """`top: {of: ...}`: one row per profile that is among the best of everyone, or of another segment's members."""
    by = exp.alias_(exp.column(scope.catalog.traits[top.by].column, table="p"), TOP_COLUMN)
    key = exp.alias_(as_text(exp.Literal.string("")), "member_key")
    people = exp.select(exp.column("profile_id", table="p"), key, by).from_(table(PROFILES_TABLE, "profiles", "p"))
    if top.of != EVERYONE:
        same = exp.EQ(this=exp.column("profile_id", table="p"), expression=exp.column("profile_id", table="o"))
        people = people.join(segment_members(str(top.of), scope).subquery("o"), on=same, join_type="inner")
    return _top(people, ["profile_id"], top)


def _top(query: exp.Select, columns: list[str], top: Top) -> exp.Select:
    """A percentage is of all of them; whoever has no value is never among the best."""
    highest = exp.Ordered(this=exp.column(TOP_COLUMN, table="q"), desc=True, nulls_first=False)
    ties = [ordered(exp.column(name, table="q")) for name in ("profile_id", "member_key")]
    order = exp.Order(expressions=[highest, *ties])
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
