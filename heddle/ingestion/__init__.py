"""Ingestion: declared sources become append-only raw tables; every line is a row or a reject, never lost."""

from heddle.ingestion.clock import resolve_as_of
from heddle.ingestion.declared import declared_tables, others_load
from heddle.ingestion.files import SourceFile, find_files
from heddle.ingestion.ingest import ingest, ingest_or_problem
from heddle.ingestion.load_spec import FileLoad, LoadSpec, PostgresLoad, RejectLimit, RestLoad
from heddle.ingestion.raw_table import RawColumn, RawTable
from heddle.ingestion.result import IngestResult

__all__ = [
    "FileLoad",
    "IngestResult",
    "LoadSpec",
    "PostgresLoad",
    "RawColumn",
    "RawTable",
    "RejectLimit",
    "RestLoad",
    "SourceFile",
    "declared_tables",
    "find_files",
    "ingest",
    "ingest_or_problem",
    "others_load",
    "resolve_as_of",
]
