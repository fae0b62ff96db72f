"""No room for the readers' copy: the old one stays whole, nothing half is left, and the error says what to do."""

import errno
import os
import sys
from pathlib import Path

import pytest

from heddle.errors import WarehouseError, WarehouseFull
from heddle.settings import Settings
from heddle.warehouse import open_warehouse, publish
from heddle.warehouse.room import advice_on_room

MODULE = sys.modules["heddle.warehouse.publish"]  # `publish` of the package is the function
FULL = f"""
import sys, os
with open(sys.argv[2], "wb") as file:
    file.write(b"half")
    file.flush()
    raise OSError({errno.ENOSPC}, os.strerror({errno.ENOSPC}))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dbt_project").mkdir()
    settings = Settings.load(tmp_path, state=tmp_path / "state", sources="demo")
    with open_warehouse(settings) as warehouse:
        warehouse.execute("create table t as select 1 as n")
    publish(settings)
    with open_warehouse(settings) as warehouse:
        warehouse.execute("insert into t values (2)")
    return settings


def published_rows(settings: Settings) -> object:
    with open_warehouse(settings.model_copy(update={"warehouse_path": settings.published_path}), read_only=True) as wh:
        return wh.scalar("select count(*) from t")


def left_behind(settings: Settings) -> set[str]:
    return {path.name for path in settings.state.iterdir()} - {"warehouse.duckdb", "published.duckdb"}


def test_the_old_copy_stays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "_COPY", FULL)
    with pytest.raises(WarehouseFull, match="No space left on device") as caught:
        publish(settings)
    assert caught.value.hint == "free disk space and run again; readers keep the previous copy"
    assert published_rows(settings) == 1 and left_behind(settings) == set()

    monkeypatch.undo()
    publish(settings)
    assert published_rows(settings) == 2


def test_a_copy_that_cannot_be_flushed_is_not_published(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WarehouseFull):
        publish(settings)
    assert published_rows(settings) == 1 and left_behind(settings) == set()


def test_another_thing_in_its_place_is_not_about_room(settings: Settings) -> None:
    settings.published_path.unlink()
    settings.published_path.mkdir()
    with pytest.raises(WarehouseError, match="could not be published") as caught:
        publish(settings)
    assert not isinstance(caught.value, WarehouseFull)
    assert left_behind(settings) == set()


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ('IO Error: Could not write file "w.duckdb": No space left on device', "free disk space"),
        ("TransactionContext Error: Failed to commit: Could not write file", "free disk space"),
        ("ERROR: could not extend file: No space left on device", "free disk space"),
        ("Out of Memory Error: failed to allocate data of size 1.0 GiB", "HEDDLE_MEMORY_LIMIT"),
        ("Binder Error: column not found", None),
    ],
)
def test_what_engines_say_of_it(message: str, advice: str | None) -> None:
    told = advice_on_room(message)
    assert told is None if advice is None else told is not None and advice in told
