"""Which commit a segment file is at: what a run records beside the hash of the definition."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from heddle.segments.workspace import FOLDER

UNCOMMITTED = "uncommitted"


class Commits:
    """The state of git when it was asked, for every segment file at once."""

    def __init__(self, root: Path) -> None:
        prefix = _git(root, "rev-parse", "--show-prefix")
        self._in_git = prefix is not None
        self._changed = {_path(line, "".join(prefix or [])) for line in _status(root)}
        self._last = _last_commits(root) if self._in_git else {}

    def of(self, file: str) -> str | None:
        """The short id of the commit that last changed the file, `uncommitted` when it differs from it (or no commit
        has it), None outside git."""
        if not self._in_git:
            return None
        return UNCOMMITTED if file in self._changed else self._last.get(file, UNCOMMITTED)


def _status(root: Path) -> list[str]:
    return _git(root, "status", "--porcelain", "--untracked-files=all", "--", FOLDER) or []


def _path(line: str, prefix: str) -> str:
    """`XY path`, or `XY old -> new`, below the root of the repository -> the path below `prefix`."""
    return line[3:].rsplit(" -> ", maxsplit=1)[-1].strip('"').removeprefix(prefix)


def _last_commits(root: Path) -> Mapping[str, str]:
    commits: dict[str, str] = {}
    commit = ""
    for line in _git(root, "log", "--format=commit %h", "--name-only", "--relative", "--", FOLDER) or []:
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif line:
            commits.setdefault(line, commit)
    return commits


def _git(root: Path, *arguments: str) -> list[str] | None:
    """Output lines; None where there is no git or no repository, which is no fault of a segment."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.splitlines()
