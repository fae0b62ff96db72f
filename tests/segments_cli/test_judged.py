"""Line by line and all at once are the same question: the members among the judged are the compiled members."""

from pathlib import Path

import pytest
from small_world import AS_OF, ZONE, catalog, members, world

from heddle.segments import Clock, parse_segment, sql_text
from heddle.segments.judged import judge, members_of

CASES = sorted((Path(__file__).parents[1] / "golden").glob("*.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_members_among_the_judged_are_the_compiled_ones(case: Path) -> None:
    text = case.read_text()
    segment = parse_segment(text, case.name).segment
    assert segment is not None
    judged = judge(segment, catalog(), Clock.at(AS_OF, ZONE), inner=True)
    with world() as connection:
        connection.execute(f"create temp table judged as {sql_text(judged.query, 'duckdb')}")
        found = connection.execute(sql_text(members_of(judged, segment), "duckdb")).fetchall()
        assert sorted("/".join(filter(None, map(str, row[:2]))) for row in found) == members(connection, text)
        people = connection.execute("select count(distinct profile_id) from judged").fetchall()
        assert people == connection.execute("select count(*) from profiles.profiles").fetchall(), "nobody is left out"
