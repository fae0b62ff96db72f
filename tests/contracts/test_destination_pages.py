import re
from pathlib import Path
from typing import Any

import pytest

from activations.destination_page import FOLDER, MARKER, page
from activations.registry import CONNECTORS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_a_page_says_what_its_connector_says(name: str) -> None:
    path = ROOT / FOLDER / f"{name}.md"
    assert path.exists(), f"{FOLDER}/{name}.md is missing: write its first part"
    fresh = page(CONNECTORS[name], ROOT)
    assert path.read_text() == fresh, "run: python -m activations.destination_page"


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_a_person_has_written_how_to_set_it_up_and_what_a_failure_looks_like(name: str) -> None:
    written = (ROOT / FOLDER / f"{name}.md").read_text().partition(MARKER)[0]
    assert "## Set-up" in written and "## What a failure looks like" in written
    assert f"type: {name}" in written, "show a connection of destinations.yml"


def test_every_page_is_of_a_destination_and_is_listed() -> None:
    pages = {path.stem for path in (ROOT / FOLDER).glob("*.md")} - {"README"}
    assert pages == set(CONNECTORS)
    listed = (ROOT / FOLDER / "README.md").read_text()
    assert not [name for name in pages if f"({name}.md)" not in listed]


def test_the_test_that_the_page_for_writers_shows_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "write_a_connector.md").read_text()
    code = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(code) == 1
    names: dict[str, Any] = {}
    exec(code[0], names)
    suite = names["TestLinkedIn"]()
    with suite.destination(tmp_path):
        suite.used, suite.used_ids = suite.make(tmp_path), {}
        for size, action in ((3, "add"), (2, "remove")):
            assert len(suite.send(suite.used, suite.batch(*range(size), action=action))) == size
        assert suite.held(tmp_path) == {"k2"}
        suite.used.close()
