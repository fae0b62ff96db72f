"""No room for what is delivered: no half file, nothing is written down as delivered, and the next run delivers it."""

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from sync_workspace import AS_OF, RECORDS, Workspace, free_port

from activations import file_formats
from activations.connectors.files import FilesConfig, FilesConnector
from activations.contract import Batch, Operation, Options, Surroundings, Target
from activations.sandbox import SmtpSandbox
from heddle.errors import StopSync, SyncError

FILES = RECORDS.replace("destination: fake", "destination: outbox").replace("object: record", "object: csv")
FILES = FILES.replace("{email: email", "{profile_id: profile_id, email: email")
MAILS = """\
sync: mails
source: {model: sync_people}
destination: post
object: message
fields: {to: email}
purpose: operational
options: {template: hello.html.j2, subject: Hello}
"""
DESTINATIONS = """\
outbox: {{type: files}}
post: {{type: smtp, host: 127.0.0.1, port: {port}, security: none, sender: s@shop.example,
  unsubscribe_url: "https://shop.example/u/{{message_id}}"}}
"""


def no_room(*args: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def half(old: IO[bytes] | None, new: IO[bytes], edit: object) -> None:
    new.write(b"profile_id,em")
    no_room()


@pytest.fixture
def port(workspace: Workspace) -> int:
    port = free_port()
    workspace.write("destinations.yml", DESTINATIONS.format(port=port))
    workspace.write("templates/hello.html.j2", "<p>Hello</p>")
    return port


def test_a_file_is_whole_or_as_it_was(workspace: Workspace, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(FILES)
    workspace.people(2)
    workspace.run(sync)
    folder = workspace.settings.outbox / "files"
    (file,) = folder.iterdir()
    before = file.read_bytes()

    workspace.people(3, name="B")
    with monkeypatch.context() as patch:
        patch.setitem(file_formats.REWRITE, "csv", half)
        with pytest.raises(StopSync, match="No space left on device") as caught:
            workspace.run(sync)
    assert "free disk space" in str(caught.value)
    assert list(folder.iterdir()) == [file] and file.read_bytes() == before
    assert workspace.statuses() == {"delivered": 2}
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0

    result = workspace.run(sync)
    assert result.delivered == 3 and workspace.statuses() == {"delivered": 5}
    assert len(file.read_text().splitlines()) == 4


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_no_half_file_of_any_kind(tmp_path: Path, kind: str) -> None:
    connector = FilesConnector(FilesConfig(), Surroundings(tmp_path, lambda name: name))
    target = Target("s", kind, "a", "upsert", "remove", "operational", AS_OF, ("key",), Options())
    rows = tuple(Operation(n, "add", f"k{n}", {"key": f"k{n}", "text": os.urandom(50).hex()}) for n in range(2_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StopSync) as caught:
            connector.send(Batch(target, rows))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.hint == "free disk space and run again"
    assert list((tmp_path / "files").iterdir()) == []


@pytest.fixture
def sandbox(workspace: Workspace, port: int) -> Iterator[SmtpSandbox]:
    yield SmtpSandbox("127.0.0.1", port, workspace.settings.outbox / "mail", workspace.root / "demo")


def test_a_mailbox_without_room_takes_no_mail(
    workspace: Workspace, sandbox: SmtpSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(MAILS)
    workspace.people(3)
    mailbox = workspace.settings.outbox / "mail"
    with sandbox:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", no_room)
            with pytest.raises(StopSync, match="smtp_452"):
                workspace.run(sync)
        assert workspace.statuses() == {}
        assert sandbox.received == 0 and not [path for path in mailbox.rglob("*") if path.is_file()]
        result = workspace.run(sync)
        assert result.delivered == 3 and sandbox.received == 3
    assert workspace.statuses() == {"delivered": 3}


def test_answers_without_room_are_told_and_come_later(
    workspace: Workspace, sandbox: SmtpSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.people(3)
    mailbox = workspace.settings.outbox / "mail"
    with monkeypatch.context() as patch:
        patch.setattr("activations.sandbox.smtp.append_feedback", no_room)
        with pytest.raises(SyncError, match="No space left on device") as caught, sandbox:
            assert workspace.run(workspace.sync(MAILS)).delivered == 3
    assert "the next time" in str(caught.value)
    assert len(list((mailbox / "unanswered").glob("*.eml"))) == 3
    with SmtpSandbox("127.0.0.1", free_port(), mailbox, workspace.root / "demo"):
        pass
    assert len(list(mailbox.glob("*.eml"))) == 3 and list((workspace.root / "demo/email").iterdir())
