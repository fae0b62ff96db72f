"""The one statement of engines that merge: it is valid on each of them. Executed on DuckDB by test_membership.py."""

from pathlib import Path

import jinja2
import pytest
import sqlglot
from sqlglot import exp

MACROS = Path(__file__).parents[2] / "dbt_project/macros"
NOW = "cast('2026-06-15 04:30:00' as timestamp)"


def merge(*names: str) -> str:
    template = jinja2.Environment(autoescape=False).from_string((MACROS / "membership_merge.sql").read_text())
    return str(template.module.membership_merge_sql("segments.segment_a", "members", list(names), NOW))  # type: ignore[attr-defined]


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "databricks", "bigquery"])
@pytest.mark.parametrize("names", [(), ("cart_id", "total")])
def test_the_merge_can_be_read_by_every_engine_that_gets_it(dialect: str, names: tuple[str, ...]) -> None:
    parsed = sqlglot.parse_one(merge(*names), dialect=dialect)
    assert isinstance(parsed, exp.Merge)
    whens = parsed.args["whens"].expressions
    assert [when.args["matched"] for when in whens] == [True, False, False, False]
    assert [bool(when.args["source"]) for when in whens] == [False, False, True, True]
    assert [c.name for c in whens[1].args["then"].this.expressions] == [
        "profile_id",
        "member_key",
        "entered_at",
        "left_at",
        *names,
    ]


def test_files_that_cannot_change_are_refused_in_words() -> None:
    text = (MACROS / "membership.sql").read_text()
    start = text.index("{% macro membership_needs_tables_that_change")
    told: list[str] = []
    environment = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"])
    for target, file_format in (("spark", "parquet"), ("spark", "delta"), ("databricks", "parquet")):
        environment.globals.update(
            target={"type": target},
            config={"file_format": file_format},
            exceptions={"raise_compiler_error": told.append},
        )
        environment.from_string(text[start:]).module.membership_needs_tables_that_change()  # type: ignore[attr-defined]
    assert len(told) == 1
    assert "parquet files on Spark cannot: run dbt with --vars '{file_format: delta}'" in told[0]
