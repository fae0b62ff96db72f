"""Over a limit nothing is sent at all, and the reason says which limit."""

import pytest
from fake_destination import FakeConnector, calls, held
from sync_workspace import RECORDS, Workspace

from activations import apply_plan
from heddle.errors import StopSync, SyncError

GUARDED = RECORDS.replace("{max_removed: 100%}", "{max_removed: 10%, max_removed_rows: 5, min_source_rows: 2}")


def test_too_many_removals_stop_the_run_before_its_first_call(workspace: Workspace) -> None:
    sync = workspace.sync(GUARDED)
    workspace.people(20)
    workspace.run(sync)
    before = len(calls(workspace.settings.outbox))
    workspace.people(17)
    result = workspace.run(sync)
    assert result.status == "blocked" and "3 of 20 rows (15.0 %)" in str(result.guard_reason)
    assert len(calls(workspace.settings.outbox)) == before
    plan = workspace.plan(sync)
    with pytest.raises(SyncError, match=r"guard\.max_removed is 10 %"):
        apply_plan(workspace.wh, workspace.settings, plan.id)


CONSENTED = GUARDED.replace("operational", "marketing") + "channel: email\n"


def consented(workspace: Workspace, count: int) -> None:
    workspace.people(count)
    for n in range(count):
        workspace.reachable(f"p{n}", f"p{n}@mail.example")


def withdraw(workspace: Workspace, who: str) -> None:
    workspace.wh.execute(
        "update profiles.profile_reachability set is_reachable = false, reason = 'withdrawn' "
        f"where profile_id in ({who})"
    )


def test_people_who_withdrew_do_not_count_as_removals(workspace: Workspace) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    withdraw(workspace, "'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'")
    result = workspace.run(sync)
    assert result.status == "done" and result.planned["remove"] == {"withdrawn": 7}


@pytest.mark.parametrize(
    "lost",
    [
        "delete from profiles.profile_reachability",
        "update profiles.profile_reachability set is_reachable = false, reason = 'no_consent'",
        "update profiles.profile_reachability set is_reachable = false, reason = 'no_address'",
        "update profiles.profile_reachability set address = 'moved.' || address",
        "update activations.sync_people set email = 'wrong.' || email",
    ],
)
def test_consents_that_failed_to_load_remove_nobody(workspace: Workspace, lost: str) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.wh.execute(lost)
    result = workspace.run(sync)
    assert result.status == "blocked" and "20 rows would be removed" in str(result.guard_reason)
    assert result.outcomes == {} and len(held(workspace.settings.outbox)) == 20


def test_a_no_to_the_very_address_goes_past_the_guard_though_another_one_is_reachable(workspace: Workspace) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.wh.execute("update profiles.profile_reachability set address = 'new.' || address")
    workspace.wh.execute(
        "insert into profiles.address_consents values ('p0@mail.example', 'email', 'marketing', 'withdrawn'), "
        "('p1@mail.example', 'email', 'marketing', 'granted'), ('p2@mail.example', 'sms', 'marketing', 'withdrawn')"
    )
    result = workspace.run(sync)
    assert result.status == "blocked" and result.planned["remove"] == {"other_address": 19, "withdrawn": 1}
    assert result.outcomes == {"delivered": 1} and "p0" not in held(workspace.settings.outbox)


def test_a_blocked_run_still_removes_people_who_withdrew(workspace: Workspace) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.people(16)  # p16 to p19 leave, p19 because the segment asks for the consent that ended
    withdraw(workspace, "'p0', 'p19'")
    result = workspace.run(sync)
    assert result.status == "blocked" and "3 of 20 rows" in str(result.guard_reason)
    assert result.planned["remove"] == {"withdrawn": 2, "left": 3} and result.outcomes == {"delivered": 2}
    assert set(held(workspace.settings.outbox)) == {f"p{n}" for n in range(1, 19)}
    assert workspace.run(sync).outcomes == {}


def test_applying_a_blocked_plan_sends_the_withdrawals_and_only_once(workspace: Workspace) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.people(16)
    withdraw(workspace, "'p0'")
    plan = workspace.plan(sync)
    assert plan.sendable == 1 and plan.operations == 5
    result = apply_plan(workspace.wh, workspace.settings, plan.id)
    assert (result.status, result.outcomes) == ("blocked", {"delivered": 1})
    with pytest.raises(SyncError, match="blocked by its guard"):
        apply_plan(workspace.wh, workspace.settings, plan.id)


def test_a_person_lets_one_blocked_plan_past_the_guard_and_no_other(workspace: Workspace) -> None:
    sync = workspace.sync(GUARDED)
    workspace.people(20)
    workspace.run(sync)
    workspace.people(17)
    assert workspace.run(sync).status == "blocked"
    plan = workspace.plan(sync)
    result = apply_plan(workspace.wh, workspace.settings, plan.id, past_guard=True)
    assert (result.status, result.outcomes) == ("done", {"delivered": 3})
    said = workspace.value(f"select guard_verdict from activations.activation_runs where plan_id = '{plan.id}'")
    assert said == "overridden" and len(held(workspace.settings.outbox)) == 17
    workspace.people(14)
    assert workspace.run(sync).status == "blocked" and len(held(workspace.settings.outbox)) == 17


def test_what_a_run_kept_back_is_whole_when_a_person_lets_it_past_the_guard(workspace: Workspace) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.people(16)
    workspace.wh.execute("update activations.sync_people set name = 'B' where profile_id = 'p1'")
    withdraw(workspace, "'p0'")
    blocked = workspace.run(sync)
    assert (blocked.status, blocked.outcomes) == ("blocked", {"delivered": 1})
    result = apply_plan(workspace.wh, workspace.settings, blocked.plan_id, past_guard=True)
    assert (result.status, result.outcomes) == ("done", {"delivered": 6})
    there = held(workspace.settings.outbox)
    assert set(there) == {f"p{n}" for n in range(1, 16)} and there["p1"]["name"] == "B"
    assert workspace.value("select count(*) from activations.activation_plan where payload is not null") == 0


def test_a_plan_that_is_let_past_its_guard_is_still_refused_when_its_source_moved(workspace: Workspace) -> None:
    sync = workspace.sync(GUARDED)
    workspace.people(20)
    workspace.run(sync)
    workspace.people(17)
    plan = workspace.plan(sync)
    workspace.people(10)
    with pytest.raises(SyncError, match="has moved"):
        apply_plan(workspace.wh, workspace.settings, plan.id, past_guard=True)
    assert len(held(workspace.settings.outbox)) == 20


def test_a_stopped_blocked_plan_goes_on_with_its_withdrawals(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(CONSENTED)
    consented(workspace, 20)
    workspace.run(sync)
    workspace.people(16)
    withdraw(workspace, "'p0'")

    def die() -> None:
        raise StopSync("nobody answers")

    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "before", staticmethod(die))
        with pytest.raises(StopSync):
            workspace.run(sync)
    result = workspace.run(sync)
    assert result.status == "blocked" and result.resumed and result.outcomes == {"delivered": 1}
    assert result.planned["remove"] == {"withdrawn": 1, "left": 4}
    assert len(held(workspace.settings.outbox)) == 19


def test_an_absolute_limit_holds_too(workspace: Workspace) -> None:
    sync = workspace.sync(GUARDED)
    workspace.people(200)
    workspace.run(sync)
    workspace.people(190)
    assert "max_removed_rows is 5" in str(workspace.run(sync).guard_reason)


def test_an_empty_source_removes_nobody(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    workspace.run(sync)
    workspace.source([])
    assert "removes nobody" in str(workspace.run(sync).guard_reason)
    assert len(held(workspace.settings.outbox)) == 3


def test_a_source_that_is_too_small_is_not_believed(workspace: Workspace) -> None:
    workspace.people(1)
    assert "min_source_rows is 2" in str(workspace.run(workspace.sync(GUARDED)).guard_reason)


def test_a_blocked_segment_blocks_its_syncs(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS.replace("{model: sync_people}", "{model: sync_people, segment: vips}"))
    workspace.people(3)
    workspace.wh.execute(
        "create table segments.segment_runs as select 'vips' as segment, 'blocked' as verdict, "
        "'half of it is gone' as reason, timestamp '2026-06-15 04:30:00' as run_at"
    )
    assert "half of it is gone" in str(workspace.run(sync).guard_reason)
    assert calls(workspace.settings.outbox) == []
    workspace.wh.execute("update segments.segment_runs set verdict = 'ok'")
    assert workspace.run(sync).status == "done"
