"""Does the query of `sql:` keep to the rules?"""

from collections.abc import Iterator

from heddle.segments.catalog import Catalog
from heddle.segments.fault import Finding, Path
from heddle.segments.raw_sql import SqlRule, output_names, read_sql


def check_sql(rule: SqlRule, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """The first thing that is wrong with the query."""
    try:
        read_sql(rule.sql, catalog)
    except ValueError as error:
        yield Finding(path, f"sql: {error}")


def gives_member_key(rule: SqlRule, catalog: Catalog) -> bool:
    """False also for a query that has faults: those are told by themselves."""
    try:
        return "member_key" in output_names(read_sql(rule.sql, catalog))
    except ValueError:
        return False
