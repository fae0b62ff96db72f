"""Paths and parts of random graphs, against scipy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from heddle.identity.graph import nearest, neighbours_in, parts, shortest_path

NODES = 12
Pairs = list[tuple[int, int]]
graphs = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=20)
ends = st.sets(st.integers(0, NODES - 1), min_size=1, max_size=3)


def distances(pairs: Pairs) -> np.ndarray:
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    graph = coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(NODES, NODES))
    return dijkstra(graph.tocsr(), directed=False, unweighted=True)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(graphs, ends, ends)
def test_the_path_is_a_shortest_one(pairs: Pairs, starts: set[int], stops: set[int]) -> None:
    expected = distances(pairs)[np.ix_(sorted(starts), sorted(stops))].min()
    found = shortest_path(starts, stops, neighbours_in(pairs))
    assert found.complete and found == shortest_path(starts, stops, neighbours_in(reversed(pairs)))
    if np.isinf(expected):
        assert found.path == ()
        return
    assert len(found.path) == expected + 1 and found.path[0] in starts and found.path[-1] in stops
    edges = {*pairs, *((b, a) for a, b in pairs)}
    assert all(hop in edges for hop in zip(found.path, found.path[1:], strict=False))


@settings(derandomize=True, max_examples=100, deadline=None)
@given(graphs, st.integers(0, NODES - 1))
def test_parts_without_a_node(pairs: Pairs, gone: int) -> None:
    left = [pair for pair in pairs if gone not in pair]
    rows, columns = zip(*left, strict=True) if left else ((), ())
    graph = coo_matrix((np.ones(len(left)), (rows, columns)), shape=(NODES, NODES))
    _, labels = connected_components(graph, directed=False)
    expected = {frozenset(np.flatnonzero(labels == label)) for label in labels} - {frozenset({gone})}
    found = parts((n for n in range(NODES) if n != gone), pairs)
    assert {frozenset(part) for part in found} == expected
    assert [len(part) for part in found] == sorted(map(len, found), reverse=True)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(graphs, st.lists(st.integers(0, NODES - 1), min_size=2, max_size=2, unique=True))
def test_each_node_goes_to_the_nearer_end(pairs: Pairs, two: list[int]) -> None:
    far = distances(pairs)[two]
    for node, owner in nearest(two, pairs).items():
        assert far[two.index(owner)][node] == far[:, node].min() < np.inf


def test_a_search_that_is_too_wide_gives_up() -> None:
    hub = [(0, n) for n in range(2, 100)] + [(1, n) for n in range(100, 200)]
    assert shortest_path([0], [1], neighbours_in(hub), max_visited=50).complete is False


def test_a_hub_is_met_before_its_neighbours_are_read() -> None:
    asked: list[int] = []
    beside = neighbours_in([(1, 2), (2, 0), (0, 3), (3, 4), *((0, n) for n in range(10, 1000))])

    def watching(nodes: object) -> object:
        asked.extend(nodes)  # type: ignore[call-overload]
        return beside(nodes)  # type: ignore[arg-type]

    assert shortest_path([1], [4], watching).path == (1, 2, 0, 3, 4)  # type: ignore[arg-type]
    assert 0 not in asked
