"""The whole way with real servers: mail is delivered and answered, the gateway fills up, the clock moves."""

import gc
import json
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from sync_workspace import MESSAGES, RECORDS, Workspace, free_port

from activations.sandbox import running
from activations.sandbox.customers import Mail, append_feedback, feedback
from heddle.errors import StopSync, SyncError

DATE = datetime.fromisoformat("2026-06-15T04:30:00")


@pytest.fixture
def connected(workspace: Workspace) -> Workspace:
    workspace.write("templates/hello.html.j2", "<p>Hello {{ name }}</p><a href='{{ unsubscribe_url }}'>Stop</a>")
    workspace.write(
        "destinations.yml",
        f"mail: {{type: smtp, host: 127.0.0.1, port: {free_port()}, security: none, sender: 'Shop <a@shop.example>', "
        "unsubscribe_url: 'https://shop.example/u/{message_id}'}\n"
        f"hook: {{type: webhook, url: 'http://127.0.0.1:{free_port()}/audiences/{{audience}}', answers: rows}}\n",
    )
    return workspace


MAILS = MESSAGES.replace("fake", "mail") + "options: {template: hello.html.j2, subject: Hi}\n"
HOOK = RECORDS.replace("fake", "hook").replace("record", "audience")


def test_mail_is_delivered_answered_and_the_clock_moves(connected: Workspace) -> None:
    sync = connected.sync(MAILS)
    connected.people(40)
    with running(connected.settings):
        assert connected.run(sync).outcomes == {"delivered": 40}
        (file,) = (connected.settings.data / "demo/email").glob("events-feedback-*.jsonl")
        assert (connected.settings.data / "demo/clock.txt").read_text() == "2026-06-15T04:45:00Z\n"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    sent = connected.wh.query("select message_id from activations.message_ledger").column(0).to_pylist()
    assert {row["message_id"] for row in rows} == set(sent)
    assert {"delivered", "opened"} <= set(Counter(row["event"] for row in rows))
    assert all("2026-06-15T04:30" < row["occurred_at"] < "2026-06-15T04:45" for row in rows)
    assert len(list((connected.settings.outbox / "mail").glob("*.eml"))) == 40


def test_the_same_mail_is_answered_in_the_same_way(tmp_path: Path) -> None:
    mails = [Mail(f"{n}@shop.example", f"p{n}@x.example", "c", DATE, "https://shop.example") for n in range(300)]
    assert append_feedback(mails, tmp_path) == append_feedback(list(reversed(mails)), tmp_path)
    events = Counter(row["event"] for mail in mails for row in feedback(mail))
    assert events["delivered"] + events["bounced"] == 300
    assert 60 < events["opened"] < 150 and events["machine_opened"] > 10 and events["clicked"] > 5
    ids = [row["event_id"] for mail in mails for row in feedback(mail)]
    assert len(ids) == len(set(ids))


def test_refused_recipients_are_counted_by_what_the_server_said(connected: Workspace) -> None:
    sync = connected.sync(MAILS)
    connected.people(5)
    with running(connected.settings) as sandbox:
        sandbox.smtp["mail"].refusals = {"^p1@": "550 no such user", "^p2@": "451 later"}
        result = connected.run(sync)
    assert result.outcomes == {"delivered": 3, "rejected": 2}
    assert result.reasons == {"rejected: smtp_550": 1, "rejected: smtp_451": 1}
    connected.later(30)
    with running(connected.settings):
        assert connected.run(sync).planned["add"] == {"retry": 1}


def test_an_audience_fills_and_empties(connected: Workspace) -> None:
    sync = connected.sync(HOOK)
    connected.people(3)
    with running(connected.settings) as sandbox:
        connected.run(sync)
        assert set(sandbox.webhook["hook"].audiences["people"]) == {"p0", "p1", "p2"}
        connected.people(2, name="B")
        connected.run(sync)
        held = sandbox.webhook["hook"].audiences["people"]
    assert {key: row["name"] for key, row in held.items()} == {"p0": "B", "p1": "B"}


def test_nobody_at_home_then_somebody(connected: Workspace) -> None:
    sync = connected.sync(MAILS)
    connected.people(3)
    with pytest.raises(StopSync, match="mail server cannot be used") as caught:
        connected.run(sync)
    assert "nothing is lost" in str(caught.value)
    assert connected.wh.query("select status from activations.activation_runs").column(0).to_pylist() == ["stopped"]
    with running(connected.settings):
        assert connected.run(sync).outcomes == {"delivered": 3}


def test_who_waits_for_a_port_is_told_so(connected: Workspace) -> None:
    told: list[str] = []
    with (
        running(connected.settings),
        pytest.raises(SyncError, match="cannot listen for mail"),
        running(connected.settings, 1, told.append),
    ):
        pass
    assert told == ["the port of mail is taken: is another sandbox, demo or dev running? Waiting for it, 1 s at most"]
    with running(connected.settings, 1, told.append):
        assert len(told) == 1
    gc.collect()  # a mail server that could not listen and left its loop open is an error here
