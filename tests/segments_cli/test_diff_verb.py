"""`heddle segments diff`: who would enter and leave, against a commit."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published_world import FILES, write

from heddle.segments.guard import block_reason
from heddle.segments.segment import VolumeGuard

ROOT = Path(__file__).parents[2]
Ask = Callable[..., str]
AskJson = Callable[..., Any]


@pytest.fixture
def checkout(published: Path, tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository under git, with one commit; the published copy is that of all tests."""
    root = tmp_path / "repository"
    shutil.copytree(published, root, ignore=shutil.ignore_patterns("state"))
    monkeypatch.setenv("HEDDLE_ROOT", str(root))
    git(root, "init", "-q", "-b", "main")
    commit(root, "first")
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@x.example"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


def by_name(told: Any) -> dict[str, Any]:
    return {one["name"]: one for one in told["differences"]}


def test_nothing_differs(ask: Ask, checkout: Path) -> None:
    assert re.match(r"No segment differs from HEAD \([0-9a-f]{9}\)\n3 files are the same\n", ask("diff"))


def test_new_changed_and_deleted(ask_json: AskJson, checkout: Path) -> None:
    write(checkout, "club", FILES["club"].replace("is: club", "is: trial"))
    write(checkout, "rich", "segment: rich\ntitle: Rich\nwho:\n  - trait: lifetime_value\n    above: 1000\n")
    (checkout / "segments_yaml/fixture/quiet_carts.yml").unlink()
    told = ask_json("diff")
    club, carts, rich = (by_name(told)[name] for name in ("club", "quiet_carts", "rich"))
    moves = ("change", "before", "after", "entering", "leaving", "percent", "stored")
    assert [club[key] for key in moves] == ["changed", 2, 2, 2, 2, 0.0, 2], "p2 and p4 leave, p1 and p5 enter"
    assert [rich[key] for key in moves] == ["new", 0, 1, 1, 0, None, None]
    assert [carts[key] for key in moves] == ["deleted", 2, 0, 0, 2, -100.0, 2]
    assert "- Plan is club" in club["words"] and "+ Plan is trial" in club["words"]
    assert (told["people"], told["unchanged"]) == (5, 1)


def test_against_another_revision_and_one_name(ask_json: AskJson, ask: Ask, checkout: Path) -> None:
    write(checkout, "club", FILES["club"].replace("is: club", "is: trial"))
    commit(checkout, "second")
    assert ask_json("diff")["differences"] == []
    assert list(by_name(ask_json("diff", "--base", "HEAD~1"))) == ["club"]
    buyers = by_name(ask_json("diff", "buyers", "--base", "main~1"))["buyers"]
    assert buyers["change"] == "unchanged" and buyers["before"] == buyers["after"] == 1
    assert buyers["problems"] == ["it reads the members of club as stored, and this change touches club too"]
    assert "did you mean buyers?" in ask("diff", "buyer", fails=True)


def test_a_file_with_faults_does_not_stop_the_others(ask_json: AskJson, ask: Ask, checkout: Path) -> None:
    write(checkout, "club", FILES["club"].replace("trait: plan", "trait: plam"))
    write(checkout, "reader", "segment: reader\ntitle: R\nwho:\n  - in_segment: buyers\n")
    write(checkout, "buyers", FILES["buyers"].replace("n: 1", "n: 5"))
    club, reader, buyers = (by_name(ask_json("diff"))[name] for name in ("club", "reader", "buyers"))
    assert (club["before"], club["after"], club["entering"], club["words"]) == (2, None, None, [])
    assert "segments_yaml/fixture/club.yml:5:12: unknown trait 'plam' (did you mean plan?)" in club["problems"]
    assert reader["after"] is None and "no run has stored yet" in reader["problems"][0]
    assert (buyers["before"], buyers["after"]) == (1, 1)
    commit(checkout, "broken")
    write(checkout, "club", FILES["club"])
    assert by_name(ask_json("diff"))["club"]["problems"][0].startswith("in the committed version: segments_yaml/")
    assert max(map(len, ask("diff").splitlines())) <= 100


def test_a_guard_that_would_block(ask: Ask, ask_json: AskJson, checkout: Path) -> None:
    write(checkout, "club", FILES["club"] + "volume_guard: {min: 50}\n")
    assert by_name(ask_json("diff"))["club"]["guard"] == "2 members, the guard wants at least 50"
    told = ask("diff", "--markdown")
    assert "| club | changed | 2 | 2 | 0 | 0 | 0.0% | 2 |" in told and "#### Volume guards that would block" in told
    assert "```diff\n  Club members. People" in told and "+ Guarded: min 50." in told


def test_only_a_comment(ask: Ask, checkout: Path) -> None:
    write(checkout, "club", "# who pays\n" + FILES["club"])
    assert "The words of club are the same in both versions." in ask("diff")


def test_where_there_is_nothing_to_compare_with(ask: Ask, checkout: Path, workspace: Path) -> None:
    assert "git knows no revision nope here" in ask("diff", "--base", "nope", fails=True)
    assert "git knows no revision --all" in ask("diff", "--base=--all", fails=True), "never an option of git"
    shutil.rmtree(checkout / ".git")
    assert "this folder is not a git checkout" in ask("diff", fails=True)


@pytest.mark.parametrize(
    ("guard", "members", "previous", "reason"),
    [
        ({"min": 3}, 2, None, "2 members, the guard wants at least 3"),
        ({"min": 3}, 3, None, None),
        ({"max": 3}, 4, None, "4 members, the guard allows at most 3"),
        ({"max_change": 30}, 14, 10, "from 10 to 14 members, the guard allows a change of 30 %"),
        ({"max_change": 30}, 13, 10, None),
        ({"max_change": 30}, 99, 0, None),
        ({"max_change": 30}, 99, None, None),
    ],
)
def test_the_guard_says_what_the_run_would_say(
    guard: dict[str, Any], members: int, previous: int | None, reason: str | None
) -> None:
    assert block_reason(VolumeGuard(**guard), members, previous) == reason
    macro = (ROOT / "dbt_project/macros/membership_guard.sql").read_text()
    assert all(words in macro for words in re.findall(r"the guard [a-z ]+(?= )", reason or ""))
