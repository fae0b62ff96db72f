"""Paths and parts of a graph of node ids: pure, no warehouse."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Pair = tuple[int, int]
Neighbours = Callable[[Collection[int]], Iterable[Pair]]  # nodes -> (one of them, its neighbour)
MAX_VISITED = 200_000


@dataclass(frozen=True)
class Search:
    """`path` holds both ends, () when there is none. `complete` is False when the search gave up: a path may exist."""

    path: tuple[int, ...]
    complete: bool


@dataclass
class _Side:
    came_from: dict[int, int | None]
    frontier: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.frontier = sorted(self.came_from)

    def grow(self, neighbours: Neighbours) -> None:
        """One step further. Sorted, so that the same graph gives the same path whatever the order of its rows."""
        fresh: dict[int, int | None] = {}
        for node, neighbour in sorted(neighbours(self.frontier)):
            if neighbour not in self.came_from:
                fresh.setdefault(neighbour, node)
        self.came_from |= fresh
        self.frontier = sorted(fresh)

    def walk_back(self, node: int) -> list[int]:
        path, at = [], self.came_from[node]
        while at is not None:
            path.append(at)
            at = self.came_from[at]
        return path


def shortest_path(
    starts: Iterable[int], ends: Iterable[int], neighbours: Neighbours, max_visited: int = MAX_VISITED
) -> Search:
    """A shortest path between two sets of nodes: breadth first from both ends, the smaller frontier grows.

    So a hub next to one end is met from the other end before its hundred thousands of neighbours are read.
    """
    left, right = _Side(dict.fromkeys(starts)), _Side(dict.fromkeys(ends))
    grown = left
    while True:
        other = right if grown is left else left
        met = [node for node in grown.frontier if node in other.came_from]
        if met:
            meeting = min(met, key=lambda node: (len(other.walk_back(node)), node))
            return Search((*reversed(left.walk_back(meeting)), meeting, *right.walk_back(meeting)), True)
        if not left.frontier or not right.frontier:
            return Search((), True)
        if len(left.came_from) + len(right.came_from) > max_visited:
            return Search((), False)
        grown = min(left, right, key=lambda side: (len(side.frontier), len(side.came_from)))
        grown.grow(neighbours)


def neighbours_in(pairs: Iterable[Pair]) -> Neighbours:
    """The neighbours in a graph that is held in memory."""
    beside = adjacency(pairs)
    return lambda nodes: [(node, near) for node in nodes for near in beside.get(node, ())]


def adjacency(pairs: Iterable[Pair]) -> Mapping[int, list[int]]:
    beside: defaultdict[int, list[int]] = defaultdict(list)
    for left, right in pairs:
        beside[left].append(right)
        beside[right].append(left)
    return beside


def parts(nodes: Iterable[int], pairs: Iterable[Pair]) -> list[list[int]]:
    """The connected parts of a graph, largest first; pairs with an end outside `nodes` are not edges of it."""
    beside, left = adjacency(pairs), set(nodes)
    found = []
    for start in sorted(left):
        if start in left:
            found.append(_reach(start, beside, left))
    return sorted(found, key=lambda part: (-len(part), part[0]))


def nearest(starts: Sequence[int], pairs: Iterable[Pair]) -> dict[int, int]:
    """Each reachable node and the nearest of `starts`, ties to the earlier start."""
    beside = adjacency(pairs)
    owner = {start: start for start in starts}
    frontier = list(starts)
    while frontier:
        following = []
        for node in frontier:
            for near in beside.get(node, ()):
                if near not in owner:
                    owner[near] = owner[node]
                    following.append(near)
        frontier = following
    return owner


def _reach(start: int, beside: Mapping[int, list[int]], left: set[int]) -> list[int]:
    """The nodes of `left` that can be reached; they are taken out of it."""
    part, waiting = [], [start]
    left.remove(start)
    while waiting:
        node = waiting.pop()
        part.append(node)
        for near in beside.get(node, ()):
            if near in left:
                left.remove(near)
                waiting.append(near)
    return part
