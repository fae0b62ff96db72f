"""The golden cases of the segment compiler: what each says by hand about whom it finds."""

import re
from pathlib import Path

CASES = sorted((Path(__file__).parents[1] / "golden").glob("*.yml"))


def expected(case: Path) -> list[str]:
    """The members of the first line."""
    found = re.match(r"# members:(.*)", case.read_text())
    assert found is not None, "the first line names the members, found by hand"
    return found[1].split()


def golden_sql(case: Path, dialect: str) -> str:
    """The file of the pair, as it is kept: what ran is what is shown."""
    return case.with_suffix(f".{dialect}.sql").read_text()
