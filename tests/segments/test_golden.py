"""tests/golden/<case>.yml -> <case>.<dialect>.sql: what every verb becomes, and whom it finds on DuckDB.

After a deliberate change of the compiler: `python tests/segments/test_golden.py` writes the pairs anew.
"""

import re
from pathlib import Path

import pytest
import sqlglot
from small_world import compiled, members, world
from sqlglot import exp

from heddle.segments import DIALECTS
from heddle.segments.event_rules import Aggregate, Distinct, Favourite, Moments, Regularly
from heddle.segments.operators import Amount, Operators, Size
from heddle.segments.rules import VERBS, Passage
from heddle.segments.segment import Split, Top
from heddle.segments.sequence import Step

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(GOLDEN.glob("*.yml"))


def test_there_is_a_case_for_every_verb_and_key() -> None:
    text = " ".join(case.read_text() for case in CASES)
    models = [
        *VERBS.values(),
        Operators,
        Amount,
        Size,
        Aggregate,
        Distinct,
        Moments,
        Favourite,
        Regularly,
        Step,
        Passage,
    ]
    keys = {field.alias or name for model in [*models, Top, Split] for name, field in model.model_fields.items()}
    words = {*VERBS, *keys, "per", "exclude", "top", "sample", "holdout", "city", "lat", "lon", "within_km"}
    assert {word for word in words if f"{word}:" not in text} == set()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden_pair(case: Path, dialect: str) -> None:
    assert compiled(case.read_text(), dialect) + "\n" == golden(case, dialect).read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_members_on_duckdb(case: Path) -> None:
    text = case.read_text()
    expected = re.match(r"# members:(.*)", text)
    assert expected is not None, "the first line names the members, found by hand"
    connection = world()
    assert members(connection, text) == expected[1].split()
    connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_scan_of_events_is_bounded_by_constants(case: Path) -> None:
    for scan in sqlglot.parse_one(compiled(case.read_text()), read="duckdb").find_all(exp.Select):
        source = scan.args["from_"].this
        if isinstance(source, exp.Table) and source.name == "profile_events":
            terms = scan.args["where"].find_all(exp.EQ, exp.In, exp.LTE)
            constant = [term for term in terms if len(list(term.find_all(exp.Column))) == 1]
            assert any(term.this.name == "event" for term in constant)
            assert any(isinstance(term, exp.LTE) and term.this.name == "occurred_at" for term in constant)


def golden(case: Path, dialect: str) -> Path:
    return case.with_suffix(f".{dialect}.sql")


def write_all() -> None:
    for case in CASES:
        for dialect in DIALECTS:
            golden(case, dialect).write_text(compiled(case.read_text(), dialect) + "\n")


if __name__ == "__main__":
    write_all()
