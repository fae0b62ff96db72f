"""`heddle identity unmerge`: a decision is one more line of a seed, and nothing else changes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heddle.identity import IdentityError
from heddle.identity.seed_file import SeedFile

Ask = Callable[..., str]
TODAY = f"{datetime.now(UTC):%Y-}"


@pytest.fixture
def seeds(workspace: Path) -> Path:
    return workspace / "dbt_project" / "seeds"


def unmerge(*words: str) -> tuple[str, ...]:
    return ("identity", "unmerge", *words, "--why", "switchboard of an office", "--who", "maria")


def test_one_identifier_goes_to_the_block_list(ask: Ask, seeds: Path) -> None:
    file = seeds / "identity_block_list.csv"
    before = file.read_bytes()
    told = ask(*unmerge("+48 600-700-800"), "--yes")
    assert "falls into 2 parts" in told and "1 email, 1 user_id" in told and "`heddle run` carries it out" in told
    assert "600700800" not in told
    after = file.read_bytes()
    assert after.startswith(before + b"\r\nphone,value,+48600700800,unmerged,")  # the last line had no end
    assert f'"maria, {TODAY}'.encode() in after and after.endswith(b': switchboard of an office"\r\n')


def test_two_identifiers_become_a_never_link(ask: Ask, seeds: Path) -> None:
    file = seeds / "identity_overrides.csv"
    before = file.read_bytes()
    told = ask(*unmerge("u1", "a7"), "--yes")
    assert "about 2 parts" in told and "1 anonymous_id, 1 phone" in told
    added = file.read_bytes().removeprefix(before).decode()
    assert added.startswith("never_link,user_id,u1,anonymous_id,a7,maria,switchboard of an office," + TODAY)
    assert added.endswith("\n") and "\r" not in added


@pytest.mark.parametrize("words", [("phone:+48600700800",), ("u1", "a7")])
def test_twice_is_once(ask: Ask, seeds: Path, words: tuple[str, ...]) -> None:
    ask(*unmerge(*words), "--yes")
    contents = {file: file.read_bytes() for file in seeds.iterdir()}
    assert "already decided" in ask(*unmerge(*reversed(words)), "--yes")
    assert contents == {file: file.read_bytes() for file in seeds.iterdir()}


def test_nothing_is_written_without_a_yes(ask: Ask, seeds: Path) -> None:
    contents = {file: file.read_bytes() for file in seeds.iterdir()}
    assert "nothing was written" in ask(*unmerge("u1"), "--dry-run")
    ask(*unmerge("u1"), typed="n\n", fails=True)
    ask(*unmerge("u1"), typed="", fails=True)
    assert contents == {file: file.read_bytes() for file in seeds.iterdir()}
    ask(*unmerge("u1"), typed="y\n")
    assert b"user_id,value,u1" in (seeds / "identity_block_list.csv").read_bytes()


def test_what_stands_today_is_said_first(ask: Ask) -> None:
    assert "withheld today by block_list (placeholder)" in ask(*unmerge("+48111111111"), "--dry-run")
    assert "not in one profile today" in ask(*unmerge("u1", "u2"), "--dry-run")
    assert "stays whole" in ask(*unmerge("user_id:u1"), "--dry-run")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("u1", "--why", " "), "needs a reason"),
        (("u1", "--why", "call anna@x.pl"), "holds personal data"),
        (("u1", "--why", "ring 600 700 800"), "holds personal data"),
        (("anna@x.pl", "a7", "--why", "not ANNA@X.PL"), "holds personal data"),
        (("p1", "--why", "x"), "as a whole"),
        (("crm:k1", "--why", "x"), "a record cannot"),
        (("u1", "user_id:u1", "--why", "x"), "one identifier, named twice"),
        (("zofia@x.pl", "--why", "x"), "nobody is known"),
    ],
)
def test_what_cannot_be_decided(ask: Ask, seeds: Path, words: tuple[str, ...], told: str) -> None:
    contents = {file: file.read_bytes() for file in seeds.iterdir()}
    message = ask("identity", "unmerge", *words, "--who", "maria", "--yes", fails=True)
    assert told in message and not [value for value in ("anna@x.pl", "zofia", "600") if value in message.lower()]
    assert contents == {file: file.read_bytes() for file in seeds.iterdir()}


def test_a_pair_that_always_links_is_a_contradiction(ask: Ask, seeds: Path) -> None:
    with (seeds / "identity_overrides.csv").open("a") as file:
        file.write("always_link,user_id,u1,email,bob@x.pl,jan,same person,2026-01-01\n")
    message = ask(*unmerge("bob@x.pl", "u1"), "--yes", fails=True)
    assert "always link" in message and "identity_overrides.csv:3" in message and "bob" not in message


def test_a_change_meanwhile_is_not_overwritten(seeds: Path) -> None:
    file = seeds / "identity_overrides.csv"
    seed = SeedFile(file)
    file.write_bytes(file.read_bytes() + b"always_link,,,,,,,\n")
    with pytest.raises(IdentityError, match="changed meanwhile"):
        seed.append({"kind": "never_link"})
    assert file.read_bytes().endswith(b"always_link,,,,,,,\n")
    assert not [left for left in seeds.iterdir() if left.name.startswith(".")]


def test_a_crash_leaves_the_old_file(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = seeds / "identity_overrides.csv"
    before = file.read_bytes()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("power")))
    with pytest.raises(OSError, match="power"):
        SeedFile(file).append({"kind": "never_link"})
    assert file.read_bytes() == before and not [left for left in seeds.iterdir() if left.name.startswith(".")]


def test_a_seed_without_a_column_says_which(seeds: Path) -> None:
    file = seeds / "identity_block_list.csv"
    file.write_text("identifier_type,match,value,reason\n")
    with pytest.raises(IdentityError, match="origin"):
        SeedFile(file).append({"value": "x", "origin": "y"})
