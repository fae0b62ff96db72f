"""A segment that fails keeps no other segment from being seen, not even in the run in which both are new."""

from collections.abc import Iterator

import pytest
from small_loop import Loop, small_loop

from heddle.transform import NodeResult
from orchestration.left_behind import left_behind

MEMBERS = "select segment, count(*) from segments.segment_memberships group by segment order by segment"
# the catalog says that it is there, and the model does not have it
PROFILES = "dbt_project/models/profiles/_profiles__models.yml"
LACKING = (
    "      - {name: country, data_type: varchar, config: {meta: {trait: {title: Country}}}}\n  - name: profile_events"
)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("left behind")) as loop:
        yml = (loop.settings.root / PROFILES).read_text()
        loop.write(PROFILES, yml.replace("  - name: profile_events", LACKING))
        yield loop


def write(loop: Loop, name: str, who: str) -> None:
    head = f"segment: {name}\ntitle: {name}\nrefresh: every 15 minutes\n"
    loop.write(f"segments_yaml/fixture/{name}.yml", f"{head}who: [{who}]\n")


def test_a_new_segment_beside_one_that_fails(loop: Loop) -> None:
    write(loop, "failing", "{trait: country, is: PL}")
    write(loop, "reader", "{in_segment: failing}")
    report = loop.run()
    assert "segment_failing" in report.failed_steps["run_verdict"]
    assert "segments_of_fixture" not in report.failed_steps["run_verdict"]
    assert loop.rows(MEMBERS) == [("paying", 2), ("trying", 1)], "in the very first run"
    write(loop, "joining", "{trait: plan, is_set: yes}")
    assert not loop.run().succeeded
    assert loop.rows(MEMBERS) == [("joining", 3), ("paying", 2), ("trying", 1)]
    assert loop.rows("select count(*) from segments.segment_changes") == [(6,)]


def test_one_that_worked_before_keeps_its_members_and_its_readers(loop: Loop) -> None:
    write(loop, "failing", "{trait: plan, is: paid}")
    assert loop.run().succeeded
    write(loop, "failing", "{trait: country, is: PL}")
    write(loop, "late", "{trait: plan, is: trial}")
    assert not loop.run().succeeded
    found = dict(loop.rows(MEMBERS))  # type: ignore[arg-type]
    assert found == {"failing": 2, "joining": 3, "late": 1, "paying": 2, "reader": 2, "trying": 1}


def test_what_a_test_refuses_goes_no_further(loop: Loop) -> None:
    write(loop, "failing", "{trait: plan, is: paid}")
    loop.write(
        "dbt_project/models/staging/fixture/_fixture__models.yml",
        "models: [{name: stg_people, columns: [{name: id, data_tests: [unique]}]}]\n",
    )
    assert loop.run().succeeded
    with (loop.settings.data / "people.csv").open("a") as people:
        people.write("3,paid\n")
    report = loop.run()
    told = report.failed_steps["run_verdict"]
    assert told.startswith(
        "dbt could not build: what hangs on a failed test\n  unique_stg_people_id (dbt_project/models/"
    )
    assert "profiles" in told.splitlines()[-1]
    assert loop.rows("select count(*) from profiles.profiles") == [(3,)], "as they were"


def result(name: str, status: str, kind: str = "model") -> NodeResult:
    return NodeResult(name, name, kind, status, 0.0, None, 0, "")


def test_what_reads_anything_else_that_failed_waits() -> None:
    parents = {
        "a": [], "b": ["a"], "other": [], "segments_of_x": ["a", "b"], "segments_of_y": ["a", "other"],
        "memberships": ["segments_of_x"], "mart": ["memberships", "other"], "both": ["segments_of_x", "segments_of_y"],
    }  # fmt: skip
    about = {"config": {"meta": {"segment": {"name": "a"}}}}
    nodes = {name: {"name": name, **(about if name in "ab" else {"config": {}})} for name in parents}
    results = [result(name, "error" if name in ("a", "other") else "skipped") for name in parents]
    assert left_behind(results, {"nodes": nodes, "parent_map": parents}) == ["segments_of_x", "memberships"]
    assert left_behind([result("a", "success")], {"nodes": nodes, "parent_map": parents}) == []


def test_what_hangs_on_a_failed_test_is_not_built_behind_its_back() -> None:
    parents = {
        "staged": [],
        "one_row_per": ["staged"],
        "profiles": ["staged"],
        "sync": ["profiles"],
        "unique": ["profiles"],
    }
    nodes = {name: {"name": name, "config": {}} for name in parents}
    results = [result("staged", "success"), result("one_row_per", "fail", "test")]
    results += [result("profiles", "skipped"), result("sync", "skipped"), result("unique", "skipped", "test")]
    assert left_behind(results, {"nodes": nodes, "parent_map": parents}) == []
