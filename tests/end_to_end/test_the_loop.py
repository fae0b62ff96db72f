"""The whole loop on a small demo company: raw files in, mail and files out, answers back in, then nothing to do."""

import json
import re
import resource
import sqlite3
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from personal_data import columns_with_addresses, files_with_addresses, marked_columns
from trial_shop import ROOT, Shop

from heddle.warehouse import open_warehouse

pytestmark = pytest.mark.slow

PEOPLE = 500
PENDING = "select count(*) from activations.activation_receipts where status = 'pending'"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    made = Shop(tmp_path_factory.mktemp("loop"))
    done = made.heddle("demo", "run", "--people", str(PEOPLE))
    made.output = done.stdout + done.stderr
    return made


def mails(shop: Shop) -> Iterator[object]:
    return (message_from_bytes(p.read_bytes(), policy=policy.default) for p in (shop.state / "outbox").rglob("*.eml"))


def test_the_summary_says_what_happened(shop: Shop) -> None:
    for words in (
        "Raw tables",
        "shop.orders",
        "People",
        "Segments",
        "abandoned_cart",
        "Syncs",
        "make dev",
    ):
        assert words in shop.output


def test_every_row_of_every_file_is_accounted_for(shop: Shop) -> None:
    broken = json.loads((shop.data / "demo_truth" / "broken_rows.json").read_text())
    loaded = dict(shop.rows("select file, rejects from raw.raw_files"))
    found = {file: (entry["rejected"], loaded.get(f"demo/{file}")) for file, entry in broken.items()}
    wrong = {file: counts for file, counts in found.items() if counts[0] != counts[1]}
    assert found and not wrong, "file: (broken rows by the truth, rejects found)"


def test_rejects_keep_line_text_and_reason(shop: Shop) -> None:
    kept = shop.rows("select count(*), count(reason), count(file) from raw.raw_rejects")[0]
    assert kept[0] > 0 and kept[0] == kept[1] == kept[2]


def test_mail_went_to_reachable_people_only(shop: Shop) -> None:
    reachable = {
        row[0]
        for row in shop.rows(
            "select lower(address) from profiles.profile_reachability"
            " where channel = 'email' and purpose = 'marketing' and is_reachable"
        )
    }
    refused = {
        row[0]
        for row in shop.rows(
            "select lower(email) from email.events where event in ('unsubscribed', 'complained')"
            " and _file like '%feedback%'"
        )
    }
    sent = {re.sub(r".*<|>.*", "", str(mail["To"])).lower() for mail in mails(shop)}
    assert sent and sent - refused <= reachable
    assert not refused & reachable


def test_an_abandoned_cart_mail_shows_the_cart(shop: Shop) -> None:
    carts = [mail for mail in mails(shop) if "cart" in str(mail["Subject"]).lower()]
    assert carts
    body = carts[0].get_body(("html",)).get_content()
    assert "{{" not in body and re.search(r"\d+[.,]\d\d", body)
    assert carts[0]["List-Unsubscribe"]


def test_answers_came_back_as_raw_data_and_know_their_message(shop: Shop) -> None:
    files = shop.rows("select count(*) from raw.raw_files where file like '%feedback%'")[0][0]
    known = shop.rows("select count(*) from feedback.message_events where sync is not null")[0][0]
    assert files > 0 and known > 0


def test_nobody_is_sent_the_same_thing_twice(shop: Shop) -> None:
    ids = [str(mail["Message-ID"]) for mail in mails(shop)]
    assert len(ids) == len(set(ids))


def test_files_hold_the_audience(shop: Shop) -> None:
    delivered = list((shop.state / "outbox").rglob("*.parquet"))
    assert delivered and all(pq.read_table(path).num_rows >= 0 for path in delivered)
    assert list((shop.state / "outbox").rglob("*.csv"))


def test_running_again_finds_nothing_to_do(shop: Shop) -> None:
    before = sorted(p.name for p in (shop.state / "outbox").rglob("*.eml"))
    started = resource.getrusage(resource.RUSAGE_CHILDREN)
    again = shop.heddle("run").stdout
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "nothing to do" in again
    assert ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime < 30, "CPU seconds"
    assert sorted(p.name for p in (shop.state / "outbox").rglob("*.eml")) == before


def test_receipts_that_are_due_are_asked_about_without_a_run(shop: Shop) -> None:
    """A vendor is not done when it is asked first. The demo's own rounds ask too where they take long enough."""
    runs, before = shop.rows("select count(*) from heddle.runs"), shop.rows(PENDING)
    if before != [(0,)]:
        told = [ask_for_receipts(shop)]
        assert "nothing to do" in told[0] and shop.rows("select count(*) from heddle.runs") == runs
        if shop.rows(PENDING) != [(0,)]:
            told.append(ask_for_receipts(shop))
        assert any("receipts of " in said for said in told)
    ended = "select distinct status from activations.activation_receipts where sync = 'google_win_back'"
    assert shop.rows(PENDING) == [(0,)] and shop.rows(ended) == [("settled",)]


def test_what_a_vendor_did_late_is_removed_once_more(shop: Shop) -> None:
    """The demo's second round removes people whose job of the first round was still under way."""
    late = "select count(*) from activations.activation_ledger where overtaken is not null"
    runs = shop.rows("select count(*) from heddle.runs")
    was_late = shop.rows(late) != [(0,)]
    shop.heddle("demo", "run", "--people", str(PEOPLE))
    assert (shop.rows("select count(*) from heddle.runs") != runs) == was_late
    assert shop.rows(late) == [(0,)]
    assert "nothing to do" in ask_for_receipts(shop)


def ask_for_receipts(shop: Shop) -> str:
    """What the demo says when every receipt is due."""
    with open_warehouse(shop.settings) as wh:
        wh.execute("update activations.activation_receipts set poll_at = accepted_at where status = 'pending'")
    return shop.heddle("demo", "run", "--people", str(PEOPLE)).stdout


def test_forced_again_changes_no_table_and_sends_nothing(shop: Shop) -> None:
    state = "select segment, profile_id, member_key, entered_at from segments.segment_memberships order by all"
    log = "select count(*) from activations.activation_log"
    before = shop.rows(state), shop.rows(log), shop.rows("select * from identity.identity_map order by all")
    shop.heddle("run", "--force")
    assert before == (shop.rows(state), shop.rows(log), shop.rows("select * from identity.identity_map order by all"))


def test_nothing_personal_in_output_logs_or_dagster(shop: Shop) -> None:
    addresses = {row[0] for row in shop.rows("select distinct address from profiles.profile_contact_points")}
    phones = {a.lstrip("+") for a in addresses if "@" not in a}
    needles = {a for a in addresses if "@" in a and not a.startswith(("info@", "test@"))} | phones
    places = [shop.output, *texts_of(shop.root / ".dagster"), *texts_of(shop.state / "logs")]
    leaks = [n for text in places for n in needles if n in text]
    assert not leaks, f"{len(leaks)} addresses are visible"


def texts_of(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.suffix == ".db":
            yield from dump(path)
        elif path.is_file() and path.suffix not in (".lock", ".duckdb", ".db-wal", ".db-shm"):
            yield path.read_text(errors="ignore")


def dump(path: Path) -> Iterator[str]:
    with sqlite3.connect(path) as db:
        yield "\n".join(db.iterdump())


def test_personal_data_is_where_it_is_marked_or_where_the_page_says(shop: Shop) -> None:
    """An address of somebody is in no other column, and in no file but raw files, warehouse and outbox."""
    page = set(re.findall(r"`([a-z_]+\.[a-z_]+\.[a-z_]+)`", (ROOT / "docs/privacy.md").read_text()))
    made_for_it = ("data", "outbox", "warehouse.duckdb", "published.duckdb")
    files = (file for file in shop.folder.rglob("*") if file.is_file() and not set(file.parts) & set(made_for_it))
    with shop.warehouse() as wh:
        found = columns_with_addresses(wh)
        there = wh.query("select table_schema, table_name, column_name from information_schema.columns").to_pylist()
        unmarked = found - marked_columns(shop.state / "target" / "manifest.json")
        strays = files_with_addresses(wh, files)
    looked_into = {"profiles.profiles.email", "shop.customers.phone", "activations.activation_ledger.payload"}
    assert looked_into <= found, "columns of texts, of numbers as typed, of JSON"
    assert unmarked <= page, "mark them `pii: true`, or say in docs/privacy.md why they are kept"
    assert page <= {".".join(column.values()) for column in there}, "the page names columns that are not there"
    assert not strays
