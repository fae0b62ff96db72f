"""The folder as a whole: the same bytes for the same parameters, replaced or left alone, never half written."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from heddle.demo import generate, parts, truth_folder
from heddle.errors import HeddleError

TABLES = {
    "app.events", "club.events", "consents.consents", "crm.contacts", "email.events", "loyalty.members",
    "loyalty.points", "pos.receipts", "shop.carts", "shop.customers", "shop.order_lines", "shop.orders",
    "shop.products", "support.tickets", "web.events",
}  # fmt: skip


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_parameters_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (generate(tmp_path / name / "demo", people=300, seed=5) for name in ("one", "two"))
    assert fingerprint(one.folder) == fingerprint(two.folder)
    assert fingerprint(one.truth) == fingerprint(two.truth)


def test_another_seed_or_instant_gives_other_files(tmp_path: Path) -> None:
    first = generate(tmp_path / "a" / "demo", people=100, seed=1)
    seed = generate(tmp_path / "b" / "demo", people=100, seed=2)
    later = generate(tmp_path / "c" / "demo", people=100, seed=1, as_of=datetime(2026, 7, 1, 4, 30, tzinfo=UTC))
    prints = [fingerprint(s.folder)["shop/orders-000.parquet"] for s in (first, seed, later)]
    assert len(set(prints)) == 3


def test_again_is_a_no_op_that_says_so(tmp_path: Path) -> None:
    first = generate(tmp_path / "demo", people=100)
    before = {path: path.stat().st_mtime_ns for path in first.folder.rglob("*")}
    again = generate(tmp_path / "demo", people=100)
    assert first.created and not again.created
    assert again.rows == first.rows
    assert before == {path: path.stat().st_mtime_ns for path in again.folder.rglob("*")}


def test_other_parameters_replace_the_folder(tmp_path: Path) -> None:
    generate(tmp_path / "demo", people=100)
    (tmp_path / "demo" / "email" / "events-feedback-1.jsonl").write_text("{}\n")
    replaced = generate(tmp_path / "demo", people=120)
    assert replaced.created and replaced.people == 120
    assert not list(replaced.folder.glob("email/events-feedback-*"))


def test_lost_truth_is_written_again(tmp_path: Path) -> None:
    summary = generate(tmp_path / "demo", people=100)
    for path in summary.truth.iterdir():
        path.unlink()
    summary.truth.rmdir()
    assert generate(tmp_path / "demo", people=100).created


def test_leftovers_of_a_killed_run_are_ignored(tmp_path: Path) -> None:
    for name in (".demo.new", ".demo_truth.new", ".demo.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.csv").write_text("a,b\n")
    summary = generate(tmp_path / "demo", people=100)
    assert not list(summary.folder.rglob("half.csv"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["demo", "demo_truth"]


def test_a_strangers_folder_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "demo" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    with pytest.raises(HeddleError, match="not written by the demo"):
        generate(tmp_path / "demo", people=100)
    assert mine.exists()


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (49, 1), (100, -1)])
def test_parameters_out_of_range(tmp_path: Path, people: int, seed: int) -> None:
    with pytest.raises(HeddleError, match="at least 50 people"):
        generate(tmp_path / "demo", people=people, seed=seed)


def test_every_table_is_there(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    summary = generate(tmp_path / "demo", people=300, progress=lambda what, done: seen.append((what, done)))
    assert set(summary.rows) == TABLES
    assert min(summary.rows.values()) > 0
    assert seen == [("people generated", 300)]
    assert summary.truth == truth_folder(summary.folder)
    assert (summary.folder / "clock.txt").read_text() == "2026-06-15T04:30:00Z\n"
    assert 35 < sum(summary.rows.values()) / 300 < 60


def test_parts_do_not_depend_on_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PEOPLE_PER_PART", 100)
    small, large = (generate(tmp_path / str(n) / "demo", people=n) for n in (200, 300))
    few, many = fingerprint(small.folder), fingerprint(large.folder)
    shared = {name for name in few if "-" in name}
    assert shared and all(few[name] == many[name] for name in shared)
    ids = pq.read_table(large.truth / "people.parquet")["person_id"].to_pylist()
    assert ids == list(range(300))


def test_the_clock_is_utc(tmp_path: Path) -> None:
    warsaw = datetime(2026, 6, 15, 6, 30, tzinfo=timezone(timedelta(hours=2)))
    assert generate(tmp_path / "demo", people=60, as_of=warsaw).as_of == "2026-06-15T04:30:00Z"
    manifest = json.loads((tmp_path / "demo" / "_manifest.json").read_text())
    assert manifest["parameters"] == {"people": 60, "seed": 1, "as_of": "2026-06-15T04:30:00Z", "format": 2}
