"""What has to be equal on two engines that were told the same story."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine import Engine
from story import Chapter, Snapshot, node, tell


def duckdb(folder: Path) -> Engine:
    """The reference."""
    return Engine("duckdb", folder, {"HEDDLE_WAREHOUSE": str(folder / "warehouse.duckdb")})


def told_to_both(reference: Engine, other: Engine, mishap: Chapter | None = None) -> list[tuple[Snapshot, Snapshot]]:
    """Chapter by chapter what each has afterwards; they work at the same time, and the mishap befalls the other one."""
    with ThreadPoolExecutor(2) as pool:
        return list(zip(*pool.map(tell, (reference, other), (None, mishap)), strict=True))


def assert_same_people(reference: Snapshot, other: Snapshot) -> None:
    assert other.profiles == reference.profiles
    assert other.guards == reference.guards


def assert_known_nodes(snapshot: Snapshot) -> None:
    """The ids of the nodes are those that anybody can compute."""
    assert len(snapshot.nodes) > 700
    assert {name: node(*name.split(":", 1)) for name, _ in snapshot.nodes} == dict(snapshot.nodes)
