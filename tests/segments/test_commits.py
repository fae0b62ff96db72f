"""The commit that is recorded with a run: of the file, not of the repository."""

import subprocess
from pathlib import Path

import pytest
from segment_project import SegmentProject, make_project

from heddle.segments.commits import UNCOMMITTED, Commits

BUYERS = "who:\n  - did: order_placed\n"


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@t.example"]
    done = subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(params=["", "shop"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> SegmentProject:
    """The project is the repository, or a folder of it."""
    root = tmp_path / request.param
    root.mkdir(exist_ok=True)
    git(tmp_path, "init", "-q")
    made = make_project(root)
    made.write("a", BUYERS)
    return made


def of(project: SegmentProject, name: str) -> str | None:
    return Commits(project.settings.root).of(f"segments_yaml/fixture/{name}.yml")


def committed(project: SegmentProject) -> str:
    git(project.settings.root, "add", "segments_yaml")
    git(project.settings.root, "commit", "-q", "-m", "x")
    return git(project.settings.root, "log", "-1", "--format=%h")


def test_a_file_that_no_commit_has_is_uncommitted(project: SegmentProject) -> None:
    assert of(project, "a") == UNCOMMITTED


def test_the_commit_is_the_one_that_changed_the_file(project: SegmentProject) -> None:
    first = committed(project)
    project.write("b", BUYERS)
    second = committed(project)
    assert (of(project, "a"), of(project, "b")) == (first, second)
    project.write("a", BUYERS + "refresh: hourly\n")
    assert (of(project, "a"), of(project, "b")) == (UNCOMMITTED, second)


def test_outside_git_there_is_none(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.write("a", BUYERS)
    assert of(project, "a") is None
