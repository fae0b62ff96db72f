"""What the compiled SQL finds, beside what the oracle finds."""

from datetime import datetime

import duckdb
from naive_members import Member, members
from naive_world import World
from oracle_words import catalog
from world_tables import duckdb_of

from heddle.segments import Clock, compile_segment, parse_segment, sql_text
from heddle.segments.vocabulary import check_words


def compiled(text: str, zone: str, as_of: datetime, dialect: str = "duckdb") -> str:
    """The SQL of a file that has no faults."""
    parsed = parse_segment(text, "case.yml")
    assert parsed.segment is not None, "\n".join([text, *map(str, parsed.faults)])
    findings = check_words(parsed.segment, catalog(zone))
    assert not findings, (text, findings)
    return sql_text(compile_segment(parsed.segment, catalog(zone), Clock.at(as_of, zone)), dialect)


def found_by_sql(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Member]:
    """(profile_id, member_key) in no order, repeated where the SQL repeats it."""
    return [(row[0], row[1]) for row in connection.execute(sql).fetchall()]


def disagreement(text: str, world: World, as_of: datetime, sql: str) -> tuple[set[Member], set[Member]] | None:
    """(only in SQL, only in the oracle) of a world that is loaded for the purpose; None when they agree."""
    with duckdb_of(world) as connection:
        found = found_by_sql(connection, sql)
    expected = members(text, world, as_of)
    if set(found) == expected and len(found) == len(expected):
        return None
    return set(found) - expected, expected - set(found)
