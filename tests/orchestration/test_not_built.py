"""What a person is told of a build with faults."""

from heddle.transform import NodeResult
from orchestration.not_built import not_built


def node(name: str, status: str, kind: str = "model", message: str = "") -> NodeResult:
    return NodeResult(f"{kind}.heddle.{name}", name, kind, status, 0.1, None, 0, message, f"dbt_project/{name}.sql")


def test_nothing_when_all_models_are_there() -> None:
    assert not_built([node("a", "success"), node("t", "fail", "test", "Got 2 results")]) == ""


def test_the_fault_comes_with_its_file_and_reason_before_what_waits_for_it() -> None:
    told = not_built(
        [
            node("orders", "error", message="Binder Error: no column x"),
            node("unique_orders", "skipped", "test"),
            node("profiles", "skipped"),
            node("facts", "skipped"),
        ]
    )
    assert told.splitlines() == [
        "orders",
        "  orders (dbt_project/orders.sql): Binder Error: no column x",
        "  waiting for that: profiles, facts",
    ]


def test_a_failed_test_is_named_only_when_something_hangs_on_it() -> None:
    told = not_built([node("unique_a", "fail", "test", "Got 2 results"), node("b", "skipped")])
    assert told.splitlines() == [
        "what hangs on a failed test",
        "  unique_a (dbt_project/unique_a.sql): Got 2 results",
        "  waiting for that: b",
    ]


def test_of_a_long_list_what_comes_first() -> None:
    told = not_built([node("a", "error"), *(node(f"b{n}", "skipped") for n in range(14))])
    assert told.splitlines()[-1].endswith("b10, b11 and 2 more")
