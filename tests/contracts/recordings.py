"""Real answers of vendors, recorded years ago: for the shapes that parsers meet."""

import json
from typing import Any

import pytest
from api_description import SPECS


def answers(vendor: str) -> list[dict[str, Any]]:
    path = SPECS / "_recordings_grouparoo" / f"{vendor}.json"
    if not path.exists():
        pytest.skip(f"the recorded answers are not beside this repository (../shared/specs/{path.name})")
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found
