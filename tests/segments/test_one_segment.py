"""A source group without segments, a new payload column, and a run that breaks half way."""

from datetime import timedelta
from pathlib import Path

from segment_project import make_project
from small_world import AS_OF

CARTS = "per: cart_id\nwho:\n  - did: cart_updated\n    within_last: 2 days\n"


def test_no_segments_then_one_then_one_column_more_then_a_run_that_breaks(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    assert set(project.dbt("build").values()) == {"success", "pass"}
    assert project.rows("from segments.segment_memberships") == []

    project.write("carts", CARTS)
    project.dbt("run", AS_OF)
    project.write("carts", CARTS + "  - trait: plan\n    is_set: yes\n")
    project.execute("update profiles.profiles set plan = 'gold' where profile_id = 'p2'")
    project.dbt("run", AS_OF + timedelta(minutes=1))
    plans = "select plan, entered_at from segments.segment_carts where cart_id = 'c21'"
    assert project.rows(plans) == [("gold", AS_OF)]

    before = project.stays("carts")
    project.execute("alter table segments.segment_runs drop column git_commit")
    project.execute("delete from profiles.profile_events where cart_id = 'c11'")
    outcome = project.dbt("run", AS_OF + timedelta(minutes=2), "--select", "segment_carts")
    assert outcome == {"segment_carts": "error"}, "the run cannot be recorded; closing c11 came before that"
    assert project.stays("carts") == before
    assert project.rows("select count(*) from segments.segment_runs") == [(2,)]
