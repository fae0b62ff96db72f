"""Histories of loads and decisions: an incremental run ends where a full one would, and ids have a memory."""

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_lab import Killed, Lab

RECORDS = st.integers(0, 11).map(lambda n: f"r{n}")
IDENTIFIERS = st.one_of(
    st.integers(0, 4).map(lambda n: ("user_id", f"u{n}")),
    st.integers(0, 6).map(lambda n: ("email", f"e{n}@x.pl")),
    st.integers(0, 3).map(lambda n: ("phone", f"+4860010020{n}")),
    st.integers(0, 3).map(lambda n: ("device_id", f"d{n}")),
)
LINKS = st.lists(st.tuples(RECORDS, IDENTIFIERS, st.integers(0, 30)), max_size=12)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("load"), LINKS),
        st.tuples(st.sampled_from(["block", "unblock", "erase"]), IDENTIFIERS),
        st.tuples(
            st.just("crowd"), st.tuples(IDENTIFIERS.filter(lambda named: named[0] != "user_id"), st.integers(2, 5))
        ),
        st.tuples(st.just("erase_only"), st.integers(0, 11)),
        st.tuples(st.sampled_from(["always_link", "never_link"]), st.tuples(IDENTIFIERS, IDENTIFIERS)),
        st.tuples(st.just("take_back"), st.just(None)),
        st.tuples(st.just("nothing"), st.just(None)),
    ),
    min_size=2,
    max_size=5,
)
PROPERTY = settings(max_examples=3, deadline=None, derandomize=True)
OVERRIDE = "insert into identity.identity_overrides values (?, ?, ?, ?, ?, 'me', 'why', timestamp '2026-01-01')"
QUARANTINE = "select node, guard, reason, people from identity.identity_quarantine order by all"
ONLY_IDENTIFIER = """
    select min(identifier_type), min(identifier_value) from identity.feed
    group by record_id having count(distinct (identifier_type, identifier_value)) = 1 order by record_id
"""
Step = tuple[str, Any]

# a record that comes to name more accounts than a record may, and loses one of them again
CROWDED: list[Any] = [("r0", ("user_id", f"u{n}"), n) for n in range(2)] + [("r0", ("phone", "+48600100200"), 0)]
CROWDED_STEPS: list[Step] = [
    ("load", [("r0", ("user_id", "u2"), 3), ("r1", ("phone", "+48600100200"), 3)]),
    ("erase", ("user_id", "u2")),
    ("load", [("r2", ("user_id", "u1"), 4)]),
]
# the only identifier of a record is erased, beside an address that a guard withholds, which is erased then too
FORGOTTEN: list[Any] = [(f"r{n}", ("email", "e0@x.pl"), n) for n in range(3)]
FORGOTTEN += [("r0", ("phone", "+48600100200"), 0), ("r3", ("phone", "+48600100201"), 0)]
FORGOTTEN_STEPS: list[Step] = [
    ("block", ("email", "e0@x.pl")),
    ("erase", ("phone", "+48600100201")),
    ("erase", ("phone", "+48600100200")),
    ("erase", ("email", "e0@x.pl")),
]


def take(lab: Lab, step: Step) -> None:
    """One step of a history: new data, or a decision."""
    what, value = step
    if what == "load":
        lab.load((record, kind, name, day) for record, (kind, name), day in value)
    elif what == "crowd":
        lab.load(row for n in range(value[1]) for row in ((f"r{n}", *value[0], n), (f"r{n}", "user_id", f"u{n}", n)))
    elif what == "block":
        lab.connection.execute("insert into identity.identity_block_list values (?, 'value', ?, 'junk', 'test')", value)
    elif what == "unblock":
        lab.connection.execute("delete from identity.identity_block_list where value = ?", value[1:])
    elif what == "erase":
        erase(lab, *value)
    elif what == "erase_only" and (lonely := lab.rows(ONLY_IDENTIFIER)):
        erase(lab, *lonely[value % len(lonely)])
    elif what in ("always_link", "never_link"):
        (left, right) = value
        if left != right:
            lab.connection.execute(OVERRIDE, [what, *left, *right])
    elif what == "take_back":
        lab.connection.execute("delete from identity.identity_overrides")


def erase(lab: Lab, kind: str, name: str) -> None:
    node = lab.environment.globals["id_hash"](f"'{kind}:{name}'")  # type: ignore[operator]
    lab.connection.execute(f"insert into heddle.erasures select {node}, timestamp '2026-01-01', 'asked'")


def partition(lab: Lab) -> set[frozenset[str]]:
    return set(lab.people().values())


@pytest.mark.thorough
@settings(PROPERTY, max_examples=int(os.environ.get("HEDDLE_TEST_HISTORIES", "3")))
@given(first=LINKS, steps=STEPS)
def test_incremental_equals_full_on_many_histories(first: Sequence[Any], steps: Sequence[Step]) -> None:
    assert_incremental_equals_full(first, steps)


@PROPERTY
@given(first=LINKS, steps=STEPS)
@example(first=CROWDED, steps=CROWDED_STEPS)
@example(first=FORGOTTEN, steps=FORGOTTEN_STEPS)
def test_incremental_equals_full(first: Sequence[Any], steps: Sequence[Step]) -> None:
    assert_incremental_equals_full(first, steps)


def assert_incremental_equals_full(first: Sequence[Any], steps: Sequence[Step]) -> None:
    lab, at_once = Lab(), Lab()
    for step in [("load", first), *steps]:
        take(lab, step)
        take(at_once, step)
        lab.run()
    at_once.run()
    modes = {mode for (mode,) in lab.rows("select mode from identity.identity_runs where seq > 1")}
    assert modes == {"incremental"}
    assert partition(lab) == partition(at_once)
    assert lab.rows(QUARANTINE) == at_once.rows(QUARANTINE)
    before, log = lab.people(), lab.rows("select * from identity.identity_merges order by all")
    lab.run(full=True)
    assert lab.people() == before, "a full rebuild changes no id"
    assert lab.rows("select * from identity.identity_merges order by all") == log
    assert_every_id_resolves(lab)
    assert_accounts_are_apart(lab)
    tables = {name for (name,) in lab.rows("select table_name from information_schema.tables")}
    assert not [name for name in tables if name.startswith("heddle_")]


def assert_every_id_resolves(lab: Lab) -> None:
    """Who ever had a profile_id is found again: alive, or through the log, or the log says that nothing is left."""
    alive = set(lab.people())
    ends: dict[str, Any] = {}
    for old, new in lab.rows(
        "select from_profile_id, to_profile_id from identity.identity_merges order by run_seq, nodes"
    ):
        ends[old] = new
    for profile in ends:
        seen = {profile}
        now: Any = profile
        while now is not None and now not in alive:
            now = ends[now]
            assert now not in seen, "the log goes in a circle"
            seen.add(now)


def assert_accounts_are_apart(lab: Lab) -> None:
    by_hand = lab.rows("select count(*) from identity.identity_overrides where kind = 'always_link'")[0][0]
    accounts = [[node for node in nodes if node.startswith("user_id:")] for nodes in lab.people().values()]
    assert by_hand or all(len(found) <= 1 for found in accounts)


@pytest.mark.thorough
@PROPERTY
@given(loads=st.lists(LINKS, min_size=2, max_size=4), order=st.randoms(use_true_random=False))
def test_batches_in_any_order_make_the_same_people(loads: list[Sequence[Any]], order: Any) -> None:
    one, other = Lab(), Lab()
    mixed = order.sample(loads, len(loads))
    for lab, batches in ((one, loads), (other, mixed)):
        for batch in batches:
            take(lab, ("load", batch))
            lab.run()
    assert partition(one) == partition(other)


HUB: list[Step] = [
    ("load", [(f"r{n}", ("email", "shared@x.pl"), n) for n in range(6)]),
    ("load", [(f"r{n}", ("phone", f"+4860010020{n}"), n) for n in range(6)]),
    ("block", ("email", "shared@x.pl")),
    ("unblock", ("email", "shared@x.pl")),
]


def test_blocking_a_hub_splits_and_unblocking_brings_the_first_id_back() -> None:
    lab = Lab()
    seen = []
    for step in HUB:
        take(lab, step)
        lab.run()
        seen.append(lab.people())
    whole, grown, split, again = seen
    assert len(whole) == len(grown) == len(again) == 1 and len(split) == 6
    assert set(whole) == set(grown) == set(again) and set(whole) < set(split)
    log = lab.rows("select change, cause, count(*) from identity.identity_merges group by all order by all")
    assert log == [("merge", "edge", 5), ("split", "guard", 5)]


def test_when_two_become_one_only_the_rows_of_the_smaller_change() -> None:
    for first in range(4):  # whichever of the two has the smaller number
        lab = Lab()
        large = [(f"r{n}", "email", f"large{first}@x.pl", n) for n in range(5)]
        take(lab, ("load", [(record, (kind, name), day) for record, kind, name, day in large]))
        take(lab, ("load", [("r9", ("phone", f"+4860010020{first}"), 0)]))
        lab.run()
        take(lab, ("load", [("r9", ("email", f"large{first}@x.pl"), 1)]))
        lab.run()
        changed = lab.rows("select node_value from identity.identity_map where seq = 2 order by all")
        assert changed == [(f"+4860010020{first}",), ("fx:r9",)]


def test_what_an_erasure_takes_out_of_the_map_is_not_kept_among_the_candidates() -> None:
    lab = Lab()
    take(lab, ("load", [("r0", ("email", "gone@x.pl"), 0), ("r0", ("phone", "+48600100200"), 0)]))
    lab.run()
    take(lab, ("load", [("r1", ("email", "gone@x.pl"), 1)]))
    lab.run()
    assert lab.rows("select node_value from identity.identity_candidates where node_value = 'gone@x.pl'") == []
    take(lab, ("erase", ("email", "gone@x.pl")))
    lab.run()
    assert lab.rows("select node_value from identity.identity_candidates where node_value = 'gone@x.pl'") == []
    assert lab.rows("select node from identity.identity_candidates where cluster is null") != []


def test_a_record_that_is_told_again_and_stays_keeps_its_profile_and_its_name() -> None:
    lab = Lab()
    take(lab, ("load", [("a:b", ("email", "e0@x.pl"), 3), ("r1", ("phone", "+48600100200"), 3)]))
    lab.run()
    before = lab.rows("select record_id, profile_id from identity.identity_records order by all")
    take(lab, ("load", [("a:b", ("email", "e0@x.pl"), 5)]))
    lab.run()
    assert lab.rows("select record_id, profile_id from identity.identity_records order by all") == before
    take(lab, ("load", [("a:b", ("phone", "+48600100200"), 1)]))
    lab.run()
    rows = lab.rows(
        "select record_id, source, day(first_seen), day(last_seen) from identity.identity_records order by 1"
    )
    assert rows == [("a:b", "fx", 2, 6), ("r1", "fx", 4, 4)]
    assert len(lab.people()) == 1


def test_a_stricter_cap_applies_to_the_past() -> None:
    lab = Lab()
    shared = [(f"r{n}", ("phone", "+48600100200"), n) for n in range(3)]
    take(lab, ("load", [*shared, *((f"r{n}", ("user_id", f"u{n}"), n) for n in range(3))]))
    lab.run()
    lab.connection.execute("update identity.identity_rules set max_user_ids = 2 where identifier_type = 'phone'")
    lab.run()
    held = lab.rows("select node_value, guard, people from identity.identity_quarantine")
    assert held == [("+48600100200", "degree_cap", 3)]


def test_an_account_of_the_past_leaves_the_window() -> None:
    lab = Lab()
    links = [("r0", ("phone", "+48600100200"), 0), ("r0", ("user_id", "u0"), 0)]
    links += [(f"r{n}", ("phone", "+48600100200"), 300 + n) for n in (1, 2)]
    links += [(f"r{n}", ("user_id", f"u{n}"), 300 + n) for n in (1, 2)]
    take(lab, ("load", links))
    lab.connection.execute("update identity.identity_rules set max_user_ids = 2 where identifier_type = 'phone'")
    lab.run()
    assert lab.rows("select user_ids from identity.identity_degrees") == [(3,)]
    lab.connection.execute("update identity.identity_rules set window_days = 90 where identifier_type = 'phone'")
    lab.run()
    assert lab.rows("select user_ids from identity.identity_degrees") == [(2,)]
    assert lab.rows("select guard from identity.identity_quarantine") == [("one_anchor",)]


def test_each_identifier_goes_to_its_nearest_account_and_says_through_whom() -> None:
    lab = Lab()
    chain = ["u0", "a", "b", "c", "d", "u1"]
    kinds = {"u0": "user_id", "u1": "user_id"}
    links = [
        (f"r{n}", (kinds.get(name, "email"), f"{name}@x.pl" if name not in kinds else name), 0)
        for n, pair in enumerate(pairwise(chain))
        for name in pair
    ]
    take(lab, ("load", links))
    lab.run()
    people = {
        frozenset(n.split(":")[1] for n in nodes if not n.startswith("record")) for nodes in lab.people().values()
    }
    assert people == {frozenset({"u0", "a@x.pl", "b@x.pl"}), frozenset({"u1", "c@x.pl", "d@x.pl"})}
    far = lab.rows(
        "select a.distance, v.node_value from identity.identity_anchors a join identity.identity_nodes n using (node)"
        " join identity.identity_nodes v on a.via_node = v.node where n.node_value = 'b@x.pl'"
    )
    assert far == [(4, "fx:r1")]


@pytest.mark.parametrize("step", [2, pytest.param(3, marks=pytest.mark.thorough)])
def test_killed_at_any_statement_and_run_again_it_is_as_if_undisturbed(step: int) -> None:
    log = (
        "select change, from_profile_id, to_profile_id, nodes, cause, reason from identity.identity_merges order by all"
    )

    def history(kill_at: int | None) -> tuple[Any, ...] | None:
        lab = Lab()
        for taken in HUB[:step]:
            take(lab, taken)
            lab.run()
        take(lab, HUB[step])
        try:
            lab.run(kill_at=kill_at)
            if kill_at is not None:
                return None
        except Killed:
            lab.run()
        orphans = lab.rows("select table_name from information_schema.tables where table_name like 'heddle%'")
        return lab.people(), sorted(lab.rows(log)), orphans

    undisturbed = history(None)
    for kill_at in range(7, 400, 37):
        killed = history(kill_at)
        if killed is None:
            break
        assert killed == undisturbed, f"killed before statement {kill_at}"
    else:
        raise AssertionError("the run has more statements than were tried")


ALIVE = "select cluster, profile_id, nodes, identifiers, is_anonymous from identity.identity_assignments order by all"
COUNTED = """
    select cluster, profile_id, count(*) as nodes, count(*) filter (node_type <> 'record') as identifiers,
        bool_and(node_type in ('record', 'device_id')) as is_anonymous
    from identity.identity_map group by all order by all
"""


@pytest.mark.parametrize("before", ["identity_candidates", "identity_moves", "identity_map", "identity_quarantine"])
@pytest.mark.parametrize("step", [2, 3])
def test_after_a_kill_before_a_model_the_counts_of_profiles_are_those_of_the_map(before: str, step: int) -> None:
    lab = Lab()
    for taken in HUB[:step]:
        take(lab, taken)
        lab.run()
    take(lab, HUB[step])
    whole_order, lab.order = lab.order, lab.order[: lab.order.index(before)]
    lab.run()
    lab.order = whole_order
    take(lab, ("load", [("r9", ("user_id", "u9"), 9)]))
    lab.run()
    assert lab.rows(ALIVE) == lab.rows(COUNTED)
