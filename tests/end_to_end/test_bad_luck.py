"""Doubled, broken, unreachable: the rest goes on, and what is wrong is said."""

import shutil
from pathlib import Path

import pytest
from trial_shop import Shop, undisturbed_shop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return undisturbed_shop(tmp_path_factory.mktemp("undisturbed"))


def test_of_two_runs_at_once_one_waits(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path, data=undisturbed.data).knows_the_parse_of(undisturbed)
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


def test_broken_files_and_wrong_types_are_named_and_the_rest_goes_on(tmp_path: Path, undisturbed: Shop) -> None:
    shop = Shop(tmp_path).knows_the_parse_of(undisturbed)
    shutil.copytree(undisturbed.data, shop.data)
    orders = sorted((shop.data / "demo/shop").glob("orders*.parquet"))[0]
    (orders.parent / "orders-torn.parquet").write_bytes(orders.read_bytes()[: orders.stat().st_size // 2])
    (shop.data / "demo/crm/contacts-empty.csv").write_bytes(b"")
    (shop.data / "demo/email/events-binary.jsonl").write_bytes(bytes(range(256)) * 64)
    (shop.data / "demo/loyalty/points-late.csv").write_text(
        "entry_id,loyalty_id,kind,points,occurred_at,expires_at\n"
        "e-late-1,L1,earn,many,2026-06-01T10:00:00Z,2027-06-01T10:00:00Z\n"
        "e-late-2,L1,earn,12,2026-06-01T10:00:00Z,2027-06-01T10:00:00Z\n"
    )
    done = shop.heddle("ingest")
    named = {row[0] for row in shop.rows("select file from raw.raw_rejects where reason is not null")}
    for broken in ("shop/orders-torn.parquet", "crm/contacts-empty.csv", "email/events-binary.jsonl"):
        assert f"demo/{broken}" in named
    loaded = "select count(*) from shop.orders"
    assert shop.rows(loaded) == undisturbed.rows(loaded)
    assert "rejects_within_limit" in done.stdout
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
