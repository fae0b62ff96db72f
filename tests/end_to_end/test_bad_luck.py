"""Killed, doubled, broken, unreachable: the job ends in the same state, and what is wrong is said."""

import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, Shop, contents

END_STATE = {
    "raw.raw_files": "source, table_name, file, content_hash, rows, rejects",
    "raw.raw_rejects": "source, table_name, file, line, reason",
    "identity.identity_map": "*",
    "profiles.profiles": "*",
    "segments.segment_memberships": "segment, profile_id, member_key, entered_at",
    "activations.activation_ledger": "sync, key_hash, held, row_hash, status",
}
STAGES = ("load_shop", "load_email", "dbt_build", "dbt_build", "expectations", "sync_")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("undisturbed"))
    shop.heddle("demo", "generate", "--people", "400")
    shop.heddle("run", check=False)
    return shop


@pytest.mark.slow
def test_killed_in_each_stage_it_ends_in_the_same_state(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path, data=undisturbed.data)
    dice = random.Random(20260615)
    for stage in STAGES:
        kill_in(shop, stage, dice.uniform(0.0, 2.0))
    shop.heddle("run", check=False)
    assert contents(shop, END_STATE) == contents(undisturbed, END_STATE)
    orphans = shop.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_name like '%\\_\\_dbt\\_%' escape '\\' or table_name like 'idcc%'"
    )
    assert not orphans


def kill_in(shop: Shop, stage: str, after: float) -> None:
    """Kill the run some time after the step before the stage has ended; a run that was quicker is fine too."""
    run = shop.start("run")
    assert run.stdout
    for line in run.stdout:
        if f".. {stage}" in line:
            break
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.wait()


def test_of_two_runs_at_once_one_waits(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path, data=undisturbed.data)
    first, second = shop.start("ingest"), shop.start("ingest")
    outputs = [run.communicate(timeout=300)[0] for run in (first, second)]
    assert first.returncode == second.returncode == 0, outputs
    assert any("waiting" in out for out in outputs) or any("nothing to do" in out for out in outputs)
    twice = shop.rows(
        "select file from raw.raw_files group by source, table_name, file, content_hash having count(*) > 1"
    )
    assert not twice


def test_a_dead_mail_server_stops_mail_only(undisturbed: Shop) -> None:
    status = dict(
        undisturbed.rows("select sync, arg_max(status, planned_at) from activations.activation_runs group by sync")
    )
    assert status["smtp_abandoned_cart"] == "stopped"
    assert status["files_vip_csv"] == "done"
    assert not undisturbed.rows(
        "select 1 from activations.activation_log where sync = 'smtp_abandoned_cart' and status = 'delivered'"
    )


def test_broken_files_are_named_and_the_rest_goes_on(make_shop: Callable[..., Shop], undisturbed: Shop) -> None:
    shop = make_shop()
    shutil.copytree(undisturbed.data, shop.data)
    orders = sorted((shop.data / "demo/shop").glob("orders*.parquet"))[0]
    (orders.parent / "orders-torn.parquet").write_bytes(orders.read_bytes()[: orders.stat().st_size // 2])
    (shop.data / "demo/crm/contacts-empty.csv").write_bytes(b"")
    (shop.data / "demo/email/events-binary.jsonl").write_bytes(bytes(range(256)) * 64)
    done = shop.heddle("ingest")
    named = dict(shop.rows("select file, max(reason) from raw.raw_rejects group by file"))
    assert any(file.endswith("orders-torn.parquet") for file in named)
    assert any(file.endswith("events-binary.jsonl") for file in named)
    loaded = "select sum(rows) from raw.raw_files where table_name = 'orders'"
    assert shop.rows(loaded) == undisturbed.rows(loaded)
    assert "rejects_within_limit" in done.stdout


def test_an_unknown_word_in_a_segment_is_shown_with_its_place(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop()
    for name in ("segments_yaml", "dbt_project", "activations"):
        shutil.copytree(
            ROOT / name,
            shop.folder / "repo" / name,
            ignore=shutil.ignore_patterns("target", "generated", "__pycache__"),
        )
    file = shop.folder / "repo/segments_yaml/demo/typo.yml"
    file.write_text("segment: typo\ntitle: A typo\nwho:\n  - did: order_placd\n    within_last: 30 days\n")
    done = shop.heddle("segments", "check", check=False, HEDDLE_ROOT=str(shop.folder / "repo"))
    assert done.returncode == 1
    assert "typo.yml:4" in done.stdout and "order_placed" in done.stdout
