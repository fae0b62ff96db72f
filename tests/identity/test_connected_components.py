"""The macro against scipy: the same partition on random and on hard graphs, whatever the order of the rows."""

import random
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from graph_shapes import SHAPES, Edge, path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from macro_harness import PREFIX, CompilerError, Macros, components
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components as scipy_components

EDGES = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=40)
LARGE_IDS = st.lists(st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1)), max_size=15)


@pytest.fixture(scope="module")
def macros() -> Iterator[Macros]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield Macros(connection)


def oracle(edges: list[Edge]) -> dict[int, int]:
    """Node -> the smallest node of its component, by scipy."""
    if not edges:
        return {}
    nodes, index = np.unique(np.array(edges, dtype=np.int64), return_inverse=True)
    index = index.reshape(-1, 2)
    graph = coo_matrix((np.ones(len(edges)), (index[:, 0], index[:, 1])), shape=(len(nodes), len(nodes)))
    _, labels = scipy_components(graph, directed=False)
    smallest: dict[int, int] = {}
    for node, label in zip(nodes.tolist(), labels.tolist(), strict=True):
        smallest.setdefault(label, node)
    return {node: smallest[label] for node, label in zip(nodes.tolist(), labels.tolist(), strict=True)}


def work_tables(macros: Macros) -> list[str]:
    found = macros.connection.execute("select table_name from information_schema.tables").fetchall()
    return sorted(name for (name,) in found if name != "edges")


PROPERTY = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@PROPERTY
@given(edges=EDGES)
def test_the_partition_and_its_labels_equal_scipy(macros: Macros, edges: list[Edge]) -> None:
    assert components(macros, edges) == oracle(edges)


@settings(PROPERTY, max_examples=20)
@given(edges=LARGE_IDS)
def test_hashes_of_63_bits_fit(macros: Macros, edges: list[Edge]) -> None:
    assert components(macros, edges) == oracle(edges)


@settings(PROPERTY, max_examples=20)
@given(edges=EDGES, order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(macros: Macros, edges: list[Edge], order: random.Random) -> None:
    mixed = [(v, u) if order.random() < 0.5 else (u, v) for u, v in edges]
    order.shuffle(mixed)
    assert components(macros, mixed + mixed[:3]) == components(macros, edges)


@pytest.mark.parametrize("shape", SHAPES)
def test_hard_shapes(macros: Macros, shape: str) -> None:
    edges = SHAPES[shape]()
    assert components(macros, edges) == oracle(edges)


@pytest.mark.parametrize("shape", SHAPES)
def test_hashed_ids_need_few_rounds(macros: Macros, shape: str) -> None:
    chance = random.Random(5)
    hashes = [chance.getrandbits(63) for _ in range(5000)]
    edges = [(hashes[u], hashes[v]) for u, v in SHAPES[shape]()]
    assert components(macros, edges) == oracle(edges)
    assert macros.rounds <= 8


def test_a_graph_without_edges(macros: Macros) -> None:
    assert components(macros, []) == {}
    assert components(macros, [(7, 7)]) == {7: 7}


def test_it_stops_with_an_error_instead_of_running_forever(macros: Macros) -> None:
    with pytest.raises(CompilerError, match="2 rounds did not solve the graph"):
        components(macros, path(500), max_rounds=2)


def test_no_work_table_outlives_the_next_run(macros: Macros) -> None:
    with pytest.raises(CompilerError):
        components(macros, path(500), max_rounds=2)
    assert work_tables(macros)
    labels = macros.call("connected_components", "select u, v from edges", PREFIX)
    assert work_tables(macros) == [labels.removeprefix("temp.")]
    macros.call("drop_work_tables", PREFIX)
    assert work_tables(macros) == []


def test_other_tables_are_left_alone(macros: Macros) -> None:
    macros.connection.execute("create or replace table heddle_ccx as select 1 as one")
    macros.call("drop_work_tables", PREFIX)
    assert work_tables(macros) == ["heddle_ccx"]
    macros.connection.execute("drop table heddle_ccx")
