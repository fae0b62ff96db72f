"""Graphs that are hard for one algorithm or another, with small ids in order: the worst case, the product hashes."""

from collections.abc import Callable
from itertools import pairwise

Edge = tuple[int, int]


def path(n: int) -> list[Edge]:
    return [(i, i + 1) for i in range(n - 1)]


def star(n: int) -> list[Edge]:
    return [(0, i) for i in range(1, n)]


def hub_with_largest_id(n: int) -> list[Edge]:
    return [(i, n) for i in range(n)]


def grid(width: int, height: int) -> list[Edge]:
    across = [(y * width + x, y * width + x + 1) for y in range(height) for x in range(width - 1)]
    down = [(y * width + x, (y + 1) * width + x) for y in range(height - 1) for x in range(width)]
    return across + down


def binary_tree(n: int) -> list[Edge]:
    return [((i - 1) // 2, i) for i in range(1, n)]


def zigzag(n: int) -> list[Edge]:
    """A path that visits the smallest and the largest free id in turn: every other node is a local minimum."""
    order = [i // 2 if i % 2 == 0 else n - 1 - i // 2 for i in range(n)]
    return list(pairwise(order))


def two_giants(n: int) -> list[Edge]:
    left = path(n)
    right = [(u + n, v + n) for u, v in binary_tree(n)]
    return [*left, *right, (n - 1, 2 * n - 1)]


SHAPES: dict[str, Callable[[], list[Edge]]] = {
    "path": lambda: path(2000),
    "chain of 50 with ordered ids": lambda: path(50),
    "star": lambda: star(500),
    "hub with the largest id": lambda: hub_with_largest_id(500),
    "grid": lambda: grid(30, 30),
    "binary tree": lambda: binary_tree(1023),
    "zigzag": lambda: zigzag(999),
    "two giants joined by one edge": lambda: two_giants(1000),
}
