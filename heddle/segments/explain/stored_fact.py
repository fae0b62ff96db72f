"""in_segment, not_in_segment, entered, left, exclude -> the person's stays in that segment."""

from typing import Any

from sqlglot import exp

from heddle.segments.compiler.nodes import table
from heddle.segments.explain.person import Person


def stay_fact(name: str, person: Person) -> str:
    """Since when the person is in the segment at as_of, or when they left it last."""
    begun = [row for row in stays(name, person) if row["entered_at"] <= person.as_of]
    inside = [row for row in begun if row["left_at"] is None or row["left_at"] > person.as_of]
    if inside:
        return f"in it since {person.when(inside[-1]['entered_at'])}"
    return f"left it {person.when(max(row['left_at'] for row in begun))}" if begun else "never was in it"


def passage_fact(name: str, verb: str, person: Person) -> str:
    """The last time up to as_of that the person entered or left the segment."""
    column = "entered_at" if verb == "entered" else "left_at"
    moments = [row[column] for row in stays(name, person) if row[column] and row[column] <= person.as_of]
    return f"last {verb} it {person.when(max(moments))}" if moments else f"never {verb} it"


def stays(name: str, person: Person) -> list[dict[str, Any]]:
    """member_key, entered_at, left_at of every stay, oldest first."""
    columns = [exp.column(column, table="s") for column in ("member_key", "entered_at", "left_at")]
    query = exp.select(*columns).from_(table(f"segment_{name}", "segments", "s"))
    return person.rows(query.order_by(exp.column("entered_at", table="s")), "s")
