"""What is remembered of a row and of an audience: ids, acknowledged fields, what removing or clearing needs."""

import hashlib
import json
from collections.abc import Sequence

import pytest
from fake_destination import FakeConnector, calls, held
from sync_workspace import MESSAGES, RECORDS, Workspace

from activations.contract import Batch
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import StopSync

Person = tuple[str | None, str, str | None, str | None]


def person(n: int, name: str | None = "A", email: str | None = None) -> Person:
    return (f"p{n}", "", email or f"p{n}@x.example", name)


def of(text: str, name: str) -> str:
    return text.replace("object: record", f"object: {name}")


def test_ids_of_a_row_come_back_with_its_change_and_its_removal(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decide(batch: Batch, index: int) -> Outcome | None:
        return Delivered({"contact": f"c-{batch.operations[index].key}"}) if batch.action == "add" else None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    sync = workspace.sync(RECORDS)
    workspace.source([person(1), person(2)])
    workspace.run(sync)
    workspace.source([person(1, "B")])
    workspace.run(sync)
    assert [(call["action"], call["ids"]) for call in calls(workspace.settings.outbox)[2:]] == [
        ("change", {"contact": "c-p1"}),
        ("remove", {"contact": "c-p2"}),
    ]


def test_an_audience_is_made_once_and_its_id_remembered(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    for name in ("A", "B"):
        workspace.people(1, name=name)
        workspace.run(sync)
    assert {call["audience"] for call in calls(workspace.settings.outbox)} == {"audience-1"}
    assert (
        workspace.value("select cast(ids as varchar) from activations.activation_audiences") == '{"id": "audience-1"}'
    )


def test_only_what_changed_is_sent_where_data_points_cost(workspace: Workspace) -> None:
    sync = workspace.sync(of(RECORDS, "billed").replace("name: name", "name: name, seen: entered_at"))
    workspace.source([person(1)])
    workspace.run(sync)
    workspace.source([person(1, "B")])
    workspace.run(sync)
    workspace.source([person(1, None)])
    workspace.run(sync)
    first, second, third = (call["fields"] for call in calls(workspace.settings.outbox))
    assert set(first) == {"email", "name", "seen"}
    assert second == {"email": "p1@x.example", "name": "B"} and third == {"email": "p1@x.example", "name": "CLEAR"}


def test_a_failed_change_does_not_hide_the_field_from_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(of(RECORDS, "billed"))
    workspace.source([person(1)])
    workspace.run(sync)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: Rejected("busy", "later", True)))
    workspace.source([person(1, "B")])
    workspace.run(sync)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    workspace.later(60)
    workspace.run(sync)
    assert calls(workspace.settings.outbox)[-1]["fields"] == {"email": "p1@x.example", "name": "B"}


def test_leaving_clears_the_fields_and_keeps_the_identifier(workspace: Workspace) -> None:
    sync = workspace.sync(of(RECORDS, "cleared").replace("on_leave: remove", "on_leave: clear"))
    workspace.source([person(1), person(2)])
    workspace.run(sync)
    workspace.source([person(1)])
    workspace.run(sync)
    last = calls(workspace.settings.outbox)[-1]
    assert last["action"] == "remove" and last["fields"] == {"email": "p2@x.example", "name": "CLEAR"}


def test_hashes_are_made_and_bad_values_cost_only_their_field(workspace: Workspace) -> None:
    digest = hashlib.sha256(b"p1@x.example").hexdigest()
    sync = workspace.sync(of(RECORDS, "matched"))
    workspace.source([person(1, "bad", " P1@x.example "), person(2, "fine", hashlib.sha256(b"two").hexdigest())])
    result = workspace.run(sync)
    assert held(workspace.settings.outbox)["p1"] == {"email": digest, "name": None}
    assert held(workspace.settings.outbox)["p2"]["email"] == hashlib.sha256(b"two").hexdigest()
    assert result.outcomes == {"delivered": 2} and result.dropped == {"name: invalid_value": 1}


def test_what_a_stopped_run_left_out_is_counted_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made ready and not sent is made ready again."""

    def decide(batch: Batch, index: int) -> None:
        if batch.op_ids[0] > 6:
            raise StopSync("gone")

    sync = workspace.sync(RECORDS.replace("object: record", "object: matched"))
    workspace.people(12, "bad")
    with monkeypatch.context() as patch:
        patch.setattr(FakeConnector, "decide", staticmethod(decide))
        with pytest.raises(StopSync):
            workspace.run(sync)
    stored = workspace.value("select dropped from activations.activation_runs")
    assert json.loads(str(stored)) == {"name: invalid_value": 6}
    assert workspace.run(sync).dropped == {"name: invalid_value": 12}


def test_a_changed_identifier_takes_the_old_one_out(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.source([person(1), person(2)])
    workspace.run(sync)
    workspace.source([person(1, email="new@x.example"), person(2)])
    result = workspace.run(sync)
    assert result.planned == {"change": {"changed": 1}, "remove": {"identifier": 1}, "unchanged": {"": 1}}
    assert [(call["action"], call["fields"]["email"]) for call in calls(workspace.settings.outbox)[2:]] == [
        ("remove", "p1@x.example"),
        ("change", "new@x.example"),
    ]
    assert workspace.plan(sync).counts == {"unchanged": {"": 2}}


@pytest.mark.parametrize(
    "mapping", ["{email: email, title: name}", "{email: email, name: name}\nhash: [email]"], ids=["field", "hash"]
)
def test_a_changed_identifier_takes_the_old_one_out_also_when_the_mapping_changed(
    workspace: Workspace, mapping: str
) -> None:
    workspace.source([person(1), person(2), person(3)])
    workspace.run(workspace.sync(RECORDS))
    workspace.source([person(1, email="new@x.example"), person(2), person(3)])
    other = workspace.sync(RECORDS.replace("{email: email, name: name}", mapping))
    result = workspace.run(other)
    assert result.planned == {"change": {"mapping": 3}, "remove": {"identifier": 1}}
    removed = [call["fields"]["email"] for call in calls(workspace.settings.outbox) if call["action"] == "remove"]
    hashed = hashlib.sha256(b"p1@x.example").hexdigest()
    assert removed == [hashed if "hash" in mapping else "p1@x.example"]
    assert workspace.plan(other).counts == {"unchanged": {"": 3}}


def test_another_mapping_alone_removes_nobody(workspace: Workspace) -> None:
    workspace.source([person(1), person(2)])
    workspace.run(workspace.sync(of(RECORDS, "matched")))
    more = of(RECORDS, "matched").replace("{email: email, name: name}", "{email: email, name: name, id: profile_id}")
    assert workspace.plan(workspace.sync(more)).counts == {"change": {"mapping": 2}}
    elsewhere = RECORDS.replace("object: record", "object: matched").replace("email: email", "email: name")
    assert workspace.plan(workspace.sync(elsewhere)).total("remove") == 0


def test_an_identifier_that_went_to_somebody_else_is_not_removed_from_them(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.source([person(1), person(2)])
    workspace.run(sync)
    workspace.source([person(2, email="p1@x.example")])  # p1 is p2 now, under the address of p1
    result = workspace.run(sync)
    assert result.planned["remove"] == {"identifier": 1, "same_identifier": 1}
    assert [(call["action"], call["fields"]["email"]) for call in calls(workspace.settings.outbox)[2:]] == [
        ("remove", "p2@x.example"),
        ("change", "p1@x.example"),
    ]
    assert workspace.plan(sync).counts == {"unchanged": {"": 1}}


def test_two_spellings_of_one_identifier_are_caught_and_the_holder_stays(workspace: Workspace) -> None:
    sync = workspace.sync(of(RECORDS, "matched"))
    workspace.source([person(1)])
    workspace.run(sync)
    workspace.source([person(1), person(2, email=" P1@X.example"), person(3, email="c@x.example")])
    assert workspace.run(sync).planned == {
        "add": {"new": 1},
        "invalid": {"duplicate_identifier": 1},
        "unchanged": {"": 1},
    }
    workspace.source(
        [person(4, email="d@x.example"), person(5, email="D@x.example"), person(1), person(3, email="c@x.example")]
    )
    assert workspace.plan(sync).counts == {"invalid": {"duplicate_identifier": 2}, "unchanged": {"": 2}}


def test_an_address_that_was_refused_for_good_is_suppressed_everywhere(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.people(2)
    refused = Rejected("21610", "opted out", suppress=True)
    monkeypatch.setattr(
        FakeConnector, "decide", staticmethod(lambda b, i: refused if b.operations[i].key.startswith("p0") else None)
    )
    workspace.run(workspace.sync(MESSAGES))
    others = workspace.sync(MESSAGES.replace("sync: mails", "sync: others"))
    assert workspace.plan(others).counts == {"add": {"new": 1}, "suppressed": {"refused_21610": 1}}


def test_a_merge_of_two_people_repeats_no_mail_for_the_same_cart(workspace: Workspace) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.source([("p1", "cart-1", "a@x.example", "A"), ("p2", "cart-2", "b@x.example", "B")])
    workspace.run(sync)
    merge(workspace, "p2", "p1")
    rows: list[Person] = [("p1", "cart-1", "a@x.example", "A"), ("p1", "cart-2", "a@x.example", "A")]
    workspace.source(rows)
    workspace.wh.execute(
        "update activations.sync_people set entered_at = timestamp '2026-06-15 04:30:00' where member_key = 'cart-2'"
    )
    result = workspace.run(sync)
    assert result.planned == {"add": {"sent_before_merge": 1}, "unchanged": {"": 1}}
    assert len(calls(workspace.settings.outbox)) == 2
    assert workspace.plan(sync).counts == {"unchanged": {"": 2}}
    # the cart is abandoned once more, after the merge: another occurrence
    workspace.wh.execute(
        "update activations.sync_people set entered_at = timestamp '2026-06-16 04:30:00' where member_key = 'cart-2'"
    )
    assert workspace.run(sync).planned["add"] == {"new": 1}


def test_a_merge_does_not_swallow_what_begins_after_it(workspace: Workspace) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.source([("p2", "", "b@x.example", "B")])
    workspace.run(sync)
    merge(workspace, "p2", "p1")
    workspace.source([("p1", "", "a@x.example", "A")])
    assert workspace.plan(sync).counts == {"add": {"sent_before_merge": 1}}
    workspace.wh.execute("update activations.sync_people set entered_at = timestamp '2027-06-15 04:30:00'")
    assert workspace.plan(sync).counts == {"add": {"new": 1}}


@pytest.mark.parametrize("text", [MESSAGES, RECORDS.replace("on_leave: remove", "on_leave: nothing")])
def test_of_an_erased_person_no_address_stays_in_the_ledger(workspace: Workspace, text: str) -> None:
    """p2 is erased, p1 was merged into p2 before; p3 was merged into p2 once and is part of p4 now."""
    sync = workspace.sync(text)
    workspace.people(5)
    workspace.run(sync)
    workspace.source([("p0", "", "p0@mail.example", "A"), ("p4", "", "p4@mail.example", "A")])
    moves = [(1, "merge", "p1", "p2", "edge"), (1, "merge", "p3", "p2", "edge"), (2, "merge", "p3", "p4", "edge"),
             (3, "retire", "p2", None, "erasure")]  # fmt: skip
    told(workspace, moves, live=["p0", "p4"])
    for _ in range(2):
        workspace.run(sync)
        rows = workspace.wh.query("select * from activations.activation_ledger order by profile_id").to_pylist()
        kept = {row["profile_id"] for row in rows if row["payload"] or row["identifier"]}
        assert kept == (set() if text == MESSAGES else {"p0", "p3", "p4"}) and len(rows) == 5  # of a message, nothing
        assert "p2@mail.example" not in str(rows) and ("p0@mail.example" in str(rows)) == bool(kept)
        workspace.later()
    assert workspace.statuses() == {"delivered": 5}


def test_no_guard_keeps_an_erased_person_at_the_destination(workspace: Workspace) -> None:
    """One of three is more than may be removed at once; another who left waits for somebody to look."""
    sync = workspace.sync(RECORDS.replace("max_removed: 100%", "max_removed: 10%"))
    workspace.people(3)
    workspace.run(sync)
    told(workspace, [(1, "retire", "p2", None, "erasure")], live=["p0", "p1"])
    workspace.people(1)
    workspace.later()
    assert workspace.run(sync).status == "blocked"
    removed = [call["key"] for call in calls(workspace.settings.outbox) if call["action"] == "remove"]
    assert removed == ["p2"]
    rows = workspace.wh.query("select profile_id, payload from activations.activation_ledger").to_pylist()
    assert {row["profile_id"] for row in rows if row["payload"]} == {"p0", "p1"}


def told(workspace: Workspace, moves: Sequence[tuple[object, ...]], live: Sequence[str]) -> None:
    workspace.wh.execute("create schema identity")
    workspace.wh.execute("create table identity.identity_assignments (profile_id varchar)")
    workspace.wh.execute(
        "create table identity.identity_merges (run_seq bigint, change varchar, from_profile_id varchar, "
        "to_profile_id varchar, cause varchar, happened_at timestamp)"
    )
    for move in moves:
        at = "timestamp '2026-06-15 04:30:00'"
        workspace.wh.execute(f"insert into identity.identity_merges values (?, ?, ?, ?, ?, {at})", move)
    for profile_id in live:
        workspace.wh.execute("insert into identity.identity_assignments values (?)", [profile_id])


def merge(workspace: Workspace, old: str, new: str) -> None:
    workspace.wh.execute("create schema if not exists identity")
    workspace.wh.execute(
        "create table if not exists identity.identity_merges "
        "(change varchar, from_profile_id varchar, to_profile_id varchar, happened_at timestamp)"
    )
    workspace.wh.execute(
        "insert into identity.identity_merges values ('merge', ?, ?, timestamp '2026-06-15 04:30:00')", [old, new]
    )
