"""Two syncs of a few people, and the command line on them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sync_workspace import RECORDS, Workspace
from typer.testing import CliRunner

from heddle.cli.main import app

FILES = RECORDS.replace("fake", "files").replace("object: record", "object: csv").replace(
    "{email: email, name: name}", "{profile_id: profile_id, email: email, name: name}"
)  # fmt: skip
OTHERS = RECORDS.replace("sync: people", "sync: others")


class Shop:
    """`people` are profile ids of the small identity."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.root = workspace, workspace.root

    def people(self, *names: str, email: str = "mail.example") -> None:
        with self.opened() as workspace:
            workspace.source([(name, "", f"{name}@{email}", name.upper()) for name in names])

    @contextmanager
    def opened(self) -> Iterator[Workspace]:
        with self.workspace.opened() as workspace:
            yield workspace

    def ask(self, *words: str, fails: bool = False, typed: str | None = None) -> str:
        done = CliRunner().invoke(app, ["sync", *words], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            assert fails, done.exception
            return str(done.exception)
        assert fails == (done.exit_code != 0), done.output
        return done.output

    def ask_json(self, *words: str) -> Any:
        return json.loads(self.ask(*words, "--json"))
