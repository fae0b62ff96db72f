"""in_list: the people behind the identifiers of an uploaded list."""

from sqlglot import exp

from heddle.segments.compiler.nodes import as_text, table
from heddle.segments.seed_words import LIST_PREFIX

IDENTITY_MAP = "identity_map"


def listed_members(name: str) -> exp.Select:
    """Every identifier through the identity map; one that belongs to nobody finds nobody.

    E-mail addresses are compared as staging keeps them, in small letters; the others as they are, trimmed.
    """
    kind = exp.column("identifier_type", table="l")
    written = exp.Trim(this=as_text(exp.column("identifier", table="l")))
    email = exp.EQ(this=kind.copy(), expression=exp.Literal.string("email"))
    identifier = exp.Case().when(email, exp.Lower(this=written)).else_(written.copy())
    same = exp.and_(
        exp.EQ(this=exp.column("node_type", table="i"), expression=kind.copy()),
        exp.EQ(this=exp.column("node_value", table="i"), expression=identifier),
    )
    return (
        exp.select(exp.column("profile_id", table="i"))
        .distinct()
        .from_(table(f"{LIST_PREFIX}{name}", "reference", "l"))
        .join(table(IDENTITY_MAP, "identity", "i"), on=same, join_type="inner")
    )
