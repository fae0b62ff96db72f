"""Only rows that differ are looked at: the plan is that of all rows, whatever is on either side."""

from typing import Any

import pytest
from fake_destination import FakeConnector, calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_workspace import RECORDS, Workspace

from activations import difference
from activations.contract import Batch
from activations.outcomes import Outcome, Rejected, Skipped, Unknown
from activations.sync_file import Sync
from activations.syncs import open_sync
from heddle.warehouse import literal

PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(["p0", "p1", "p2", "p3", None]), st.just(""), st.sampled_from("abcd"), st.sampled_from("AB")
    ),
    max_size=6,
)
OUTCOMES = st.sampled_from(
    [None, None, Rejected("bad", "no"), Rejected("busy", "later", True), Unknown("cut"), Skipped("no")]
)
CONSENTED = RECORDS.replace("operational", "marketing") + "channel: email\n"


def planned(workspace: Workspace, sync: Sync) -> tuple[Any, list[dict[str, Any]]]:
    plan = workspace.plan(sync)
    rows = workspace.wh.query(
        "select action, reason, key_hash, row_hash, cast(payload as varchar) as payload, identifier, attempt, "
        "cast(removal as varchar) as removal from activations.activation_plan where plan_id = ? order by all",
        [plan.id],
    )
    return (plan.counts, plan.source_rows, plan.guard_reason, plan.resync), rows.to_pylist()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=PEOPLE,
    after=PEOPLE,
    outcomes=st.lists(OUTCOMES, min_size=6, max_size=6),
    withdrawn=st.sets(st.sampled_from(["p0", "p1", "p2", "p3"]), max_size=2),
    text=st.sampled_from([RECORDS, CONSENTED, RECORDS + "match: create_only\n"]),
)
def test_the_plan_is_that_of_all_rows(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    before: list[tuple[str | None, str, str, str]],
    after: list[tuple[str | None, str, str, str]],
    outcomes: list[Outcome | None],
    withdrawn: set[str],
    text: str,
) -> None:
    for table in ("ledger", "plan", "log", "runs", "in_flight"):
        workspace.wh.execute(f"delete from activations.activation_{table}")
    workspace.wh.execute("delete from profiles.profile_reachability")
    sync = workspace.sync(text)
    for n in range(4):
        workspace.reachable(f"p{n}", f"{'abcd'[n]}@x.example")

    def decide(batch: Batch, index: int) -> Outcome | None:
        return outcomes[int(batch.operations[index].key[1:]) % len(outcomes)]

    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "decide", staticmethod(decide))
        workspace.source([(p, m, f"{at}@x.example", name) for p, m, at, name in before])
        workspace.run(sync)
    workspace.source([(p, m, f"{at}@x.example", name) for p, m, at, name in after])
    for name in withdrawn:
        workspace.wh.execute(
            "update profiles.profile_reachability set is_reachable = false, reason = 'withdrawn' "
            f"where profile_id = {literal(name)}"
        )
    quick = planned(workspace, sync)
    with monkeypatch.context() as patched:
        patched.setattr(difference, "_calm", lambda mapping: "false")
        assert planned(workspace, sync) == quick


def test_rows_that_are_there_twice_as_they_were_acknowledged_are_found(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    workspace.run(sync)
    people = "activations.sync_people"
    workspace.wh.execute(f"insert into {people} select * from {people} where profile_id = 'p1'")
    assert workspace.plan(sync).counts == {"invalid": {"duplicate_key": 2}, "unchanged": {"": 2}}


def test_more_twins_than_a_block_of_the_warehouse_holds_are_found(workspace: Workspace) -> None:
    """Nothing else differs, so that the table of what differs is empty until the twins come (0014, a trap)."""
    sync, people, rows = workspace.sync(RECORDS), "activations.sync_people", 130_000
    workspace.people(1)
    workspace.wh.execute(
        f"insert into {people} select 'q' || i, '', null, 'q' || i || '@mail.example', 'A' "
        f"from range({rows - 1}) as t(i)"
    )
    assert workspace.plan(sync).counts == {"add": {"new": rows}}
    workspace.wh.execute(
        "insert into activations.activation_ledger (sync, key_hash, profile_id, held, row_hash, mapping_version, "
        "payload, status, attempted_action, attempted_hash, attempts, updated_at, identifier) "
        "select p.sync, p.key_hash, p.profile_id, true, p.row_hash, r.mapping_version, p.removal, 'delivered', 'add', "
        "p.row_hash, 0, r.as_of, p.identifier "
        "from activations.activation_plan as p inner join activations.activation_runs as r on r.plan_id = p.plan_id"
    )
    assert workspace.plan(sync).counts == {"unchanged": {"": rows}}
    workspace.wh.execute(f"insert into {people} select * from {people}")
    assert workspace.plan(sync).counts == {"invalid": {"duplicate_key": 2 * rows}}


@pytest.mark.parametrize("pair", [("A", "B"), ("B", "A")])
def test_two_pairs_of_twins_are_no_other_two_pairs(workspace: Workspace, pair: tuple[str, str]) -> None:
    sync = workspace.sync(RECORDS)
    marks = set()
    for name in pair:
        workspace.source([("p1", "", "a@x.example", name)] * 2)
        workspace.plan(sync)
        marks.add(workspace.value("select arg_max(fingerprint, planned_at) from activations.activation_runs"))
    assert len(marks) == 2


def test_a_ledger_of_before_is_taken_over(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    workspace.run(sync)
    version = workspace.value("select min(mapping_version) from activations.activation_ledger")
    texts = " || ".join(
        f"coalesce(cast(length({name}) as varchar) || ':' || {name}, '-')" for name in ("email", "name", "profile_id")
    )
    former = former_version(workspace, sync)
    assert former != version
    workspace.wh.execute(
        "update activations.activation_ledger as l set mapping_version = ?, row_hash = s.h, attempted_hash = s.h from ("
        f"select profile_id, md5({literal(former)} || {texts}) as h from activations.sync_people) as s "
        "where s.profile_id = l.profile_id",
        [former],
    )
    workspace.wh.execute("update activations.sync_people set name = 'B' where profile_id = 'p2'")
    for _ in range(2):
        assert workspace.plan(sync).counts == {"change": {"changed": 1}, "unchanged": {"": 2}}
    workspace.run(sync)
    assert len(calls(workspace.settings.outbox)) == 4 and workspace.plan(sync).operations == 0


def former_version(workspace: Workspace, sync: Sync) -> str:
    return open_sync(workspace.settings, sync).mapping.former_version
