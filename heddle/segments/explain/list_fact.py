"""in_list -> by which kinds of identifiers the person is on the uploaded list; never by which values."""

from sqlglot import exp

from heddle.segments.compiler.uploaded_list import listed_members
from heddle.segments.explain.person import Person
from heddle.segments.rules import InListRule


def list_fact(rule: InListRule, person: Person) -> str:
    kind = exp.column("node_type", table="i")
    rows = person.rows(listed_members(rule.in_list).select(kind), "i")
    return f"on it by {', '.join(sorted(row['node_type'] for row in rows))}" if rows else "not on it"
