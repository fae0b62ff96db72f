"""Hostile files: clear faults at a place that exists, or a segment whose hostile texts are literals alone."""

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
import sqlglot
import yaml
from hostile import BROKEN, UNSTORABLE, VALUES, anything, broken_file, quoted
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from oracle_words import catalog
from random_segments import segments
from random_world import world_number
from sqlglot import exp

from heddle.segments import DIALECTS, Clock, compile_segment, load_catalog, parse_segment, sql_text
from heddle.segments.advice import advise
from heddle.segments.dbt_files import segment_model, segment_yml
from heddle.segments.describe import describe
from heddle.segments.fault import Fault
from heddle.segments.vocabulary import check_words
from heddle.segments.workspace import SegmentFile

TIMES = int(os.environ.get("HEDDLE_TEST_FUZZ", "1"))
ROOT = Path(__file__).parents[2]
ZONE = "Europe/Warsaw"
AS_OF = world_number(0).as_of
SECONDS = 5
# Every place where a text of the file is compared with a text of the warehouse, for eight texts.
PLACES = """segment: case
title: Case
who:
  - {{trait: city, is: {0}, one_of: [{1}, b], is_not: {2}}}
  - {{trait: city, contains: {3}, starts_with: {4}, ends_with: {5}}}
  - {{trait: interests, includes_any: [{6}], includes_all: [{7}]}}
  - {{did: order_placed, where: {{channel: {1}}}, last_where: {{channel: {{not_one_of: [{2}]}}}}}}
  - {{did: order_placed, favourite: {{of: channel, is: {3}}}}}
  - {{has: child, where: {{name: {4}}}}}
  - sequence: [{{did: order_placed, where: {{channel: {5}}}}}, {{then_not: ticket_opened, where: {{category: {6}}}}}]
"""
SLICES = [VALUES[start : start + 8] for start in range(0, len(VALUES), 8)]


def fuzz(examples: int) -> settings:
    return settings(max_examples=examples * TIMES, deadline=None, derandomize=True)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raises TimeoutError when the block takes more CPU time: a hang is a failure like any other."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} CPU seconds")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@cache
def demo_catalog() -> Any:
    return load_catalog(ROOT / "dbt_project/models/profiles", ZONE)


def judged(text: str, words: Any) -> SegmentFile:
    """The file as the workspace reads it: faults, or a segment."""
    with within(SECONDS):
        parsed = parse_segment(text, "case.yml")
        findings = check_words(parsed.segment, words) if parsed.segment else []
        if parsed.segment and not findings:
            advise(parsed.segment, words)
    faults = [*parsed.faults, *(parsed.document.locate(finding) for finding in findings)]
    for fault in faults:
        assert_clear(fault, text)
    segment = None if faults else parsed.segment
    assert faults or segment
    return SegmentFile("case", "demo", "segments_yaml/demo/case.yml", text, segment, tuple(faults))


def assert_clear(fault: Fault, text: str) -> None:
    """One printable line that begins with a place of the file: lines as an editor counts them."""
    shown = str(fault)
    assert re.match(r"case\.yml:[1-9]\d*:[1-9]\d*: \S", shown), shown
    assert shown.isprintable(), ascii(shown)
    assert "Error" not in shown, shown
    lines = re.split("\r\n|\r|\n", text)
    assert fault.line <= len(lines), (shown, len(lines))
    assert fault.column <= len(lines[fault.line - 1]) + 1, (shown, lines[fault.line - 1])


def compiled_everywhere(source: SegmentFile, words: Any) -> dict[str, str]:
    assert source.segment is not None
    with within(SECONDS):
        describe(source.segment, words)
        tree = compile_segment(source.segment, words, Clock.at(AS_OF, ZONE))
        return {dialect: sql_text(tree, dialect) for dialect in DIALECTS}


def shape(sql: str, dialect: str) -> tuple[str, set[str]]:
    """The statement with every text taken out of its literals, and the texts."""
    (tree,) = sqlglot.parse(sql, read=dialect)
    assert tree is not None
    texts = set()
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string:
            texts.add(literal.name)
            literal.set("this", "?")
    return tree.sql(), texts


def jinja(text: str) -> list[tuple[str, str]]:
    """The tokens that Jinja acts on: everything that is not plain text."""
    tokens = [(kind, value) for _, kind, value in Environment().lex(text)]
    return [(kind, value) for kind, value in tokens if kind != "data" and not value.isspace()]


@given(st.integers(0, 2**32))
@fuzz(150)
def test_a_broken_real_file_has_clear_faults_or_is_a_segment(seed: int) -> None:
    source = judged(broken_file(seed), demo_catalog())
    if source.segment and seed % 5 == 0:
        for dialect, sql in compiled_everywhere(source, demo_catalog()).items():
            assert len(sqlglot.parse(sql, read=dialect)) == 1


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_hostile_yaml_has_clear_faults(text: str) -> None:
    assert judged(text, demo_catalog()).faults


@given(st.text(st.sampled_from("segmnt:who-[]{}'\"|>&*!%#?, \n\t\r\0\x85\u2028\ufeff~.0@`"), max_size=80))
@fuzz(100)
def test_any_text_has_clear_faults(text: str) -> None:
    judged("segment: case\ntitle: t\nwho:\n" + text, demo_catalog())


@given(st.data())
@fuzz(60)
def test_anything_at_any_place_has_clear_faults(data: st.DataObject) -> None:
    segment = data.draw(segments(AS_OF.date()))
    path = data.draw(st.sampled_from(list(paths(segment))))
    replace(segment, path, data.draw(anything))
    text = yaml.safe_dump(segment, sort_keys=False, allow_unicode=True)
    source = judged(text, catalog(ZONE))
    if source.segment:
        sql = sql_text(compile_segment(source.segment, catalog(ZONE), Clock.at(AS_OF, ZONE)), "duckdb")
        assert len(sqlglot.parse(sql, read="duckdb")) == 1


def paths(node: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in the data of a file."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in inner:
        yield (*before, step)
        yield from paths(value, (*before, step))


def replace(node: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value


def assert_only_literals(values: list[str]) -> None:
    """Eight texts in a segment: the statement is that of eight words as long as they are, which it tells."""
    source, plain = with_texts(values), with_texts(["x" * len(value) for value in values])
    expected = compiled_everywhere(plain, catalog(ZONE))
    for dialect, sql in compiled_everywhere(source, catalog(ZONE)).items():
        found, texts = shape(sql, dialect)
        assert found == shape(expected[dialect], dialect)[0], dialect
        assert set(values) <= texts, dialect
        model = segment_model(source, catalog(ZONE), dialect)
        assert jinja(model) == jinja(segment_model(plain, catalog(ZONE), dialect)), dialect
    assert jinja(segment_yml(source, catalog(ZONE), None)) == []


def with_texts(values: list[str]) -> SegmentFile:
    return judged(PLACES.format(*map(quoted, values)), catalog(ZONE))


@pytest.mark.parametrize("values", SLICES, ids=range(len(SLICES)))
def test_a_hostile_value_is_a_literal_in_every_dialect_and_no_jinja(values: list[str]) -> None:
    assert_only_literals([*values, *VALUES][:8])


@given(st.integers(0, 2**32))
@fuzz(3)
def test_hostile_values_in_a_row_are_one_literal(seed: int) -> None:
    random = Random(seed)
    assert_only_literals(["".join(random.choices(VALUES, k=2))[:1000] for _ in range(8)])


@pytest.mark.parametrize("value", UNSTORABLE, ids=ascii)
def test_a_text_that_cannot_be_stored_is_a_fault(value: str) -> None:
    assert with_texts([value] * 8).faults


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_title_and_owner_are_never_jinja(value: str) -> None:
    text = f"segment: case\ntitle: {quoted('x' + value)}\nowner: {quoted('x' + value)}\nwho: [did: order_placed]\n"
    source = judged(text, catalog(ZONE))
    written = segment_yml(source, catalog(ZONE), None)
    assert jinja(written) == []
    assert json.dumps(yaml.safe_load(written))
