"""What soft links promise, on a few hundred made-up people of whom some have a second record."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from linked_warehouse import KillableWarehouse, Killed, Person, add, fill, linked_warehouse, node, record
from made_people import MODEL, made_people, second_records

from heddle.linking import LinkingError, link, prepare_soft_links
from heddle.settings import Settings
from heddle.warehouse import Warehouse

pytest.importorskip("splink", reason="soft links are an optional extra: pip install 'heddle[link]'")
Opened = tuple[Warehouse, Settings]
PEOPLE = made_people(240)
TWICE = second_records(PEOPLE[:40])


@contextmanager
def people_twice(folder: Path) -> Iterator[Opened]:
    with linked_warehouse(folder, [*PEOPLE, *TWICE]) as (warehouse, settings):
        (settings.dbt_project / "linking.yml").write_text(MODEL)
        yield warehouse, settings


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The weights of these people: to learn them takes longer than all the rest."""
    with people_twice(tmp_path_factory.mktemp("learnt")) as (warehouse, settings):
        link(warehouse, settings)
        return [tuple(row.values()) for row in warehouse.query("select * from heddle.soft_link_models").to_pylist()]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Opened]:
    with people_twice(tmp_path) as opened:
        yield opened


@pytest.fixture
def opened(fresh: Opened, learnt: list[tuple[object, ...]]) -> Opened:
    prepare_soft_links(fresh[0])
    add(fresh[0], "heddle.soft_link_models", learnt)
    return fresh


def rows(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.query("select * from heddle.soft_links order by 1, 2").to_pylist()


def decisions(warehouse: Warehouse) -> dict[frozenset[int], str]:
    return {frozenset((row["left_node"], row["right_node"])): row["decision"] for row in rows(warehouse)}


def pair(a: str, b: str) -> frozenset[int]:
    return frozenset((record(a), record(b)))


def test_second_records_are_found_and_strangers_are_not(opened: Opened) -> None:
    warehouse, settings = opened
    report = link(warehouse, settings)
    true = {pair(f"r{i}", f"s{i}") for i in range(40)}
    merged = {nodes for nodes, decision in decisions(warehouse).items() if decision == "merge"}
    assert merged <= true
    assert len(merged) >= 36
    assert (report.merges, report.people) == (len(merged), 280)


def test_the_same_data_gives_the_same_rows_and_keeps_the_weights(fresh: Opened) -> None:
    warehouse, settings = fresh
    first = link(warehouse, settings)
    before = rows(warehouse)
    again = link(warehouse, settings)
    assert rows(warehouse) == before
    assert (first.estimated, again.estimated) == (True, False)
    learnt_again = link(warehouse, settings, estimate_again=True)
    assert learnt_again.model_hash == first.model_hash
    assert rows(warehouse) == before


def test_people_whom_a_soft_link_joined_are_scored_as_the_two_they_were(opened: Opened) -> None:
    warehouse, settings = opened
    link(warehouse, settings)
    before = rows(warehouse)
    merged = [(row["left_node"], row["right_node"]) for row in before if row["decision"] == "merge"]
    for left, right in merged:
        warehouse.execute(
            """update identity.identity_map
            set profile_id = (select profile_id from identity.identity_map where node = ?)
            where profile_id = (select profile_id from identity.identity_map where node = ?)""",
            [left, right],
        )
        warehouse.execute("insert into identity.identity_edges values (?, ?, 'soft_link')", [left, right])
    link(warehouse, settings)
    assert rows(warehouse) == before


def test_an_explanation_adds_up_and_holds_no_value(opened: Opened) -> None:
    warehouse, settings = opened
    link(warehouse, settings)
    values = {str(value) for person in PEOPLE for value in person.attributes.values() if value}
    for row in rows(warehouse):
        told = json.loads(row["explanation"])
        weights = [part["weight"] for part in told.values() if isinstance(part, Mapping)]
        assert told["prior"] + sum(weights) == pytest.approx(row["match_weight"], abs=0.1)
        assert not [value for value in values if value in row["explanation"]]


def test_two_accounts_are_never_merged(opened: Opened) -> None:
    warehouse, settings = opened
    for name in ("r0", "s0", "r1"):
        account = node("user_id", name)
        add(warehouse, "identity.identity_links", [("crm", name, "user_id", name, record(name), account)])
    link(warehouse, settings)
    found = decisions(warehouse)
    assert found[pair("r0", "s0")] == "review"
    assert found[pair("r1", "s1")] == "merge"
    shown = warehouse.query("select left_node, right_node from heddle.identity_soft_link_review").to_pylist()
    assert {"left_node": min(pair("r0", "s0")), "right_node": max(pair("r0", "s0"))} in shown


def test_pairs_that_share_an_identifier_or_are_kept_apart_are_not_proposed(opened: Opened) -> None:
    warehouse, settings = opened
    shared = node("email", "both@example.com")
    for name in ("r0", "s0"):
        row = ("crm", name, "email", "both@example.com", record(name), shared)
        add(warehouse, "identity.identity_links", [row])
    add(
        warehouse,
        "reference.identity_overrides",
        [("never_link", "record", "crm:r1", "record", "crm:s1")],
    )
    link(warehouse, settings)
    found = decisions(warehouse)
    assert pair("r0", "s0") not in found
    assert pair("r1", "s1") not in found
    assert pair("r2", "s2") in found


def test_a_withheld_record_says_nothing(opened: Opened) -> None:
    warehouse, settings = opened
    add(warehouse, "identity.identity_withheld", [(record("s0"), "degree_cap", "a till")])
    link(warehouse, settings)
    assert not [nodes for nodes in decisions(warehouse) if record("s0") in nodes]


def test_a_name_and_a_town_alone_are_for_a_person_to_decide(opened: Opened) -> None:
    warehouse, settings = opened
    rare = {"first_name": "Xymena", "last_name": "Zzyzxowska", "city": "Zyzyn"}
    fill(warehouse, [Person("x1", rare), Person("x2", rare)])
    (settings.dbt_project / "linking.yml").write_text(MODEL.replace("0.8}", "0.8, merge_needs: [birth_date]}"))
    link(warehouse, settings)
    found = [row for row in rows(warehouse) if {row["left_node"], row["right_node"]} == pair("x1", "x2")]
    assert [row["decision"] for row in found] == ["review"]


def test_nobody_to_compare_empties_the_table(opened: Opened) -> None:
    warehouse, settings = opened
    link(warehouse, settings)
    warehouse.execute("delete from staging.stg_crm__attributes")
    report = link(warehouse, settings)
    assert (report.people, report.pairs, rows(warehouse)) == (0, 0, [])


def test_killed_anywhere_it_leaves_the_old_rows_or_the_new_ones(opened: Opened) -> None:
    warehouse, settings = opened
    link(warehouse, settings)
    kept, old = warehouse.query("select * from heddle.soft_links"), rows(warehouse)
    warehouse.execute("delete from staging.stg_crm__attributes where record_id = 's5'")
    link(warehouse, settings)
    new = rows(warehouse)
    assert old != new
    for after in itertools.count(2, 6):
        warehouse.execute("delete from heddle.soft_links")
        warehouse.append("heddle.soft_links", kept)
        try:
            link(KillableWarehouse(warehouse, after), settings)
            break
        except Killed:
            assert rows(warehouse) in (old, new)
    assert after > 30
    assert rows(warehouse) == new
    assert not warehouse.query("select table_name from duckdb_tables() where temporary").num_rows
    assert not warehouse.tables("main")


def test_before_the_first_run_it_says_what_to_do(opened: Opened) -> None:
    warehouse, settings = opened
    warehouse.execute("drop table identity.identity_map")
    with pytest.raises(LinkingError, match="heddle run"):
        link(warehouse, settings)
