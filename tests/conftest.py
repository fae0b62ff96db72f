"""Minutes-long modules first, so that the workers end together (with --dist loadscope --no-loadscope-reorder)."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stable: modules keep their order, and tests theirs within a module."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
