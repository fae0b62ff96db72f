"""One profile at one instant, asked about in the terms of the compiler."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlglot import exp

from heddle.segments.compiler import sql_text
from heddle.segments.compiler.nodes import as_text
from heddle.segments.compiler.scope import Scope
from heddle.warehouse import Warehouse


@dataclass(frozen=True)
class Person:
    """`key` is the member key that is asked about, None without `per` or for somebody who has no candidate."""

    wh: Warehouse
    scope: Scope
    profile_id: str
    as_of: datetime
    key: str | None = None

    def rows(self, query: exp.Select, alias: str) -> list[dict[str, Any]]:
        """The rows of a query that are this profile's in the table `alias`."""
        return self.all_rows(query.where(_equals(exp.column("profile_id", table=alias), self.profile_id)))

    def all_rows(self, query: exp.Query) -> list[dict[str, Any]]:
        return [dict(row) for row in self.wh.query(sql_text(query, self.wh.dialect)).to_pylist()]

    def same_key(self, column: exp.Column) -> list[exp.Expr]:
        """That a column holds the member key that is asked about; nothing when none is."""
        return [] if self.key is None else [_equals(as_text(column), self.key)]

    def when(self, moment: datetime) -> str:
        """`2026-06-14 12:00 (16 h 30 min before)`"""
        gone = self.as_of - moment
        told = f"{_long(gone)} before" if gone >= timedelta() else f"{_long(-gone)} after"
        return f"{moment:%Y-%m-%d %H:%M} ({told})"


def _equals(column: exp.Expr, value: str) -> exp.EQ:
    return exp.EQ(this=column, expression=exp.Literal.string(value))


def _long(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // 1440:,} days"
