"""Over a limit nothing is sent at all, and the reason says which limit."""

import pytest
from fake_destination import calls, held
from sync_workspace import RECORDS, Workspace

from activations import apply_plan
from heddle.errors import SyncError

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
    workspace.wh.execute("update segments.segment_runs set verdict = 'ok'")
    assert workspace.run(sync).status == "done"
