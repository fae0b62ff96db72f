"""JSON lines: every line that is not blank is a row or a reject."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse


def test_values_types_new_keys_and_broken_lines(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("events*.jsonl", "jsonl"), "events", id="varchar", n="bigint", props="json")
    (settings.data / "events.jsonl").write_bytes(
        b'{"id":"a","n":1,"props":{"x":[1]},"new":true,"Id":"z"}\n'
        b"\n \t\r\n"
        b'{"id":{"x":1},"n":"1.5"}\n'
        b"not json\n[1]\n"
        b'{"id":"\xff"}\r\n'
        b'{"id":7,"props":null,"a/b~":"{}"}'
    )
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects) == (2, 4)
    assert sorted(result.new_columns) == ["Id_db956d", "a/b~", "new"]
    assert rows(warehouse, table, 'id, n, props, new, "a/b~", _row') == [
        ("a", 1, '{"x":[1]}', "true", None, 1),
        ("7", None, None, None, "{}", 8),
    ]
    assert [(line, reason.partition(" (")[0]) for _, line, _, reason in rejects(warehouse)] == [
        (4, "column id: expected varchar; column n: expected bigint"),
        (5, "not JSON"),
        (6, "not a JSON object"),
        (7, "not UTF-8 text"),
    ]
    assert [row[2] for row in rejects(warehouse)][-1] == '{"id":"\\xff"}'


def test_keys_that_differ_by_case_keep_their_column(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.jsonl", "jsonl"), "events", id="varchar")
    for number, line in enumerate(['{"Tag":1,"tag":2}', '{"tag":3}', '{"Tag":4}', '{"TAG":5,"_file":6}']):
        (settings.data / f"{number}.jsonl").write_text(line)
        ingest(warehouse, settings, table)
    found = warehouse.query('select * exclude (id, _loaded_at, _file, _row) from shop.events order by _row, "Tag"')
    columns = {name: [v for v in found.column(name).to_pylist() if v] for name in found.column_names}
    assert sorted(columns.values()) == [["1", "4"], ["2", "3"], ["5"], ["6"]]
    assert columns["Tag"] == ["1", "4"]


def test_keys_that_look_like_data_do_not_become_columns(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.jsonl", "jsonl"), "events", id="varchar")
    (settings.data / "map.jsonl").write_text(json.dumps({f"user{n}": n for n in range(600)}))
    (settings.data / "good.jsonl").write_text('{"id":"a"}\n')
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.files_unreadable, result.new_columns) == (1, 1, 1, [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["id", "n", "x", "ż"]), inner, max_size=3), max_leaves=6,
)  # fmt: skip
LINES = st.lists(
    JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b""))
    | st.sampled_from([b"", b"  ", b"{", b'{"id":', b"{}x"]),
    max_size=15,
)


@hypothesis_settings(max_examples=40, deadline=None)
@given(lines=LINES)
def test_rows_and_rejects_are_all_lines(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    root = tmp_path_factory.mktemp("jsonl")
    (root / "f.jsonl").write_bytes(b"\n".join([b'{"id":1}', *lines]))
    settings = Settings.load(root, data=root, state=root / "state", threads=1, sources="demo")
    with open_warehouse(settings) as warehouse:
        table = raw_table(files("f.jsonl", "jsonl"), "f", id="json", n="json")
        result = ingest(warehouse, settings, table)
        kept = {row[0] for row in rows(warehouse, table, "_row")}
        refused = {line for _, line, _, _ in rejects(warehouse)}
    blank = {number for number, line in enumerate(lines, 2) if not line.strip(b" \t\n\r\x0b\x0c")}
    assert kept | refused == set(range(1, len(lines) + 2)) - blank
    assert not kept & refused
    assert (result.rows, result.rejects) == (len(kept), len(refused))
    assert {number for number, line in enumerate(lines, 2) if isinstance(_parsed(line), dict)} <= kept


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode(), parse_constant=lambda name: None)
    except (ValueError, RecursionError):
        return None
