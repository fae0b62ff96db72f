"""The plan is the difference, every row has an action and a reason, and planning again after success is empty."""

import json

import pytest
from fake_destination import FakeConnector, held
from sync_workspace import MESSAGES, RECORDS, Workspace

from activations import apply_plan, identifiers
from heddle.errors import SyncError


def test_adds_changes_removes_and_what_is_unchanged(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.source([("p1", "", "a@x.example", "A"), ("p2", "", "b@x.example", "B"), ("p3", "", "c@x.example", "C")])
    assert workspace.run(sync).planned == {"add": {"new": 3}}
    workspace.source([("p1", "", "a@x.example", "A"), ("p2", "", "b@x.example", "Bee"), ("p4", "", "d@x.example", "D")])
    result = workspace.run(sync)
    assert result.planned == {"add": {"new": 1}, "change": {"changed": 1}, "remove": {"left": 1}, "unchanged": {"": 1}}
    assert {key: row["name"] for key, row in held(workspace.settings.outbox).items()} == {
        "p1": "A",
        "p2": "Bee",
        "p4": "D",
    }
    assert workspace.plan(sync).operations == 0


def test_null_and_empty_and_shifted_values_are_different_rows(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    for name in (None, "", "-", "1:a"):
        workspace.source([("p1", "", "a@x.example", name)])
        assert workspace.run(sync).outcomes == {"delivered": 1}
        assert workspace.plan(sync).operations == 0


def test_invalid_rows_are_counted_by_reason_and_not_sent(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.source(
        [
            (None, "", "null@x.example", "A"),
            ("p1", "", "one@x.example", "A"),
            ("p1", "", "two@x.example", "A"),
            ("p2", "", "same@x.example", "A"),
            ("p3", "", "Same@x.example ", "A"),
            ("p4", "", "not an address", "A"),
            ("p5", "", None, "A"),
            ("p6", "", "fine@x.example", "A"),
        ]
    )
    result = workspace.run(sync)
    assert result.planned["invalid"] == {
        "null_key": 1,
        "duplicate_key": 2,
        "duplicate_identifier": 2,
        "invalid_address": 1,
        "missing_identifier": 1,
    }
    assert list(held(workspace.settings.outbox)) == ["p6"]


def test_two_rows_with_one_identifier_are_caught_wherever_they_stand(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are named by the page, and their hashes compared by the part."""
    monkeypatch.setattr(identifiers, "_PAGE", 3)
    monkeypatch.setattr(identifiers, "_AT_ONCE", 2)
    sync = workspace.sync(RECORDS)
    workspace.source([(f"p{n}", "", f"p{n % 9}@mail.example", "A") for n in range(13)])
    assert workspace.plan(sync).counts == {"add": {"new": 5}, "invalid": {"duplicate_identifier": 8}}


def test_two_keys_that_are_one_in_the_file_are_caught(workspace: Workspace) -> None:
    workspace.write("destinations.yml", "outbox: {type: files}\n")
    text = RECORDS.replace("destination: fake", "destination: outbox").replace("object: record", "object: jsonl")
    sync = workspace.sync(text.replace("key: profile_id", "key: email"))
    file = workspace.settings.outbox / "files" / "people.jsonl"
    workspace.source([("p1", "", "Same@x.example", "A"), ("p2", "", "Two@x.example", "A")])
    assert workspace.run(sync).delivered == 2
    workspace.source(
        [("p1", "", "Same@x.example", "B"), ("p2", "", "two@x.example", "B"), ("p3", "", "same@x.example", "B"),
         ("p4", "", "new@x.example", "B"), ("p5", "", "New@x.example ", "B")]
    )  # fmt: skip
    result = workspace.run(sync)
    assert result.planned == {
        "add": {"new": 1}, "change": {"changed": 1}, "remove": {"same_identifier": 1},
        "invalid": {"duplicate_identifier": 3},
    }  # fmt: skip
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert {(row["email"], row["name"]) for row in found} == {("same@x.example", "B"), ("two@x.example", "B")}
    assert len(found) == 2 and workspace.plan(sync).operations == 0


def test_a_row_that_turns_invalid_stays_where_it_is(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    workspace.run(sync)
    workspace.source([("p0", "", "broken", "A"), ("p1", "", "p1@mail.example", "A")])
    assert workspace.plan(sync).counts == {"invalid": {"invalid_address": 1}, "unchanged": {"": 1}}


MARKETING = MESSAGES.replace("operational", "marketing")


def test_nothing_leaves_without_consent(workspace: Workspace) -> None:
    sync = workspace.sync(MARKETING)
    workspace.people(5)
    workspace.reachable("p0", "p0@mail.example")
    workspace.reachable("p1", "p1@mail.example", "withdrawn")
    workspace.reachable("p2", "p2@mail.example", "hard_bounce")
    workspace.reachable("p3", "other@mail.example")
    result = workspace.run(sync)
    assert result.planned["suppressed"] == {"withdrawn": 1, "hard_bounce": 1, "no_consent": 1, "other_address": 1}
    assert list(held(workspace.settings.outbox)) == ["p0||2026-06-15 03:00:00"]


def test_withdrawn_consent_removes_a_row_from_an_audience(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS.replace("operational", "marketing") + "channel: email\n")
    workspace.people(2)
    workspace.reachable("p0", "p0@mail.example")
    workspace.reachable("p1", "p1@mail.example")
    workspace.run(sync)
    workspace.wh.execute("update profiles.profile_reachability set is_reachable = false, reason = 'withdrawn'")
    assert workspace.plan(sync).counts == {"remove": {"withdrawn": 2}}


def test_operational_needs_no_consent(workspace: Workspace) -> None:
    workspace.people(2)
    assert workspace.run(workspace.sync(MESSAGES)).planned == {"add": {"new": 2}}


def test_a_message_is_sent_once_whatever_changes(workspace: Workspace) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(2)
    assert workspace.run(sync).delivered == 2
    workspace.people(2, name="B")
    assert workspace.plan(sync).counts == {"unchanged": {"": 2}}
    workspace.source([])
    assert workspace.run(sync).planned == {}
    ledger = workspace.wh.query("select * from activations.message_ledger").to_pylist()
    assert {row["status"] for row in ledger} == {"sent"} and len({row["message_id"] for row in ledger}) == 2


def test_a_changed_mapping_is_announced_as_a_full_resync(workspace: Workspace) -> None:
    workspace.people(3)
    workspace.run(workspace.sync(RECORDS))
    plan = workspace.plan(workspace.sync(RECORDS.replace("name: name", 'name: "{{ name | upper }}"')))
    assert (plan.resync, plan.counts) == ("mapping", {"change": {"mapping": 3}})


def test_a_destination_that_lost_its_audience_gets_it_again(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    workspace.run(sync)
    FakeConnector.lost = True
    plan = workspace.plan(sync)
    assert (plan.resync, plan.counts) == ("lost", {"change": {"lost": 3}})


def test_the_plan_shows_shapes_and_not_people(workspace: Workspace) -> None:
    workspace.people(2)
    plan = workspace.plan(workspace.sync(RECORDS))
    assert plan.sample[0] == {"action": "add", "email": "p…(15)", "name": "…"}
    assert "p0@mail.example" not in repr(plan)


def test_a_row_that_cannot_be_shown_does_not_stop_the_plan(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def preview(self: object, batch: object) -> str:
        raise ValueError("p0@mail.example")

    monkeypatch.setattr(FakeConnector, "preview", preview)
    workspace.people(2)
    sync = workspace.sync(RECORDS)
    assert workspace.plan(sync).first_request == "the first request cannot be shown (ValueError)"
    assert workspace.run(sync).outcomes == {"delivered": 2}


def test_apply_refuses_when_the_source_has_moved(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    plan = workspace.plan(sync)
    workspace.people(3)
    with pytest.raises(SyncError, match="has moved"):
        apply_plan(workspace.wh, workspace.settings, plan.id)
    assert held(workspace.settings.outbox) == {}


def test_apply_refuses_a_plan_that_was_replaced_and_repeats_nothing(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    first, second = workspace.plan(sync), workspace.plan(sync)
    with pytest.raises(SyncError, match="replaced"):
        apply_plan(workspace.wh, workspace.settings, first.id)
    results = [apply_plan(workspace.wh, workspace.settings, second.id) for _ in range(2)]
    assert [(result.outcomes, result.sent_before) for result in results] == [
        ({"delivered": 2}, False),
        ({"delivered": 2}, True),
    ]
    assert workspace.statuses() == {"delivered": 2}


def test_a_missing_column_is_named_with_its_line(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS.replace("name: name", "name: nmae"))
    workspace.people(1)
    with pytest.raises(SyncError) as caught:
        workspace.plan(sync)
    assert "people.yml:7:24" in str(caught.value) and "did you mean name?" in str(caught.value)


def test_personal_data_leaves_the_plan_when_it_was_applied(workspace: Workspace) -> None:
    workspace.people(2)
    workspace.run(workspace.sync(RECORDS))
    assert workspace.value("select count(payload) from activations.activation_plan") == 0
    assert "name" not in str(workspace.value("select payload from activations.activation_ledger"))


def test_adds_come_before_changes_before_removals_before_what_is_excluded(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(60)
    workspace.run(sync)
    rows = [(f"p{n}", "", f"p{n}@mail.example", "B" if n < 50 else "A") for n in range(20, 90)]
    workspace.source([*rows, (None, "", "nobody@mail.example", "A"), (None, "", "who@mail.example", "A")])
    workspace.plan(sync)
    found = workspace.wh.query("select op_id, action from activations.activation_plan order by 1").to_pylist()
    assert [row["op_id"] for row in found] == list(range(1, 83))
    assert [row["action"] for row in found] == [*["add"] * 30, *["change"] * 30, *["remove"] * 20, *["invalid"] * 2]


def test_a_plan_of_several_blocks_of_rows_is_whole(workspace: Workspace) -> None:
    """DuckDB 2.0 loses sight of rows that are inserted by the block into a table made in the same transaction."""
    sync = workspace.sync(RECORDS)
    workspace.people(1)
    workspace.run(sync)
    workspace.wh.execute(
        "insert into activations.sync_people select 'q' || i, '', null, 'q' || i || '@mail.example', 'A' "
        "from range(130000) as t(i)"
    )
    workspace.wh.execute("delete from activations.sync_people where profile_id = 'p0'")
    assert workspace.plan(sync).counts == {"add": {"new": 130_000}, "remove": {"left": 1}}
    counted = ", ".join(f"count(distinct {name})" for name in ("op_id", "key_hash"))
    found = workspace.wh.query(
        f"select {counted}, max(op_id), count(payload), count(identifier) + 1 from activations.activation_plan"
    )
    assert set(found.to_pylist()[0].values()) == {130_001}  # a removal has no identifier of its own
