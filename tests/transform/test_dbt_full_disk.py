"""The disk is full for one model: it says so and what to do, those beside it are built, and it is built next time."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from heddle.settings import Settings
from heddle.transform import prepare, run_dbt
from heddle.transform.dbt_message import without_values
from heddle.warehouse import open_warehouse

from .conftest import AddModel

BIG = "select i, hash(i)::varchar || hash(i + 1)::varchar as t, moment from {{ ref('instant') }}, range(%d) as r(i)"


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Writing beyond `size` bytes of any file fails, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# the first does not fit while it is written, the second when it is committed
@pytest.mark.parametrize(("rows", "room"), [(600_000, 4_000_000), (100_000, 1_500_000)])
def test_one_model_does_not_fit(clocked: Settings, add_model: AddModel, rows: int, room: int) -> None:
    settings = clocked.model_copy(update={"threads": 1})
    add_model("big.sql", BIG % rows)
    add_model("behind.sql", "select count(*) as n from {{ ref('big') }}")
    add_model("later.sql", "select * from {{ ref('instants') }}")
    prepare(settings)
    with no_file_above(room):
        results = {result.name: result for result in run_dbt(settings, ["run"])}
    assert {name: result.status for name, result in results.items()} == {
        "instant": "success",
        "big": "error",
        "instants": "success",
        "behind": "skipped",
        "later": "success",
    }
    told = results["big"].message
    assert "models/big.sql" in told and "Could not write file" in told
    assert told.endswith("free disk space and run again: what was being written is undone")

    assert all(result.ok for result in run_dbt(settings, ["run"]))
    with open_warehouse(settings) as warehouse:
        assert warehouse.scalar("select n from staging.behind") == rows
        assert warehouse.tables("staging") == ["behind", "big", "instant", "instants", "later"]


def test_a_message_about_data_or_code_gives_no_advice_about_disks() -> None:
    assert "free disk" not in without_values("Conversion Error: Could not convert string 'disk full' to INT32")
    assert "free disk" not in without_values("Compilation Error in model a\n  'could not write' is undefined")
