"""Killed half-way and started again: the same tables, and nothing left of the first attempt."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.transform import run_dbt
from heddle.warehouse import open_warehouse

from .conftest import ROOT, AddModel

RUN = """
import sys
from pathlib import Path
from heddle.settings import Settings
from heddle.transform import run_dbt
root = Path(sys.argv[1])
settings = Settings.load(root=root, state=root / "state", sources=("demo",))
print("ready", flush=True)
run_dbt(settings, ["run"], lambda event: print(event.name, event.status, flush=True))
"""
SLOW = """
select i % 1000003 as key, count(*) as n, max(moment) as moment
from range(6000000) as t(i), {{ ref('instant') }} group by 1
"""


def run_and_kill(root: Path, after_line: str, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    for line in process.stdout:
        if line.strip() == after_line:
            break
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.thorough)])
def test_killed_in_a_model_and_started_again(clocked: Settings, add_model: AddModel, seed: int) -> None:
    add_model("slow.sql", SLOW)
    run_and_kill(clocked.root, "slow started", random.Random(seed).uniform(0, 0.4))
    assert all(result.ok for result in run_dbt(clocked, ["run"]))
    with open_warehouse(clocked) as warehouse:
        assert warehouse.tables("staging") == ["instant", "instants", "slow"]
        assert warehouse.scalar("select sum(n) from staging.slow") == 6_000_000


def test_leftovers_of_a_killed_run_are_dropped(clocked: Settings) -> None:
    run_dbt(clocked, ["run"])
    with open_warehouse(clocked) as warehouse:
        warehouse.execute("create table staging.instant__dbt_tmp as select 1 as a")
        warehouse.execute("create table staging.instant__dbt_backup as select 1 as a")
    assert all(result.ok for result in run_dbt(clocked, ["run"]))
    with open_warehouse(clocked) as warehouse:
        assert warehouse.tables("staging") == ["instant", "instants"]
