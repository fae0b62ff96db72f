from __future__ import annotations

import pytest
from demo_company import Company

from heddle.demo import generate


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """1,500 people: large enough for every table to have broken rows."""
    return Company(generate(tmp_path_factory.mktemp("data") / "demo", people=1500, seed=3))
