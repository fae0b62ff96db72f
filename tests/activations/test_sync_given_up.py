"""Personal data is kept as long as a removal is owed, and not for ever."""

import pytest
from fake_destination import FakeConnector, held
from sync_workspace import IMPATIENT, MESSAGES, RECORDS, Workspace

from activations import Sync, apply_plan, retry_rows
from activations.contract import Batch
from activations.given_up import forget_given_up
from activations.outcomes import Accepted, Outcome, Rejected
from activations.side_by_side import run_side_by_side
from heddle.errors import StopSync, SyncError

A_MONTH = 31 * 24 * 60


def refusing_removals(monkeypatch: pytest.MonkeyPatch, outcome: Outcome | None) -> None:
    decide = staticmethod(lambda batch, i: outcome if batch.action == "remove" else None)
    monkeypatch.setattr(FakeConnector, "decide", decide)


def known(workspace: Workspace) -> set[str]:
    """Of whom the ledger has an address."""
    found = workspace.wh.query(
        "select profile_id from activations.activation_ledger where payload is not null or identifier is not null"
    )
    return set(found.column("profile_id").to_pylist())


def refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, outcome: Rejected) -> Sync:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    workspace.run(sync)
    workspace.people(2)
    refusing_removals(monkeypatch, outcome)
    assert workspace.run(sync).outcomes == {"rejected": 1}
    return sync


def test_a_removal_that_was_refused_for_good_is_given_up_after_a_month(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = refused(workspace, monkeypatch, Rejected("never", "no"))
    workspace.later(A_MONTH // 2)
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) == 0
    assert known(workspace) == {"p0", "p1", "p2"}
    workspace.later(A_MONTH // 2 + 60)
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) == 1
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) == 0
    assert known(workspace) == {"p0", "p1"}
    given_up = {"quarantined": {"given_up": 1}, "unchanged": {"": 2}}
    assert workspace.run(sync).planned == given_up
    assert retry_rows(workspace.wh, "people", quarantined=True) == 1
    assert workspace.run(sync).planned == given_up, "there is nothing to send it with"
    workspace.people(3)
    assert workspace.run(sync).outcomes == {"delivered": 1} and known(workspace) == {"p0", "p1", "p2"}


def test_a_removal_that_is_owed_keeps_what_it_needs(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = refused(workspace, monkeypatch, Rejected("busy", "later", retryable=True))
    workspace.later(A_MONTH)
    run_side_by_side(workspace.settings, [], workspace.as_of, patience=IMPATIENT)
    assert known(workspace) == {"p0", "p1", "p2"}
    refusing_removals(monkeypatch, None)
    assert workspace.run(sync).outcomes == {"delivered": 1} and known(workspace) == {"p0", "p1"}


def test_a_sync_whose_file_was_deleted_is_forgotten_after_a_month(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accept(batch: Batch, index: int) -> Outcome | None:
        return Accepted("job-1") if batch.target.object == "job" else None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(accept))
    texts = {name: RECORDS.replace("sync: people", f"sync: {name}") for name in ("gone", "jobs", "stays")}
    texts["jobs"] = texts["jobs"].replace("object: record", "object: job")
    workspace.people(3)
    for text in texts.values():
        workspace.run(workspace.sync(text))
    for name in ("gone", "jobs"):
        (workspace.root / f"activations/syncs/demo/{name}.yml").unlink()
    waiting = "select count(payload) from activations.activation_receipt_rows"
    for minutes, kept in ((60, 9), (A_MONTH, 3), (60, 3)):
        workspace.later(minutes)
        run_side_by_side(workspace.settings, [], workspace.as_of, patience=IMPATIENT)
        assert workspace.value("select count(payload) from activations.activation_ledger") == kept
        assert workspace.value(waiting) == (3 if kept == 9 else 0)
    workspace.people(2)
    back = workspace.sync(texts["gone"])
    assert workspace.run(back).planned == {"quarantined": {"given_up": 1}, "change": {"changed": 2}}
    workspace.people(1)
    assert workspace.run(back).planned["remove"] == {"left": 1}, "what was sent anew can be removed again"


def test_a_group_that_is_not_enabled_and_a_faulty_file_lose_nothing(workspace: Workspace) -> None:
    workspace.people(2)
    workspace.run(workspace.sync(RECORDS))
    there = workspace.root / "activations/syncs/demo/people.yml"
    (workspace.root / "activations/syncs/other").mkdir()
    there.rename(workspace.root / "activations/syncs/other/people.yml").write_text("sync: [")
    workspace.later(A_MONTH)
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) == 0
    assert known(workspace) == {"p0", "p1"}


def test_of_a_message_no_address_is_kept(workspace: Workspace) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(3)
    assert workspace.run(sync).outcomes == {"delivered": 3}
    assert known(workspace) == set()
    assert workspace.run(sync).outcomes == {}, "each was sent once"
    workspace.wh.execute("update activations.activation_ledger set payload = '{}'")  # as an older version left them
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) == 3
    assert known(workspace) == set()


def test_a_stopped_plan_that_was_emptied_meanwhile_is_made_anew(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file was away for a month and is back."""

    def decide(batch: Batch, index: int) -> None:
        if batch.op_ids[0] > 3:
            raise StopSync("gone")

    sync = workspace.sync(RECORDS)
    workspace.people(9)
    with monkeypatch.context() as patch:
        patch.setattr(FakeConnector, "decide", staticmethod(decide))
        with pytest.raises(StopSync):
            workspace.run(sync)
    (workspace.root / "activations/syncs/demo/people.yml").unlink()
    workspace.later(A_MONTH)
    assert forget_given_up(workspace.wh, workspace.settings, workspace.as_of) > 0
    sync = workspace.sync(RECORDS)
    plan_id = str(workspace.value("select plan_id from activations.activation_runs"))
    with pytest.raises(SyncError, match="are not kept any more"):
        apply_plan(workspace.wh, workspace.settings, plan_id)
    assert workspace.run(sync).outcomes == {"delivered": 6}
    assert len(held(workspace.settings.outbox)) == 9 and workspace.plan(sync).operations == 0
