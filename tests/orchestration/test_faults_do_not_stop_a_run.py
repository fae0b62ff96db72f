"""One run with a fault of every kind: it is red and names each of them, and what they do not touch is done."""

from collections.abc import Iterator
from contextlib import chdir

import dagster as dg
import pytest
from small_loop import PAYING, Loop, small_loop

from orchestration.run_report import RunReport

UNREACHABLE = """
sources:
  - name: billing
    tables:
      - name: invoices
        config: {meta: {load: {postgres: {dsn_env: NO_SUCH_DSN, table: invoices, cursor: id}, reject_limit: 0}}}
        columns: [{name: id}]
      - name: receipts
        config: {meta: {load: {files: "recepits*.csv", format: csv}}}
        columns: [{name: id}]
"""


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("faults")) as loop:
        loop.write("segments_yaml/fixture/typo.yml", "segment: typo\ntitle: T\nwho:\n  - {trait: pln, is: paid}\n")
        paying = (loop.settings.root / PAYING).read_text()
        loop.write(
            PAYING.replace("paying", "nowhere"),
            paying.replace("sync: paying", "sync: nowhere").replace("destination: files", "destination: file"),
        )
        loop.write("dbt_project/models/staging/fixture/stg_broken.sql", "select cast('anna' as integer) as a")
        loop.write("dbt_project/models/staging/fixture/_billing__sources.yml", UNREACHABLE)
        yield loop


@pytest.fixture(scope="module")
def report(loop: Loop) -> RunReport:
    return loop.run()


def test_the_run_is_red_for_each_fault_and_for_nothing_else(report: RunReport) -> None:
    assert not report.succeeded
    assert set(report.failed_steps) == {"definitions", "run_verdict"}


def test_faulty_files_are_named_with_file_and_line(report: RunReport) -> None:
    told = report.failed_steps["definitions"].splitlines()
    assert any(line.startswith("segments_yaml/fixture/typo.yml:4:") and "pln" in line for line in told), told
    assert any(line.startswith("activations/syncs/fixture/nowhere.yml:4:") for line in told), told


def test_the_verdict_names_the_source_and_the_model(report: RunReport) -> None:
    told = report.failed_steps["run_verdict"]
    assert "NO_SUCH_DSN" in told
    assert "dbt could not build: stg_broken\n  stg_broken (dbt_project/models/staging/fixture/stg_broken.sql): " in told
    assert "anna" not in told


def test_a_source_without_files_is_told_from_a_quiet_one(loop: Loop, report: RunReport) -> None:
    root = loop.settings.root
    with chdir(root), dg.DagsterInstance.from_config(str(root)) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(["billing", "receipts"]))
    assert event and event.asset_materialization
    told = event.asset_materialization.metadata["problem"].value
    assert told == "no file in the data folder matches recepits*.csv"


def test_the_rest_is_done(loop: Loop, report: RunReport) -> None:
    assert loop.rows("select count(*) from segments.segment_paying where left_at is null") == [(2,)]
    delivered = (loop.settings.outbox / "files/paying.csv").read_text().splitlines()
    assert sorted(delivered) == ["1,paid", "3,paid", "profile_id,plan"]
    assert loop.rows("select status from heddle.runs") == [("failed",)]
    assert loop.settings.published_path.exists()


def test_the_log_holds_no_value_of_a_row(loop: Loop, report: RunReport) -> None:
    told = loop.log(report)
    assert any("stg_broken" in line for line in told)
    assert not any("anna" in line for line in told)
