"""CSV: every record is a row or a reject, on the line where it starts."""

import csv
import io
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import ingest
from heddle.ingestion.boundaries import ends_in_quotes
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

ORDERS = {"id": "bigint", "amount": "double", "at": "timestamp", "note": "varchar"}


def test_types_structure_and_lines(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("orders*.csv", "csv"), **ORDERS)
    text = (
        "\ufeffAt,id,amount,note,extra\r\n"
        '2026-01-01T00:00:00+02:00,1,1.5,"two\nlines",x\r\n'
        "\r\n"
        "never,2,abc,,\n"
        "2026-01-01,3\n"
        '2026-01-02,4,2,"5"" pipe",y'
    )
    (settings.data / "orders.csv").write_text(text, encoding="utf-8", newline="")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.over_limit) == (2, 2, True)
    assert result.new_columns == ["extra"]
    assert rows(warehouse, table, 'id, amount, "at"::varchar as seen, note, extra, _file, _row') == [
        (1, 1.5, "2025-12-31 22:00:00", "two\nlines", "x", "orders.csv", 2),
        (4, 2.0, "2026-01-02 00:00:00", '5" pipe', "y", "orders.csv", 7),
    ]
    assert rejects(warehouse) == [
        ("orders.csv", 5, "never,2,abc,,", "column at: expected timestamp; column amount: expected double"),
        ("orders.csv", 6, "2026-01-01,3", "expected 5 columns, got 2"),
    ]


@pytest.mark.parametrize(
    ("kind", "accepted", "refused"),
    [
        ("bigint", ["1", "-3", "4.0"], ["1.5", "x", "99999999999999999999"]),
        ("double", ["1", "1e3", "-.5"], ["nan", "inf", "1,5", "x"]),
        ("timestamp", ["2026-01-01", "2026-01-01T10:00:00Z"], ["infinity", "2026-13-01", "soon"]),
        ("date", ["2026-01-31"], ["2026-02-30", "infinity"]),
        ("boolean", ["true", "0", "F"], ["perhaps"]),
        ("json", ["{}", "[1]", "7"], ["{", "x"]),
    ],
)
def test_a_value_is_of_its_type_or_the_row_is_a_reject(
    settings: Settings, warehouse: Warehouse, kind: str, accepted: list[str], refused: list[str]
) -> None:
    table = raw_table(files("v.csv", "csv", delimiter=";"), "v", value=kind)
    lines = ["value;n", *(f"{value};1" for value in accepted + refused), ";1"]
    (settings.data / "v.csv").write_text("\n".join(lines))
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects) == (len(accepted) + 1, len(refused))
    assert dict(result.reasons) == {f"column value: expected {kind}": len(refused)}


def test_headers_in_any_order_with_missing_and_doubled_columns(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.csv", "csv"), **ORDERS)
    (settings.data / "a.csv").write_text("note,ID\nx,1\n")
    (settings.data / "b.csv").write_text("id,x,x,_file\n2,a,b,c\n")
    result = ingest(warehouse, settings, table)
    assert result.rows == 2
    assert result.missing_columns == ["amount", "at", "note"]
    assert result.new_columns[0] == "x"
    assert len(result.new_columns) == 3
    assert rows(warehouse, table, "id, note, x, _file") == [(1, "x", None, "a.csv"), (2, None, "a", "b.csv")]


def test_columns_that_nobody_declared_are_one_however_files_spell_them(
    settings: Settings, warehouse: Warehouse
) -> None:
    table = raw_table(files("*.csv", "csv"), id="bigint")
    for name, header in (("a", "id,Note"), ("b", "note,ID"), ("c", "id,NOTE")):
        (settings.data / f"{name}.csv").write_text(f"{header}\n1,2\n")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.new_columns) == (3, ["Note"])
    assert rows(warehouse, table, "id, note") == [(1, "2"), (2, "1"), (1, "2")]


def test_a_stray_quote_costs_one_line(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.csv", "csv"), id="bigint", note="varchar")
    good = "".join(f"{n},ok\n" for n in range(2000))
    (settings.data / "a.csv").write_text('id,note\n1,"open\n' + good)
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects) == (2000, 1)
    assert rejects(warehouse) == [("a.csv", 2, '1,"open', "a quote opens and does not close")]


def test_encodings(settings: Settings, warehouse: Warehouse) -> None:
    for name, encoding in (("plain", "latin-1"), ("wide", "utf-16"), ("polish", "cp1250")):
        (settings.data / f"{name}.csv").write_bytes("id,note\n1,żółw\n2,x\n".replace(
            "ż", "z" if encoding == "latin-1" else "ż").replace("ł", "l").encode(encoding))  # fmt: skip
    columns = {"id": "bigint", "note": "varchar"}
    plain = ingest(warehouse, settings, raw_table(files("plain.csv", "csv"), "plain", **columns))
    assert (plain.rows, plain.rejects) == (1, 1)
    assert "declare load.encoding" in next(iter(plain.reasons))
    wide = ingest(warehouse, settings, raw_table(files("wide.csv", "csv"), "wide", **columns))
    assert (wide.rows, wide.files_unreadable, wide.over_limit) == (0, 1, True)
    declared = raw_table(files("wide.csv", "csv", encoding="utf-16"), "wide", **columns)
    assert ingest(warehouse, settings, declared).rows == 2
    polish = raw_table(files("polish.csv", "csv", encoding="cp1250"), "polish", **columns)
    assert ingest(warehouse, settings, polish).rows == 2
    assert rows(warehouse, polish, "note")[0] == ("żólw",)


def test_files_that_are_no_csv_at_all(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.csv", "csv"), **ORDERS)
    (settings.data / "binary.csv").write_bytes(b"\x00\x01\x02")
    (settings.data / "empty.csv").write_bytes(b"")
    (settings.data / "folder.csv").mkdir()
    (settings.data / "headless.csv").write_text("Anna Nowak,anna@example.com\n")
    (settings.data / "good.csv").write_text("id\n1\n")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.files_unreadable, result.files_loaded) == (1, 4, 4, 1)
    assert [(file, line, text) for file, line, text, _ in rejects(warehouse)] == [
        (f"{name}.csv", None, None) for name in ("binary", "empty", "folder", "headless")
    ]
    assert not any("Anna" in reason for reason in result.reasons)
    assert not ingest(warehouse, settings, table).changed
    (settings.data / "binary.csv").write_text("id\n2\n")
    assert ingest(warehouse, settings, table).rows == 1


FIELD = st.text(alphabet=st.sampled_from('a1 ,"\n\rż;'), max_size=6)
HOSTILE = st.lists(st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", "1", '""', '"a\nb"', "ż", " ", ""]), max_size=60)
quick = hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=12))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str, str]]
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerows([("a", "b", "c"), *table])
    found, refused = _load(tmp_path_factory, buffer.getvalue().encode())
    assert refused == []
    assert [row[:3] for row in found] == [tuple(value or None for value in row) for row in table]
    assert [row[3] for row in found] == _start_lines(buffer.getvalue())


@quick
@given(HOSTILE)
def test_every_line_of_a_hostile_file_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    body = "".join(parts)
    found, refused = _load(tmp_path_factory, f"a,b,c\n{body}".encode())
    starts = sorted([row[3] for row in found] + refused)
    assert len(starts) == len(set(starts))
    lines = io.StringIO(body, newline=None).read().split("\n")
    owed = {number for number, line in enumerate(lines, 2) if line}
    covered = set()
    for line, after in pairwise([*starts, len(lines) + 2]):
        covered |= set(range(line, after))
    assert set(starts) <= owed
    assert owed <= covered


def _load(factory: pytest.TempPathFactory, content: bytes) -> tuple[list[tuple[str, ...]], list[int]]:
    root = factory.mktemp("csv")
    (root / "f.csv").write_bytes(content)
    settings = Settings.load(root, data=root, state=root / "state", threads=1, sources="demo")
    with open_warehouse(settings) as warehouse:
        table = raw_table(files("f.csv", "csv"), a="varchar", b="varchar", c="varchar")
        result = ingest(warehouse, settings, table)
        refused = [line for _, line, _, _ in rejects(warehouse)]
        assert (result.rows, result.rejects) == (len(rows(warehouse, table)), len(refused))
        return rows(warehouse, table, "a, b, c, _row"), refused


def _start_lines(text: str) -> list[int]:
    """By Python's own reader: where each row after the header starts."""
    reader = csv.reader(io.StringIO(text, newline=None))
    starts, before = [], 0
    for row in reader:
        if row:
            starts.append(before + 1)
        before = reader.line_num
    return starts[1:]


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [('a,"b', True), ('a,"b"', False), ('a,b"', False), ('"a""', True), ('"a"",', True), ('"a"b,"', True), ("", False)],
)
def test_a_quote_opens_a_field_only_at_its_start(line: str, goes_on: bool) -> None:
    assert ends_in_quotes(line.encode(), b",") is goes_on


def test_records_over_block_boundaries(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "id,note\r\n" + "".join(f'{n},"a\r\nb{n}"\r\n' for n in range(50)) + "50,é"
    (settings.data / "a.csv").write_bytes(text.encode())
    table = raw_table(files("a.csv", "csv"), id="bigint", note="varchar")
    for size in (1, 7, 64):
        monkeypatch.setattr("heddle.ingestion.files.BLOCK_BYTES", size)
        fresh = settings.model_copy(update={"warehouse_path": tmp_path / f"{size}.duckdb"})
        with open_warehouse(fresh) as warehouse:
            assert ingest(warehouse, fresh, table).rows == 51
            assert rows(warehouse, table, "id, _row", "id") == [*((n, 2 + 2 * n) for n in range(50)), (50, 102)]
