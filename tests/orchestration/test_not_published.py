"""A readers' copy that cannot be written: the run says so, in its report, in heddle.runs and in its log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_loop import Loop, small_loop

from heddle.errors import SettingsError, WarehouseError, WarehouseFull
from heddle.settings import Settings
from heddle.warehouse import open_warehouse
from orchestration.defs import resources


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("publishing")) as loop:
        yield loop


def test_a_run_is_published_or_says_that_it_is_not(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loop.run("ingest")
    assert first.succeeded
    assert loop.rows("select status from heddle.runs") == [("succeeded",)]
    published = loop.settings.published_path.read_bytes()

    # the copy cannot be written: something else has its place
    in_the_way = loop.settings.state / "published.copying"
    in_the_way.mkdir()
    loop.write("data/people-more.csv", "id,plan\n4,paid\n")
    second = loop.run("ingest")
    assert not second.succeeded
    assert second.failed_steps["publish"].startswith("not published: the warehouse could not be published")
    statuses = dict(loop.rows("select run_id, status from heddle.runs"))
    assert statuses == {first.run_id: "succeeded", second.run_id: second.failed_steps["publish"]}
    assert any("could not be published" in line for line in loop.log(second))
    assert loop.settings.published_path.read_bytes() == published

    # nothing has changed since, but that run is not done: the same again, now with room
    in_the_way.rmdir()
    third = loop.run("ingest")
    assert third.succeeded and not third.nothing_to_do
    assert dict(published_statuses(loop))[third.run_id] == "succeeded"
    assert loop.run("ingest").nothing_to_do

    # neither the copy nor the word about it can be written
    loop.write("data/people-yet-more.csv", "id,plan\n5,paid\n")
    with monkeypatch.context() as patch:
        patch.setattr(resources, "publish", full)
        patch.setattr(resources, "END", "this is no statement")
        fourth = loop.run("ingest")
    assert fourth.failed_steps == {"publish": "not published: the readers' copy is from an earlier run"}

    # what a killed run left behind is told by the next one
    loop.write("data/people-last.csv", "id,plan\n6,paid\n")
    assert loop.run("ingest").succeeded
    assert dict(loop.rows("select run_id, status from heddle.runs"))[fourth.run_id] == "interrupted"


def test_a_copy_that_somebody_removed_comes_back_with_nothing_else_to_do(loop: Loop) -> None:
    loop.run("ingest")
    loop.settings.published_path.unlink()
    assert loop.run("ingest").nothing_to_do
    assert published_statuses(loop) == loop.rows("select run_id, status from heddle.runs")


def test_a_job_that_does_not_exist_is_an_error_that_names_those_that_do(loop: Loop) -> None:
    with pytest.raises(SettingsError, match="no job 'hourli'") as raised:
        loop.run("hourli")
    assert raised.value.hint and "heddle, " in raised.value.hint and "__ASSET" not in raised.value.hint


def test_a_run_that_cannot_start_says_why(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_clock(warehouse: object, as_of: object) -> None:
        raise WarehouseError("no room for the clock")

    monkeypatch.setattr(resources, "set_clock", no_clock)
    loop.write("data/people-late.csv", "id,plan\n7,paid\n")
    report = loop.run("ingest")
    assert report.failed_steps == {"run": "no room for the clock"}


def published_statuses(loop: Loop) -> list[tuple[object, ...]]:
    copy = loop.settings.model_copy(update={"warehouse_path": loop.settings.published_path})
    with open_warehouse(copy, read_only=True) as warehouse:
        return [tuple(row.values()) for row in warehouse.query("select run_id, status from heddle.runs").to_pylist()]


def full(settings: Settings) -> Path:
    raise WarehouseFull("no space left on device")
