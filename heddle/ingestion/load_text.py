"""Text files into a raw table: pieces are gathered, bound as one relation, and loaded by two statements."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pyarrow as pa

from heddle.ingestion.files import SourceFile
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.names import RESERVED
from heddle.ingestion.piece import Piece
from heddle.ingestion.read_csv import csv_pieces
from heddle.ingestion.read_jsonl import json_relation, jsonl_pieces
from heddle.ingestion.statements import Field
from heddle.ingestion.value_types import from_text
from heddle.warehouse import identifier

FLUSH_ROWS = 250_000
FLUSH_BYTES = 64 * 2**20
SCAN_ROWS = 20_000
INCOMING = "incoming_text"


def load_csv(loader: Loader, files: Iterable[SourceFile], spec: FileLoad) -> None:
    """All rows of `files`; columns that nobody declared are added as text. Raises UnreadableFileError."""
    _load(loader, _csv_pieces(loader, files, spec), _csv_relation)


def load_jsonl(loader: Loader, files: Iterable[SourceFile], spec: FileLoad) -> None:
    """All lines of `files`; keys that nobody declared become text columns. Raises UnreadableFileError."""
    _load(loader, (piece for file in files for piece in jsonl_pieces(file, spec)), _json_relation)


Relation = tuple[str, list[Field]]


def _csv_pieces(loader: Loader, files: Iterable[SourceFile], spec: FileLoad) -> Iterator[Piece]:
    spelling = loader.spelling()
    for file in files:
        for piece in csv_pieces(file, loader.table, spec):
            loader.note_missing(piece.rows.column_names)
            yield replace(piece, rows=_spelled(piece.rows, spelling))


def _spelled(rows: pa.Table, spelling: dict[str, str]) -> pa.Table:
    """The columns as the raw table, or the first file that had them, spells them: in a warehouse Note is note."""
    return rows.rename_columns([spelling.setdefault(name.lower(), name) for name in rows.column_names])


def _csv_relation(loader: Loader, rows: pa.Table) -> Relation:
    present = [name for name in rows.column_names if name not in RESERVED]
    loader.add_columns(dict.fromkeys(present, "varchar"))
    kinds = loader.kinds()
    fields = [
        Field(name, kinds[name.lower()], identifier(name), from_text(kinds[name.lower()], identifier(name)))
        for name in present
    ]
    return f"(select *, null::varchar as _problem from {INCOMING})", fields


def _json_relation(loader: Loader, _: pa.Table) -> Relation:
    return json_relation(loader, INCOMING)


def _load(loader: Loader, pieces: Iterable[Piece], relation: Callable[[Loader, pa.Table], Relation]) -> None:
    waiting: list[Piece] = []
    rows = size = 0
    for piece in pieces:
        waiting.append(piece)
        rows, size = rows + piece.rows.num_rows, size + piece.rows.nbytes
        if rows >= FLUSH_ROWS or size >= FLUSH_BYTES:
            _flush(loader, waiting, relation)
            waiting, rows, size = [], 0, 0
    _flush(loader, waiting, relation)


def _flush(loader: Loader, pieces: list[Piece], relation: Callable[[Loader, pa.Table], Relation]) -> None:
    """Loads the rows of the pieces and stores their rejects."""
    loader.store_rejects([reject for piece in pieces for reject in piece.rejects])
    if not sum(piece.rows.num_rows for piece in pieces):
        return
    rows = pa.concat_tables([piece.rows for piece in pieces if piece.rows.num_rows], promote_options="default")
    # DuckDB scans one Arrow batch per thread
    scanned = pa.Table.from_batches(rows.to_batches(max_chunksize=SCAN_ROWS), rows.schema)
    for piece in pieces:
        loader.tally.rows[piece.file] += piece.rows.num_rows
    with loader.warehouse.bound(INCOMING, scanned):
        source, fields = relation(loader, scanned)
        if loader.insert(source, fields) < rows.num_rows:
            loader.tally.rows.subtract(loader.refuse(source, fields))
