"""A compiled segment that reads stored history as it was at an instant."""

from datetime import datetime

from sqlglot import exp

from heddle.segments.compiler.nodes import timestamp

_STAYS = ("profile_id", "member_key", "entered_at", "left_at")
_VALUES = ("profile_id", "trait", "value", "valid_from", "valid_to")


def as_it_was(query: exp.Expr, at: datetime) -> exp.Expr:
    """Stays of other segments and periods of traits that began later do not exist; those that ended later are open."""
    return query.copy().transform(lambda node: _then(node, at))


def _then(node: exp.Expr, at: datetime) -> exp.Expr:
    if not isinstance(node, exp.Table) or not node.db:
        return node
    if node.db == "segments" and node.name.startswith("segment_"):
        return _cut(node, _STAYS, at)
    if node.name == "profile_trait_history":
        return _cut(node, _VALUES, at)
    return node


def _cut(table: exp.Table, columns: tuple[str, ...], at: datetime) -> exp.Expr:
    *kept, begin, end = columns
    ended = exp.LTE(this=exp.column(end), expression=timestamp(at))
    open_since = exp.Case(ifs=[exp.If(this=ended, true=exp.column(end))])
    stored = exp.Table(this=table.this.copy(), db=table.args["db"].copy())
    query = exp.select(*[exp.column(name) for name in (*kept, begin)], exp.alias_(open_since, end)).from_(stored)
    return query.where(exp.LTE(this=exp.column(begin), expression=timestamp(at))).subquery(table.alias_or_name)
