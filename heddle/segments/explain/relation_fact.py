"""has / has_no -> how many of the person's records match, and what the named fields hold."""

from sqlglot import exp

from heddle.segments.compiler.nodes import all_of, table
from heddle.segments.explain.person import Person
from heddle.segments.explain.shown import shown, some
from heddle.segments.rules import RelationRule


def relation_fact(rule: RelationRule, person: Person) -> str:
    relation = person.scope.catalog.relations[rule.relation]
    conditions = person.scope.conditions(rule.where, relation.fields, "r")
    matches: exp.Expr = all_of(conditions) if conditions else exp.true()
    query = exp.select(exp.alias_(exp.Coalesce(this=matches, expressions=[exp.false()]), "matches"))
    query = query.from_(table(relation.table, "profiles", "r"))
    query = query.select(
        *[exp.alias_(exp.column(relation.fields[name].column, table="r"), name) for name in rule.where]
    )
    if relation.key == person.scope.per:
        query = query.where(*person.same_key(exp.column(relation.key, table="r")))
    rows = person.rows(query, "r")
    if not rows:
        return f"no {rule.relation} is known"
    told = f"{sum(row['matches'] for row in rows):,} of {len(rows):,} match"
    values = [
        f"{name} {some([shown(row[name], relation.fields[name].pii) for row in _telling(rows)])}" for name in rule.where
    ]
    return f"{told}: {'; '.join(values)}" if values else told


def _telling(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The records that match, else those that do not."""
    return [row for row in rows if row["matches"]] or rows
