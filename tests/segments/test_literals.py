"""A value of a file can never become SQL, nor Jinja, nor YAML of dbt."""

import re

import pytest
import sqlglot
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from small_world import ZONE, catalog, compiled, rule
from sqlglot import exp

from heddle.segments.compiler import Clock, compile_segment, sql_text
from heddle.segments.compiler.splits import bucket
from heddle.segments.dbt_files import segment_model, segment_yml
from heddle.segments.parse import parse_segment
from heddle.segments.workspace import SegmentFile

QUOTE = "'"
HOSTILE = [
    "'",
    "''; drop table x; --",
    "{{ this }}",
    "{% endraw %}",
    "{# x",
    "{{{",
    "\\",
    "\\'",
    "/* */",
    "$$",
    "é🛒\u2028\x85",
]
VALUES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufffe\uffff"), min_size=1, max_size=40
)


def quoted(value: str) -> str:
    """The value between double quotes, as a YAML writer would escape it."""
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08x}" for c in value) + '"'


def source(value: str) -> SegmentFile:
    text = rule(f"{{trait: city, is: {quoted(value)}}}")
    parsed = parse_segment(text, "case.yml")
    assert parsed.segment is not None, parsed.faults
    return SegmentFile("case", "demo", "segments_yaml/demo/case.yml", text, parsed.segment, ())


def rendered(text: str) -> str:
    """As dbt would: the macros stand in for themselves."""
    words = {"config": lambda **_: "", "ref": lambda name: name, "as_of": lambda: "as_of", "local_date": lambda at: at}
    return Environment().from_string(text).render(**words, env_var=lambda *_: "demo")


def texts(sql: str) -> set[str]:
    """Every text literal of a statement, `||` put together."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    joined = {"".join(leaf.name for leaf in pipe.find_all(exp.Literal, bfs=False)) for pipe in tree.find_all(exp.DPipe)}
    return joined | {literal.name for literal in tree.find_all(exp.Literal) if literal.is_string}


@given(st.sampled_from(HOSTILE), VALUES)
@settings(max_examples=200, deadline=None)
def test_s13_a_value_is_one_literal_in_the_model(hostile: str, value: str) -> None:
    value = hostile + value
    sql = rendered(segment_model(source(value), catalog(), "duckdb"))
    assert len(sqlglot.parse(sql, read="duckdb")) == 1
    assert value in texts(sql)


@given(st.sampled_from(HOSTILE), VALUES)
@settings(max_examples=200, deadline=None)
def test_a_value_in_the_yml_is_text_and_no_jinja(hostile: str, value: str) -> None:
    text = segment_yml(source(hostile + value), catalog(), None)
    # Jinja normalises line ends, as dbt does before it reads any yml value
    assert Environment().from_string(text).render() == "\n".join(re.split("\r\n|\r|\n", text)).removesuffix("\n")
    assert yaml.safe_load(text)["models"][0]["name"] == "segment_case"


@given(VALUES)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "bigquery", "spark"])
def test_s13_a_value_is_one_literal_in_every_dialect(dialect: str, value: str) -> None:
    sql = compiled(rule(f"{{trait: city, is: {quoted(QUOTE + value)}}}"), dialect)
    tree = sqlglot.parse_one(sql, read=dialect)
    assert QUOTE + value in {literal.name for literal in tree.find_all(exp.Literal)}


def test_compiling_is_deterministic_and_leaves_the_segment_alone() -> None:
    segment = source("x").segment
    assert segment is not None
    clock = Clock.dbt()
    first = sql_text(compile_segment(segment, catalog(), clock), "duckdb")
    assert first == sql_text(compile_segment(segment, catalog(), clock), "duckdb")
    assert catalog().time_zone == ZONE


def test_s08_the_bucket_is_the_md5_of_salt_and_profile() -> None:
    assert bucket("s", exp.column("profile_id")).sql("postgres") == "MD5('s:' || profile_id)"
