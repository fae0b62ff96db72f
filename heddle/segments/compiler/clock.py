"""The one instant at which everything is evaluated."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from zoneinfo import ZoneInfo

from sqlglot import exp

from heddle.segments.compiler.nodes import shifted, timestamp
from heddle.segments.duration import Duration

DBT_AS_OF = "{{ at }}"
DBT_TODAY = "{{ today }}"


@dataclass(frozen=True)
class Clock:
    """`as_of` is a naive UTC timestamp, `today` its calendar day where the workspace is.

    Both must be constants when the statement runs: engines skip blocks of `profile_events` only for bounds
    they can compute before scanning.
    """

    as_of: exp.Expr
    today: exp.Expr

    @classmethod
    def at(cls, moment: datetime, zone: str) -> Self:
        """Literals; `moment` is naive UTC."""
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
        return cls(timestamp(moment), exp.cast(exp.Literal.string(local.isoformat()), "date"))

    @classmethod
    def dbt(cls) -> Self:
        """What a generated model sets from the macros as_of() and local_date()."""
        return cls(exp.var(DBT_AS_OF), exp.var(DBT_TODAY))

    def ago(self, duration: Duration) -> exp.Expr:
        return shifted(self.as_of, duration, back=True)

    def ahead(self, duration: Duration) -> exp.Expr:
        return shifted(self.as_of, duration, back=False)

    def day(self, duration: Duration | None = None, back: bool = False) -> exp.Expr:
        """Today, or the day that is a duration away."""
        if duration is None:
            return self.today.copy()
        return exp.cast(shifted(self.today, duration, back), "date")

    def until_now(self, column: exp.Expr) -> exp.LTE:
        """Events after as_of do not exist."""
        return exp.LTE(this=column.copy(), expression=self.as_of.copy())
