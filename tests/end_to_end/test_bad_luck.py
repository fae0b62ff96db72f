"""Killed, doubled, broken, unreachable: the job ends in the same state, and what is wrong is said."""

import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from trial_shop import Shop, contents

from activations.destinations import load_destinations
from activations.sandbox import SmtpSandbox

END_STATE = {
    "raw.raw_files": "source, table_name, file, content_hash, rows, rejects",
    "raw.raw_rejects": "source, table_name, file, line, reason",
    "identity.identity_map": "*",
    "profiles.profiles": "*",
    "segments.segment_memberships": "segment, profile_id, member_key, entered_at",
    "activations.activation_ledger where sync not like 'smtp%'": "sync, key_hash, held, row_hash, status",
}
STAGES = (
    ("load_shop", 0.5),
    ("dbt_build", 8.0),
    ("dbt_build", 16.0),
    ("expectations", 2.0),
    ("sync_", 0.5),
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose run nobody killed; no mail server listens, so the mail syncs fail and the rest is delivered."""
    shop = Shop(tmp_path_factory.mktemp("undisturbed"))
    shop.heddle("demo", "generate", "--people", "400")
    done = shop.heddle("run", check=False)
    assert done.returncode == 1
    shop.output = done.stdout + done.stderr
    return shop


@pytest.mark.slow
def test_killed_in_each_stage_it_ends_in_the_same_state(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path, data=undisturbed.data)
    dice = random.Random(20260615)
    with mail_server(shop):
        for stage, longest in STAGES:
            kill_in(shop, stage, dice.uniform(0.0, longest))
        shop.heddle("run", check=False)
    assert_mail_is_settled(shop)
    assert contents(shop, END_STATE) == contents(undisturbed, END_STATE)
    orphans = shop.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_name like '%\\_\\_dbt\\_%' escape '\\' or table_name like 'heddle\\_cc%' escape '\\'"
    )
    assert not orphans


@contextmanager
def mail_server(shop: Shop) -> Iterator[None]:
    """A mail server that keeps what it is sent; nobody answers, so that the data stays as it is."""
    mail = load_destinations(shop.settings).connections["mail"].config
    with SmtpSandbox(mail.host, mail.port, shop.settings.outbox / "mail", None):
        yield


def assert_mail_is_settled(shop: Shop) -> None:
    """Each planned message has one outcome; what was delivered is in the outbox once."""
    letters = [message_from_bytes(p.read_bytes())["Message-ID"] for p in (shop.state / "outbox").rglob("*.eml")]
    assert letters and len(letters) == len(set(letters))
    settled = shop.rows("select status, count(*) from activations.message_ledger group by status")
    assert set(dict(settled)) <= {"sent", "unknown"}
    assert sum(dict(settled).values()) >= len(letters)


def kill_in(shop: Shop, stage: str, after: float) -> None:
    """Kill the run some time after a step of the stage has begun; a run that was quicker is fine too."""
    run = shop.start("run")
    assert run.stdout
    for line in run.stdout:
        if f".. {stage}" in line:
            break
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.communicate()


def test_of_two_runs_at_once_one_waits(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path, data=undisturbed.data)
    first, second = shop.start("ingest", "--force"), shop.start("ingest", "--force")
    outputs = [run.communicate(timeout=300)[0] for run in (first, second)]
    assert first.returncode == second.returncode == 0, outputs
    assert sum("waiting for it to end" in output for output in outputs) == 1, outputs
    twice = "select file from raw.raw_files group by source, table_name, file, content_hash having count(*) > 1"
    assert not shop.rows(twice)


def test_a_dead_mail_server_stops_mail_only(undisturbed: Shop) -> None:
    newest = "select sync, arg_max(status, planned_at) from activations.activation_runs group by sync"
    status = dict(undisturbed.rows(newest))
    assert status["smtp_abandoned_cart"] == "stopped"
    assert status["files_vip_csv"] == "done"
    assert "sync_smtp_abandoned_cart" in undisturbed.output
    sent = "select count(*) from activations.activation_log where sync like 'smtp%' and status = 'delivered'"
    assert undisturbed.rows(sent) == [(0,)]


def test_broken_files_are_named_and_the_rest_goes_on(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path)
    shutil.copytree(undisturbed.data, shop.data)
    orders = sorted((shop.data / "demo/shop").glob("orders*.parquet"))[0]
    (orders.parent / "orders-torn.parquet").write_bytes(orders.read_bytes()[: orders.stat().st_size // 2])
    (shop.data / "demo/crm/contacts-empty.csv").write_bytes(b"")
    (shop.data / "demo/email/events-binary.jsonl").write_bytes(bytes(range(256)) * 64)
    done = shop.heddle("ingest")
    named = {row[0] for row in shop.rows("select file from raw.raw_rejects where reason is not null")}
    for broken in ("shop/orders-torn.parquet", "crm/contacts-empty.csv", "email/events-binary.jsonl"):
        assert f"demo/{broken}" in named
    loaded = "select count(*) from shop.orders"
    assert shop.rows(loaded) == undisturbed.rows(loaded)
    assert "rejects_within_limit" in done.stdout


def test_a_wrong_type_in_a_source_is_a_reject_with_file_and_line(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path)
    shutil.copytree(undisturbed.data, shop.data)
    (shop.data / "demo/loyalty/points-late.csv").write_text(
        "entry_id,loyalty_id,kind,points,occurred_at,expires_at\n"
        "e-late-1,L1,earn,many,2026-06-01T10:00:00Z,2027-06-01T10:00:00Z\n"
        "e-late-2,L1,earn,12,2026-06-01T10:00:00Z,2027-06-01T10:00:00Z\n"
    )
    shop.heddle("ingest")
    late = "file = 'demo/loyalty/points-late.csv'"
    assert shop.rows(f"select line from raw.raw_rejects where {late}") == [(2,)]
    reason = str(shop.rows(f"select reason from raw.raw_rejects where {late}")[0][0])
    assert "points" in reason and "many" not in reason
    assert shop.rows("select points from loyalty.points where entry_id = 'e-late-2'") == [(12,)]


def test_an_unknown_word_in_a_segment_is_shown_with_its_place_and_the_others_go_on(
    tmp_path: Path, undisturbed: Shop
) -> None:
    shop = Shop(tmp_path, data=undisturbed.data)
    file = shop.root / "segments_yaml/demo/typo.yml"
    file.write_text("segment: typo\ntitle: A typo\nwho:\n  - did: order_placd\n    within_last: 30 days\n")
    done = shop.heddle("segments", "check", check=False)
    assert done.returncode == 1
    assert "segments_yaml/demo/typo.yml:4:" in done.stdout and "order_placed" in done.stdout
    written = shop.heddle("segments", "compile", "vip_customers")
    assert "select" in written.stdout.lower()
