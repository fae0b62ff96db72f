"""docs/segments.md is followed to the letter: the shell recipe runs, the workflow is YAML, every command exists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from published_world import FILES, write
from ruamel.yaml import YAML

from heddle.cli.main import app

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "segments.md").read_text()
IDENTITY = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@x.example", "GIT_COMMITTER_NAME": "T",
            "GIT_COMMITTER_EMAIL": "t@x.example"}  # fmt: skip


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_shell_recipe_on_a_branch(published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "origin", ignore=shutil.ignore_patterns("state"))
    clone = tmp_path / "clone"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, **IDENTITY, "PATH": path, "HEDDLE_STATE": str(published / "state"),
                   "HEDDLE_SOURCES": "fixture", "HEDDLE_ROOT": str(clone)}  # fmt: skip

    def shell(folder: Path, script: str) -> str:
        bash = ["bash", "-c", script]
        done = subprocess.run(bash, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    shell(tmp_path / "origin", "git init -q -b main && git add -A && git commit -qm first")
    shell(tmp_path, "git clone -q origin clone && cd clone && git switch -qc more")
    write(clone, "club", FILES["club"].replace("is: club", "is: trial"))
    shell(clone, "git add -A && git commit -qm 'trials are in the club'")
    told = shell(clone, block("sh"))
    assert told.startswith("3 files read: all segments are sound\n### 1 segment against ")
    assert "| club | changed | 2 | 2 | 2 | 2 | +0.0% | 2 |" in told
    assert told.endswith((clone / "segments.md").read_text())


def test_the_workflow_asks_for_the_same(published: Path) -> None:
    workflow = YAML(typ="safe", pure=True).load(block("yaml"))
    steps = workflow["jobs"]["sizes"]["steps"]
    text = " ".join(step.get("run", "") for step in steps)
    assert "heddle segments check" in text and 'heddle segments diff --base "$base" --markdown' in text
    assert steps[0]["with"]["fetch-depth"] == 0 and workflow["permissions"]["pull-requests"] == "write"


@pytest.mark.parametrize("command", sorted(set(re.findall(r"heddle segments (\w+)", TEXT))))
def test_every_command_exists(command: str) -> None:
    assert command in typer.main.get_command(app).commands["segments"].commands  # type: ignore[attr-defined]


def test_every_command_is_in_the_guide() -> None:
    known = typer.main.get_command(app).commands["segments"].commands  # type: ignore[attr-defined]
    shown = set(re.findall(r"heddle segments (\w+)", TEXT))
    assert {"check", "preview", "explain", "diff", "list", "catalog", "compile"} <= shown <= set(known)
