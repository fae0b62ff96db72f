from datetime import date, datetime, timedelta, timezone

import pytest

from heddle.errors import HeddleError
from heddle.settings import Settings
from heddle.transform import NodeEvent, NodeResult, run_dbt, set_clock
from heddle.warehouse import open_warehouse

from .conftest import AddModel


def by_name(results: list[NodeResult]) -> dict[str, NodeResult]:
    return {result.name: result for result in results}


def test_models_run_at_the_instant_of_the_clock(clocked: Settings) -> None:
    results = by_name(run_dbt(clocked, ["build"]))
    assert all(result.ok for result in results.values())
    assert results["instants"].rows == 1
    assert results["instants"].where == "dbt_project/models/instants.sql"
    with open_warehouse(clocked) as warehouse:
        row = warehouse.query("select moment, day from staging.instants").to_pylist()
    # half past eleven in the evening in London is tomorrow in Warsaw
    assert row == [{"moment": datetime.fromisoformat("2026-06-14T23:30:00"), "day": date(2026, 6, 15)}]


def test_the_clock_can_be_set_again_and_takes_aware_times_to_utc(clocked: Settings) -> None:
    warsaw = timezone(timedelta(hours=2))
    with open_warehouse(clocked) as warehouse:
        set_clock(warehouse, datetime(2026, 7, 1, 6, 30, tzinfo=warsaw))
        assert warehouse.query("select as_of from heddle.clock").to_pylist() == [
            {"as_of": datetime.fromisoformat("2026-07-01T04:30:00")}
        ]
    run_dbt(clocked, ["run"])
    with open_warehouse(clocked) as warehouse:
        assert warehouse.scalar("select moment from staging.instants") == datetime.fromisoformat("2026-07-01T04:30:00")


def test_without_a_clock_the_model_says_what_to_do(settings: Settings) -> None:
    results = by_name(run_dbt(settings, ["run"]))
    assert results["instant"].status == "error"
    assert "The run has no clock" in results["instant"].message
    assert results["instants"].status == "skipped"
    assert not results["instants"].ok


def test_a_variable_wins_over_the_clock(settings: Settings) -> None:
    results = run_dbt(settings, ["run", "--vars", "{as_of: 2026-01-02T03:04:05Z}"])
    assert all(result.ok for result in results)
    with open_warehouse(settings) as warehouse:
        assert warehouse.scalar("select moment from staging.instants") == datetime.fromisoformat("2026-01-02T03:04:05")


def test_failing_nodes_are_results_and_the_rest_goes_on(clocked: Settings, add_model: AddModel) -> None:
    add_model("wrong.sql", "select cast('ann@example.com' as integer) as a, moment from {{ ref('instant') }}")
    add_model(
        "wrong.yml",
        "models: [{name: instants, columns: [{name: moment, data_tests: [{accepted_values: {values: [1]}}]}]}]",
    )
    results = run_dbt(clocked, ["build"])
    failed = [result for result in results if not result.ok]
    assert {(result.kind, result.status) for result in failed} == {("model", "error"), ("test", "error")}
    assert by_name(results)["instants"].ok
    assert "example.com" not in str(failed)


def test_a_failing_test_counts_its_rows(clocked: Settings, add_model: AddModel) -> None:
    add_model("twice.sql", "select 1 as a from {{ ref('instant') }} union all select 1 union all select 1")
    add_model("twice.yml", "models: [{name: twice, columns: [{name: a, data_tests: [unique]}]}]")
    test = next(result for result in run_dbt(clocked, ["build"]) if result.kind == "test" and "twice" in result.name)
    assert (test.status, test.failures, test.ok) == ("fail", 1, False)


def test_an_impossible_command_is_an_error(clocked: Settings) -> None:
    with pytest.raises(HeddleError):
        run_dbt(clocked, ["run", "--no-such-option"])


def test_what_runs_is_told_as_it_runs(clocked: Settings) -> None:
    told: list[NodeEvent] = []
    run_dbt(clocked, ["run"], told.append)
    assert [(event.name, event.status, event.total) for event in told] == [
        ("instant", "started", 2),
        ("instant", "success", 2),
        ("instants", "started", 2),
        ("instants", "success", 2),
    ]


def test_the_warehouse_is_free_afterwards_and_nothing_is_said(
    clocked: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    run_dbt(clocked, ["build"])
    with open_warehouse(clocked, wait=0) as warehouse:
        assert warehouse.tables("staging") == ["instant", "instants"]
    assert capfd.readouterr().out == ""
