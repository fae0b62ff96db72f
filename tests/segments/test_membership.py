"""Stored membership through a history of real dbt runs: who entered, who left, what a guard or a fault leaves alone.

The runs are made once; every test looks at what was stored after one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from segment_project import Row, SegmentProject, make_project
from small_world import AS_OF, utc

pytestmark = pytest.mark.slow

LATER = AS_OF + timedelta(hours=1)
LAST = AS_OF + timedelta(hours=2)
BUYERS = "who:\n  - did: order_placed\n    within_last: 120 days\n"
CARTS = "per: cart_id\nwho:\n  - did: cart_updated\n    within_last: 2 days\n"
HOSTILE = {"jinja": "{{ this }}{% endraw %}{#", "quotes": "O'Fallon", "slash": "a\\b", "unicode": "\u2028Kraków 🛒"}
SEGMENTS = {
    "buyers": BUYERS,
    "small_change": BUYERS + "volume_guard: {max_change: 30%}\n",
    "half_change": BUYERS + "volume_guard: {max_change: 50%}\n",
    "at_least_one": BUYERS + "volume_guard: {min: 1}\n",
    "soon_broken": BUYERS,
    "reader": "who:\n  - in_segment: soon_broken\n",
    "soon_failing": "who:\n  - trait: country\n    is_set: yes\n",
    "carts": CARTS + "  - trait: plan\n    is_set: yes\n",
}
P3_ORDERS = """insert into profiles.profile_events (profile_id, event, occurred_at)
    values ('p3', 'order_placed', '2026-06-15 05:00')"""
P3_DOES_NOT = "delete from profiles.profile_events where profile_id = 'p3' and event = 'order_placed'"
P2_DOES_NOT = "update profiles.profile_events set event = 'gone' where profile_id = 'p2' and event = 'order_placed'"
P2_DOES = "update profiles.profile_events set event = 'order_placed' where event = 'gone'"
NOBODY_DOES = "delete from profiles.profile_events where event = 'order_placed'"


@dataclass
class Snapshot:
    """What one run left behind."""

    outcome: Mapping[str, str]
    stays: dict[str, list[Row]] = field(default_factory=dict)
    run: dict[str, Row] = field(default_factory=dict)


@dataclass
class History:
    project: SegmentProject
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def run(self, name: str, as_of: datetime, *changes: str, verb: str = "run", options: tuple[str, ...] = ()) -> None:
        for change in changes:
            self.project.execute(change)
        snapshot = Snapshot(self.project.dbt(verb, as_of, *options))
        for segment in SEGMENTS:
            snapshot.stays[segment] = self.project.stays(segment)
            snapshot.run[segment] = self.project.latest_run(segment)
        self.snapshots[name] = snapshot

    def stays(self, name: str, segment: str = "buyers") -> list[Row]:
        return self.snapshots[name].stays[segment]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    project = make_project(tmp_path_factory.mktemp("repository"))
    for name, body in SEGMENTS.items():
        project.write(name, body)
    for name, value in HOSTILE.items():
        quoted = value.replace("\\", "\\\\").replace("\u2028", "\\u2028")
        project.write(name, f'who:\n  - trait: city\n    is: "{quoted}"\n')
        project.execute("insert into profiles.profiles (profile_id, city) values (?, ?)", [name, value])
    history = History(project)
    history.run("first", AS_OF, verb="build")
    history.run("later", LATER, P3_ORDERS)
    history.run("again", LATER)
    history.run("corrected", LATER, P3_DOES_NOT, P2_DOES_NOT)
    history.run("corrected again", LATER, P2_DOES)
    project.write("soon_broken", "who:\n  - did: order_plced\n")
    project.write("carts", CARTS)
    harm = [NOBODY_DOES, "alter table profiles.profiles rename column country to land"]
    history.run("harm", LAST, *harm, verb="build", options=("--full-refresh",))
    history.run("the past", utc(2026, 1, 1))
    return history


def test_the_first_run_opens_everybody(history: History) -> None:
    assert history.stays("first") == [("p1", "", AS_OF, None), ("p2", "", AS_OF, None)]
    assert history.snapshots["first"].run["buyers"] == (2, 2, 0, 0, "ok", None)
    assert set(history.snapshots["first"].outcome.values()) == {"success", "pass"}


def test_who_enters_is_opened_at_as_of(history: History) -> None:
    assert history.stays("later") == [("p1", "", AS_OF, None), ("p2", "", AS_OF, None), ("p3", "", LATER, None)]
    assert history.snapshots["later"].run["buyers"] == (3, 1, 0, 2, "ok", None)


def test_the_same_as_of_again_changes_nothing(history: History) -> None:
    assert history.snapshots["again"] == history.snapshots["later"]


def test_an_as_of_that_is_run_again_is_corrected(history: History) -> None:
    assert history.stays("corrected") == [("p1", "", AS_OF, None), ("p2", "", AS_OF, LATER)]
    assert history.snapshots["corrected"].run["buyers"] == (1, 0, 1, 2, "ok", None)
    assert history.stays("corrected again") == history.stays("first")


def test_full_refresh_keeps_history_and_who_left_is_closed(history: History) -> None:
    assert history.stays("harm") == [("p1", "", AS_OF, LAST), ("p2", "", AS_OF, LAST)]
    assert history.snapshots["harm"].run["buyers"] == (0, 0, 2, 2, "ok", None)
    runs = "select count(*) from segments.segment_runs where segment = 'buyers'"
    assert history.project.rows(runs) == [(4,)]


def test_max_change_is_against_the_open_members(history: History) -> None:
    run = history.snapshots["later"].run
    assert run["half_change"][4] == "ok", "from 2 to 3 is exactly 50 %"
    assert run["small_change"] == (3, 0, 0, 2, "blocked", "from 2 to 3 members, the guard allows a change of 30.0 %")
    assert history.stays("later", "small_change") == history.stays("first", "small_change")


def test_a_guard_that_fails_keeps_the_members_and_its_test_says_so(history: History) -> None:
    harm = history.snapshots["harm"]
    assert harm.run["at_least_one"] == (0, 0, 0, 2, "blocked", "0 members, the guard wants at least 1")
    assert history.stays("harm", "at_least_one") == history.stays("first", "at_least_one")
    assert guard(harm, "at_least_one") == "warn"
    assert guard(history.snapshots["first"], "at_least_one") == "pass"


def test_a_broken_definition_keeps_its_members_and_its_readers(history: History) -> None:
    harm = history.snapshots["harm"]
    assert [row[0] for row in harm.stays["soon_broken"]] == ["p1", "p2"]
    assert harm.run["soon_broken"][4:] == ("blocked", "the definition has faults")
    assert harm.stays["reader"] == history.stays("first", "reader")


def test_a_failing_segment_changes_nothing_and_stops_no_other(history: History) -> None:
    harm = history.snapshots["harm"]
    assert (harm.outcome["segment_soon_failing"], harm.outcome["segment_buyers"]) == ("error", "success")
    assert harm.stays["soon_failing"] == history.stays("first", "soon_failing")
    people = "select count(*) from segments.segment_memberships where segment = 'soon_failing'"
    assert history.project.rows(people) == [(4,)]


def test_payload_follows_the_definition(history: History) -> None:
    columns = "distinct plan is null, cart_id = member_key, entered_at"
    rows = history.project.rows(f"select {columns} from segments.segment_carts where left_at is null")
    assert rows == [(True, True, AS_OF)], "`plan` is named no more"
    assert [row[1] for row in history.stays("first", "carts")] == ["c11", "c12", "c21", "c51"], (
        "c41 is exactly 2 days old"
    )


def test_one_check_watches_over_all_segments(history: History) -> None:
    assert watch(history.snapshots["first"]) == "pass"
    assert watch(history.snapshots["harm"]) == "skipped", "the view over all could not be built"


def test_an_as_of_before_the_history_is_refused(history: History) -> None:
    assert history.stays("the past") == history.stays("harm")
    runs = "select verdict, reason from segments.segment_runs where segment = 'buyers' order by as_of limit 1"
    assert history.project.rows(runs) == [("blocked", "as_of is before the recorded history")]


@pytest.mark.parametrize("name", HOSTILE)
def test_text_of_a_person_stays_text(history: History, name: str) -> None:
    found = [row[0] for row in history.project.stays(name)]
    assert name in found
    assert set(found) <= {name, "p4"}


def test_memberships_and_changes_are_over_all_segments(history: History) -> None:
    both = history.project.rows("select change, count(*) from segments.segment_changes group by 1 order by 1")
    stays = history.project.rows("select count(*) from segments.segment_memberships")[0][0]
    assert both[0][1] - both[1][1] == stays


def watch(snapshot: Snapshot) -> str:
    return next(status for node, status in snapshot.outcome.items() if node.startswith("no_segment_is_held_back"))


def guard(snapshot: Snapshot, segment: str) -> str:
    return next(
        status
        for node, status in snapshot.outcome.items()
        if node.startswith("volume_guard_holds") and node.endswith(f"_{segment}")
    )
