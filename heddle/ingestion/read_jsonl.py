"""JSON lines: every line is one object; the warehouse parses, this module only says where to look."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from heddle.ingestion.boundaries import Flags
from heddle.ingestion.files import SourceFile, content_of
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.names import suffixed, unreserved
from heddle.ingestion.piece import Piece, bindable, readable
from heddle.ingestion.raw_table import RawColumn
from heddle.ingestion.records import Records, read_records
from heddle.ingestion.statements import Field
from heddle.ingestion.unreadable import UnreadableFileError
from heddle.ingestion.value_types import from_text
from heddle.warehouse import literal

MOST_COLUMNS = 500


def jsonl_pieces(file: SourceFile, spec: FileLoad) -> Iterator[Piece]:
    """The new lines of the file that are not blank."""
    for block in read_records(content_of(file), spec.encoding):
        records, rejects = readable(block.where(block.ends > file.already), file.name)
        records = records.where(~_are_blank(records))
        if len(records) or rejects:
            yield Piece(file.name, bindable({}, file.name, records), rejects)


def _are_blank(records: Records) -> Flags:
    trimmed: Any = pc.ascii_trim_whitespace(records.text.cast(pa.string()))
    blank: Flags = pc.binary_length(trimmed).to_numpy(zero_copy_only=False) == 0
    return blank


def json_relation(loader: Loader, lines: str) -> tuple[str, list[Field]]:
    """The relation over `lines` (_file, _row, _text), with new keys added to the raw table first."""
    columns = loader.declared_columns()
    keys = _new_keys(loader, lines, {column.name for column in columns})
    loader.add_columns(dict.fromkeys(keys.values(), "varchar"))
    return _parsed(lines, columns, keys)


def _new_keys(loader: Loader, lines: str, declared: set[str]) -> dict[str, str]:
    """Top-level keys of the objects in `lines` that no declared column has -> the raw column for each."""
    found = loader.warehouse.query(
        "select distinct key from (select unnest(json_keys(object)) as key from "
        f"(select case when json_valid(_text) then _text end as object from {lines})) order by 1"
    )
    keys = [str(key) for key in found.column(0).to_pylist() if key not in declared]
    if len(keys) + len(declared) > MOST_COLUMNS:
        raise UnreadableFileError(f"has more than {MOST_COLUMNS} different keys at the top level: they look like data")
    spelling, chosen = loader.spelling(), {}
    for key in keys:
        column = unreserved(key)
        chosen[key] = column if spelling.get(column.lower(), column) == column else suffixed(key)
        spelling.setdefault(column.lower(), column)
    return chosen


def _parsed(lines: str, columns: Sequence[RawColumn], keys: dict[str, str]) -> tuple[str, list[Field]]:
    """The relation of parsed objects over `lines` (_file, _row, _text), and the fields in it.

    One parse per line for all text columns; `materialized` keeps the optimizer from repeating it per column
    (8 s instead of 2 s per million lines).
    """
    texts = [column for column in columns if column.type != "json"]
    jsons = [column for column in columns if column.type == "json"]
    text_keys = [column.name for column in texts] + list(keys)
    source = f"""(
        with checked as (
            select _file, _row, _text, {_PROBLEM} as _problem from {lines}
        ), parsed as materialized (
            select _file, _row, _text, _problem,
                case when _problem is null then json_extract_string(_text, {_pointers(text_keys)}) end as s,
                case when _problem is null then json_extract(_text, {_pointers(c.name for c in jsons)}) end as j
            from checked
        ) select * from parsed
    )"""
    fields = [_scalar(column, f"s[{at}]") for at, column in enumerate(texts, 1)]
    fields += [Field(name, "varchar", f"s[{at}]", f"s[{at}]") for at, name in enumerate(keys.values(), len(texts) + 1)]
    for at, column in enumerate(jsons, 1):
        value = f"nullif(j[{at}]::varchar, 'null')"
        fields.append(Field(column.name, "json", value, value))
    return source, fields


_PROBLEM = """case
    when not json_valid(_text) then 'not JSON'
    when not starts_with(ltrim(_text, ' ' || chr(9)), '{') then 'not a JSON object'
end"""


def _scalar(column: RawColumn, raw: str) -> Field:
    value = from_text(column.type, raw)
    if column.type == "varchar":
        nested = f"json_type(_text, {literal(_pointer(column.name))}) in ('OBJECT', 'ARRAY')"
        # 123 and 91 are { and [: only such texts are worth a second look
        value = f"case when ascii({raw}) in (123, 91) and {nested} then null else {raw} end"
    return Field(column.name, column.type, raw, value)


def _pointers(keys: Iterator[str] | Sequence[str]) -> str:
    listed = ", ".join(literal(_pointer(key)) for key in keys)
    return f"[{listed}]::varchar[]"


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
