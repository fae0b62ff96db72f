"""Batches as columns: the same operations as row by row, and nothing that could be said of them wrongly."""

import hashlib
import json
from dataclasses import replace
from typing import Any, Literal

import pyarrow as pa
import pytest
from fake_destination import FakeConnector
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sync_workspace import AS_OF, RECORDS, Workspace

from activations.contract import CLEAR, Batch, BatchResult, Columns, FieldSpec
from activations.field_rules import email, phone, phone_digits
from activations.json_body import json_body, json_lines, json_value
from activations.json_column import JsonColumn
from activations.json_rows import json_objects, written
from activations.mapping import PlannedRow, SyncMapping, compile_mapping
from activations.object_spec import Action
from activations.outcomes import Delivered
from activations.preparation import Preparation
from activations.syncs import TEMPLATES, open_sync
from activations.templates import Templates
from activations.text_column import TextColumn
from heddle.errors import RejectRecord

TEXTS = st.sampled_from(
    ["", "a@x.example", " B.c+t@X.example", "a@b", "ü@x.example", "+48600100200", "+4860010020", "+39 06 1234567", "x",
     hashlib.sha256(b"x").hexdigest(), "d41d8cd98f00b204e9800998ecf8427e", "ß", "\u0661"]
)  # fmt: skip
VALUES = st.none() | TEXTS | st.integers(0, 2) | st.booleans() | st.just(1.0) | st.just([1])
RULES = [
    FieldSpec("email", identifier=True, normalise=email),
    FieldSpec("email", identifier=True, normalise=email, hash="sha256"),
    FieldSpec("email", required=True, normalise=email, hash="md5", on_invalid="drop"),
    FieldSpec("phone", normalise=phone, hash="sha256", on_invalid="drop"),
    FieldSpec("phone", normalise=phone_digits, valid=lambda value: value != "48600100200"),
    FieldSpec(required=True),
    FieldSpec(),
]


def stored(values: list[Any]) -> JsonColumn:
    """As the warehouse gives a column of payloads."""
    return JsonColumn.of(pa.array([json_body(value).decode() for value in values]))


def mapping_of(workspace: Workspace, rules: tuple[FieldSpec, FieldSpec], clears: bool) -> SyncMapping:
    sync = workspace.sync(RECORDS)
    opened = open_sync(workspace.settings, sync)
    spec = replace(opened.spec, fields={"email": rules[0], "name": rules[1]}, clears=clears)
    return compile_mapping(sync, spec, Templates(workspace.settings.root / TEMPLATES))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rules=st.tuples(st.sampled_from(RULES), st.sampled_from(RULES)),
    rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=8),
    action=st.sampled_from(["add", "change"]),
    clears=st.booleans(),
)
def test_columns_are_what_rows_are(
    workspace: Workspace,
    rules: tuple[FieldSpec, FieldSpec],
    rows: list[tuple[Any, Any]],
    action: Literal["add", "change"],
    clears: bool,
) -> None:
    mapping = mapping_of(workspace, rules, clears)
    connector = open_sync(workspace.settings, mapping.sync).connector
    assert isinstance(connector, FakeConnector)
    one, many = Preparation(mapping, connector, AS_OF), Preparation(mapping, connector, AS_OF)
    payloads = [{"profile_id": f"p{n}", "email": a, "name": b} for n, (a, b) in enumerate(rows)]
    made, refused = [], {}
    dropped: dict[int, list[str]] = {}
    for n, payload in enumerate(payloads):
        try:
            made.append(one.operation(PlannedRow(n, action, "", payload), dropped=dropped.setdefault(n, [])))
        except RejectRecord as error:
            refused[n] = error.what
    given = {name: stored([payload[name] for payload in payloads]) for name in payloads[0]}
    found = many.columns(action, list(range(len(rows))), given)
    assert found.refused == refused and found.dropped == {n: codes for n, codes in dropped.items() if codes}
    assert [(op.op_id, op.action, op.key, dict(op.fields)) for op in found.columns or ()] == [
        (op.op_id, op.action, op.key, dict(op.fields)) for op in made
    ]
    assert [list(map(type, op.fields.values())) for op in found.columns or ()] == [
        list(map(type, op.fields.values())) for op in made
    ]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rules=st.tuples(st.sampled_from(RULES), st.sampled_from(RULES)),
    rows=st.lists(st.tuples(VALUES | st.just("a'b\"@x.example"), VALUES), min_size=1, max_size=8),
)
def test_identifiers_of_many_are_those_of_each(
    workspace: Workspace, rules: tuple[FieldSpec, FieldSpec], rows: list[tuple[Any, Any]]
) -> None:
    both = replace(rules[0], identifier=True), replace(rules[1], identifier=True)
    mapping = mapping_of(workspace, both, False)
    made = Preparation(mapping, open_sync(workspace.settings, mapping.sync).connector, AS_OF)
    said = made.identifiers({"email": [a for a, _ in rows], "name": [b for _, b in rows]})
    digests = [None if one is None else hashlib.md5(one.encode()).hexdigest() for one in said]
    assert digests == [made.identifier({"email": a, "name": b}) for a, b in rows]


def columns(action: Action = "add", ids: tuple[int, ...] = (1, 2)) -> Columns:
    return Columns(action, ids, [f"k{n}" for n in ids], {"a": [n * 10 for n in ids]})


def test_a_batch_of_columns_is_held_to_the_same() -> None:
    target: Any = None
    batch = Batch(target, columns())
    assert batch.action == "add" and batch.operations[1].fields == {"a": 20} and len(batch.operations) == 2
    assert list(batch.part(batch.operations[1:]).op_ids) == [2]
    with pytest.raises(ValueError, match="1 operations without an outcome, 1 outcomes of no operation"):
        BatchResult(batch, {1: Delivered(), 3: Delivered()})
    with pytest.raises(ValueError, match="2 operations, 1 outcomes"):
        BatchResult.in_order(batch, [Delivered()])
    with pytest.raises(ValueError, match="once"):
        Batch(target, columns(ids=(1, 1)))
    with pytest.raises(ValueError, match="one action"):
        Batch(target, columns(ids=()))
    with pytest.raises(ValueError, match="different lengths"):
        Columns("add", [1], ["a"], {"a": []})


PLAIN = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3, alphabet="abé"), inner),
    max_leaves=8,
)


@given(st.lists(st.tuples(JSON, st.none() | PLAIN), min_size=1, max_size=6), st.integers(0, 3))
def test_rows_from_columns_are_those_from_values(rows: list[tuple[Any, Any]], cut: int) -> None:
    values, texts = zip(*rows, strict=True)
    held = JsonColumn(stored(list(values)).array.slice(cut)), TextColumn(pa.array(texts, pa.string()).slice(cut))
    said = json_objects({'a"b': held[0], "c": held[1]})
    expected = [{'a"b': value, "c": text} for value, text in rows[cut:]]
    assert [json.loads(line) for line in written(said, "\n").splitlines()] == expected
    assert list(held[1]) == list(texts[cut:]) and (None in held[1]) == (None in texts[cut:])
    assert list(held[0]) == list(values[cut:])


def test_numbers_that_json_does_not_know_are_null() -> None:
    column = JsonColumn.of(pa.array(["NaN", "1", "-Infinity", '"NaN"', "null"]))
    assert column.json().to_pylist() == ["null", "1", "null", '"NaN"', "null"]
    assert str(list(column)) == "[nan, 1, -inf, 'NaN', None]"
    odd = ["[1.0,NaN]", '{"a":-Infinity,"b":1180591620717411303424}', '["NaN"]', "null", "2"]
    assert JsonColumn.of(pa.array(odd)).json().to_pylist() == [
        "[1.0,null]",
        '{"a":null,"b":1180591620717411303424}',
        '["NaN"]',
        "null",
        "2",
    ]
    assert json_objects({"a": [CLEAR]}) is None and json_objects({}) is None


@given(JSON)
def test_json_says_what_the_standard_library_says(value: object) -> None:
    assert json.loads(json_body(value)) == value
    assert json_value(json_body(value)) == json_value(json_body(value).decode()) == value
    assert json_body([float("nan"), 2**70, float("inf")]) == b"[null,1180591620717411303424,null]"
    assert json_body({"at": AS_OF}) == b'{"at":"2026-06-15 04:30:00"}'


def test_lines_say_of_each_row_what_its_json_says() -> None:
    rows = [{"n": n, "at": AS_OF} for n in range(2_500)]
    rows[1_200]["n"] = 2**70  # more than the fast way knows
    assert b"".join(json_lines(rows)) == b"".join(json_body(row) + b"\n" for row in rows)
    assert list(json_lines([])) == []
