"""has / has_no, can_receive, in_segment, entered, left -> the members they hold for."""

from sqlglot import exp

from heddle.segments.catalog import REACHABILITY_TABLE, Field
from heddle.segments.compiler.nodes import any_of, as_text, compare, missing, table
from heddle.segments.compiler.scope import Scope
from heddle.segments.rules import CanReceiveRule, Passage, RelationRule

PROFILE_ID = "profile_id"


def relation_members(rule: RelationRule, scope: Scope) -> exp.Select:
    """One row per profile, or per profile and record when the record's key is the member key."""
    relation = scope.catalog.relations[rule.relation]
    key = exp.column(relation.key, table="r")
    person = exp.column(PROFILE_ID, table="r")
    keyed = relation.key == scope.per
    query = exp.select(person).from_(table(relation.table, "profiles", "r"))
    known = [exp.Not(this=missing(key))] if keyed else []
    query = query.where(*scope.conditions(rule.where, relation.fields, "r"), *known)
    if keyed:
        query = query.select(exp.alias_(as_text(key), "member_key"))
        query = query.select(*[_kept(field) for field in told_fields(rule, scope)])
    if keyed or rule.count:
        query = query.group_by(person.copy(), *([key.copy()] if keyed else []))
    if rule.count:
        query = query.having(*compare(exp.Count(this=exp.Star()), rule.count.comparisons()))
    return query if keyed or rule.count else query.distinct()


def told_fields(rule: RelationRule, scope: Scope) -> list[Field]:
    """The fields that the rule names and a message may show: kept beside the membership, personal data not."""
    relation = scope.catalog.relations[rule.relation]
    if relation.key != scope.per:
        return []
    named = [relation.fields[name] for name in rule.where]
    return [field for field in named if not field.pii and field.type != "list" and field.name != scope.per]


def _kept(field: Field) -> exp.Expr:
    return exp.alias_(exp.Max(this=exp.column(field.column, table="r")), field.name)


def reachable_members(rule: CanReceiveRule) -> exp.Select:
    """Consent, a valid address and no suppression, as the profiles stage decided."""
    return (
        exp.select(exp.column(PROFILE_ID, table="r"))
        .from_(table(REACHABILITY_TABLE, "profiles", "r"))
        .where(
            exp.EQ(this=exp.column("channel", table="r"), expression=exp.Literal.string(rule.can_receive)),
            exp.EQ(this=exp.column("purpose", table="r"), expression=exp.Literal.string(rule.purpose)),
            exp.column("is_reachable", table="r"),
        )
    )


def segment_members(name: str, scope: Scope) -> exp.Select:
    """Who was in a segment at as_of: its stored membership, whatever its member key."""
    left_at = exp.column("left_at", table="s")
    not_yet = exp.GT(this=left_at, expression=scope.clock.as_of.copy())
    return _stored(name).where(
        scope.clock.until_now(exp.column("entered_at", table="s")), any_of([missing(left_at), not_yet])
    )


def passage_members(passage: Passage, moment: str, scope: Scope) -> exp.Select:
    """Who entered or left (`moment`: entered_at or left_at) in (as_of - duration, as_of]."""
    column = exp.column(moment, table="s")
    later = exp.GT(this=column, expression=scope.clock.ago(passage.in_last))
    return _stored(passage.segment).where(later, scope.clock.until_now(column))


def _stored(name: str) -> exp.Select:
    person = exp.column(PROFILE_ID, table="s")
    return exp.select(person).distinct().from_(table(f"segment_{name}", "segments", "s"))
