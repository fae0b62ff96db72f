"""The segment files of another version, read from git; nothing is checked out."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from heddle.errors import SegmentError
from heddle.segments.workspace import FOLDER, SourceText
from heddle.settings import Settings

TIMEOUT = 60


@dataclass(frozen=True)
class Committed:
    """`commit` is the full hash behind the revision that was asked for."""

    commit: str
    texts: tuple[SourceText, ...]


def committed(settings: Settings, revision: str) -> Committed:
    """The files of the enabled groups as `revision` has them. Raises SegmentError outside a git checkout and for a
    revision that git does not know."""
    root = settings.root
    if _git(root, "rev-parse", "--is-inside-work-tree") is None:
        raise SegmentError(
            "this folder is not a git checkout, so there is no committed version to compare with",
            where=str(root),
            hint="run it in a clone; `heddle segments preview NAME` needs no git",
        )
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found is None:
        raise SegmentError(
            f"git knows no revision {revision} here",
            where=str(root),
            hint="name a branch, a tag or a commit; in CI fetch the history first (fetch-depth: 0)",
        )
    commit = found.decode().strip()
    return Committed(commit, tuple(_texts(settings, commit)))


def _texts(settings: Settings, commit: str) -> Iterator[SourceText]:
    listed = (_git(settings.root, "ls-tree", "-r", "-z", commit, "--", f"{FOLDER}/") or b"").decode().split("\0")
    entries = [(line.split()[2], line.partition("\t")[2]) for line in listed if line]
    wanted = [(blob, path) for blob, path in entries if _is_segment(path, settings.sources)]
    contents = _contents(settings.root, [blob for blob, _ in wanted])
    order = {group: i for i, group in enumerate(settings.sources)}
    read = [SourceText(PurePosixPath(path).parent.name, path, contents[blob]) for blob, path in wanted]
    yield from sorted(read, key=lambda one: (order[one.group], one.file))


def _is_segment(path: str, groups: tuple[str, ...]) -> bool:
    parts = PurePosixPath(path).parts
    return len(parts) == 3 and parts[1] in groups and PurePosixPath(path).match("*.y*ml")


def _contents(root: Path, blobs: list[str]) -> dict[str, str]:
    """All blobs through one process: a process per file would take seconds for 200 files."""
    answer = _git(root, "cat-file", "--batch", stdin="\n".join(blobs).encode()) or b""
    contents = {}
    for blob in blobs:
        head, _, rest = answer.partition(b"\n")
        size = int(head.split()[2])
        contents[blob] = rest[:size].decode("utf-8", "replace")
        answer = rest[size + 1 :]
    return contents


def _git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """What git prints, None when it refuses. Raises SegmentError where there is no git."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise SegmentError("git cannot be run", where=str(root), hint=type(error).__name__) from None
    return done.stdout if done.returncode == 0 else None
