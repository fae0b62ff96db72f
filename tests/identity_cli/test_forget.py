"""`heddle identity forget`: a person becomes rows of heddle.erasures, once, and nothing else changes."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from small_identity import node_id

from heddle.identity import erasures_waiting, register_path, restore_erasures
from heddle.identity.erasure import node_id as number_of
from heddle.identity.errors import IdentityError
from heddle.settings import Settings
from heddle.warehouse import open_warehouse, prepare_warehouse, run_lock

Ask = Callable[..., str]
ANNA = {("user_id", "u1"), ("email", "anna@x.pl"), ("phone", "+48600700800"), ("anonymous_id", "a7"),
        ("record", "shop:c1"), ("record", "crm:k1"), ("record", "web:a:7")}  # fmt: skip


@pytest.fixture
def working(workspace: Path) -> Iterator[Settings]:
    """The warehouse that runs write to, with the same people as its published copy."""
    settings = Settings.load(workspace, state=workspace / "state", sources="demo")
    shutil.copy(settings.published_path, settings.warehouse_path)
    yield settings
    settings.warehouse_path.unlink()
    register_path(settings).unlink(missing_ok=True)


def erased(settings: Settings) -> list[tuple[int, str]]:
    with open_warehouse(settings) as wh:
        if "erasures" not in wh.tables("heddle"):
            return []
        rows = wh.query("select node, reason from heddle.erasures order by node").to_pylist()
    return [(row["node"], row["reason"]) for row in rows]


@pytest.mark.parametrize("name", ["ANNA@x.pl", "phone:+48 600 700 800", "p1", "p91", "record:crm:k1"])
def test_any_name_of_a_person_erases_all_of_them(ask: Ask, working: Settings, name: str) -> None:
    told = ask("identity", "forget", name, "--reason", "request 118", "--yes")
    assert "profile p1: 4 identifiers and 3 records will be forgotten" in told
    assert "raw files" in told and "destination" in told and "7 nodes written" in told
    assert not [value for value in ("anna@", "600700800") if value in told]
    assert erased(working) == sorted((node_id(*node), "request 118") for node in ANNA)


def test_twice_is_once_and_the_first_reason_stays(ask: Ask, working: Settings) -> None:
    ask("identity", "forget", "p1", "--yes")
    assert "nothing was added" in ask("identity", "forget", "anna@x.pl", "--reason", "again", "--yes")
    assert {reason for _, reason in erased(working)} == {"asked"}


def test_nothing_is_written_without_a_yes(ask: Ask, working: Settings) -> None:
    assert "nothing was written" in ask("identity", "forget", "p1", "--dry-run")
    ask("identity", "forget", "p1", typed="n\n", fails=True)
    assert erased(working) == []


def test_identifiers_that_others_have_too_are_counted(ask: Ask, working: Settings) -> None:
    assert "1 of the identifiers stand on records of other people" in ask("identity", "forget", "u3", "--dry-run")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("zofia@x.pl", "nobody is known"),
        ("12345", "known as crm_id and as loyalty_id"),
        ("+48111111111", "withheld by a guard and belongs to nobody, and stands on records of p1, p2"),
        ("p81", "this profile id ended"),
        ("device_id:tablet", "belongs to p3 and stands on records of p4 too: it does not say whom to forget"),
        ("gus@x.pl", "belongs to p7 and stands on records of p6 too"),
    ],
)
def test_who_cannot_be_forgotten(ask: Ask, working: Settings, name: str, told: str) -> None:
    message = ask("identity", "forget", name, "--yes", fails=True)
    assert told in " ".join(message.split()) and "zofia" not in message and "111111" not in message
    assert erased(working) == []


def test_a_reason_outlives_the_person_and_names_nobody(ask: Ask, working: Settings) -> None:
    assert "personal data" in ask("identity", "forget", "p1", "--reason", "anna@x.pl wrote", "--yes", fails=True)
    assert erased(working) == []


@pytest.mark.parametrize("reason", ["request 2026-118", "asked on 2026-11-25"])
def test_the_number_and_the_day_of_a_request_are_no_personal_data(ask: Ask, working: Settings, reason: str) -> None:
    ask("identity", "forget", "p1", "--reason", reason, "--yes")
    assert {told for _, told in erased(working)} == {reason}


def test_while_a_run_is_going_nothing_is_written(ask: Ask, working: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with run_lock(working):
        monkeypatch.setattr("heddle.warehouse.lock._HELD", set())  # the lock of another process
        message = ask("identity", "forget", "p1", "--yes", fails=True)
    assert "another run" in message and "run again" in message
    assert erased(working) == []


def test_another_profile_meanwhile_is_not_taken_for_the_one_that_was_shown(ask: Ask, working: Settings) -> None:
    with open_warehouse(working) as wh:
        wh.execute("update identity.identity_map set profile_id = 'p99' where profile_id = 'p1'")
    assert "p99" in ask("identity", "forget", "anna@x.pl", "--yes", fails=True)
    assert erased(working) == []


def test_who_was_forgotten_is_said_to_be(ask: Ask, working: Settings, workspace: Path) -> None:
    published = working.model_copy(update={"warehouse_path": working.published_path})
    at = datetime.fromisoformat("2026-04-01T10:00:00")
    with open_warehouse(published) as wh:
        wh.execute("create schema if not exists heddle")
        wh.execute("create table heddle.erasures (node bigint, erased_at timestamp, reason varchar)")
        wh.execute("insert into heddle.erasures values (?, ?, 'asked')", [number_of("email:old@x.pl"), at])
    try:
        for name in ("email:Old@x.pl", "old@x.pl"):
            assert "forgotten since 2026-04-01 10:00" in ask("identity", "forget", name)
        assert "nobody is known" in ask("identity", "forget", "email:new@x.pl", fails=True)
    finally:
        with open_warehouse(published) as wh:
            wh.execute("drop table heddle.erasures")


def test_a_run_has_something_to_do_until_it_has_forgotten(ask: Ask, working: Settings) -> None:
    with open_warehouse(working) as wh:
        assert erasures_waiting(wh) == 0
    ask("identity", "forget", "p1", "--yes")
    with open_warehouse(working) as wh:
        assert erasures_waiting(wh) == 7
        wh.execute("create table identity.identity_applied (kind varchar, left_node bigint)")
        wh.execute("insert into identity.identity_applied select 'erased', node from heddle.erasures")
        assert erasures_waiting(wh) == 0


def test_a_warehouse_built_anew_forgets_them_too(ask: Ask, working: Settings, tmp_path: Path) -> None:
    ask("identity", "forget", "p1", "--reason", "request 118", "--yes")
    before, register = erased(working), register_path(working)
    assert len(before) == 7 and "anna" not in register.read_text()
    anew = working.model_copy(update={"warehouse_path": tmp_path / "anew.duckdb"})
    with open_warehouse(anew) as wh:
        prepare_warehouse(wh)
        assert restore_erasures(wh, register) == 7
        assert restore_erasures(wh, register) == 0
    assert erased(anew) == before
    assert len(register.read_text().splitlines()) == 7


def test_the_register_learns_what_an_older_warehouse_knew(tmp_path: Path, working: Settings) -> None:
    register = tmp_path / "state" / "erasures.jsonl"
    with open_warehouse(working) as wh:
        prepare_warehouse(wh)
        wh.execute("insert into heddle.erasures values (7, timestamp '2026-04-01 10:00:00', 'asked')")
        assert restore_erasures(wh, register) == 0
    assert register.read_text() == '{"node": 7, "erased_at": "2026-04-01T10:00:00", "reason": "asked"}\n'


@pytest.mark.parametrize(
    "line",
    [
        b'{"node": 8}',
        b"null",
        b"[8]",
        b"torn",
        b'{"node": null, "erased_at": "2026-04-01T10:00:00", "reason": "asked"}',
        b'{"node": 9223372036854775808, "erased_at": "2026-04-01T10:00:00", "reason": "asked"}',
        b'{"node": "eight", "erased_at": "2026-04-01T10:00:00", "reason": "asked"}',
        b'{"node": 8, "erased_at": "yesterday", "reason": "asked"}',
        b'{"node": 8, "erased_at": "2026-04-01T10:00:00", "reason": "\xff"}',
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, working: Settings, line: bytes) -> None:
    register = tmp_path / "erasures.jsonl"
    register.write_bytes(b'{"node": 7, "erased_at": "2026-04-01T10:00:00", "reason": "asked"}\n' + line + b"\n")
    with open_warehouse(working) as wh:
        prepare_warehouse(wh)
        with pytest.raises(IdentityError, match=r"erasures\.jsonl:2"):
            restore_erasures(wh, register)


def test_lines_twice_with_a_zone_and_without_an_end(tmp_path: Path, working: Settings) -> None:
    register = tmp_path / "erasures.jsonl"
    line = b'{"node": 7, "erased_at": "2026-04-01T12:00:00+02:00", "reason": "it\'s \\"asked\\""}'
    register.write_bytes(line + b"\n\n" + line)
    with open_warehouse(working) as wh:
        prepare_warehouse(wh)
        wh.execute("insert into heddle.erasures values (8, timestamp '2026-04-01 10:00:00', 'asked')")
        assert [restore_erasures(wh, register) for _ in range(2)] == [1, 0]
        found = wh.query("select * from heddle.erasures order by node").to_pylist()
    at = datetime.fromisoformat("2026-04-01T10:00:00")
    assert [(row["node"], row["erased_at"], row["reason"]) for row in found] == [
        (7, at, "it's \"asked\""), (8, at, "asked")]  # fmt: skip
    assert len(register.read_bytes().splitlines()) == 4
