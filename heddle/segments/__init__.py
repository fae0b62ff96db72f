"""Audiences as YAML: read, checked against the catalog, compiled through sqlglot to dbt models."""

from heddle.segments.catalog import Catalog
from heddle.segments.catalog_loader import load_catalog
from heddle.segments.check import check
from heddle.segments.compiled_sql import compiled_sql, find_segment
from heddle.segments.compiler import DIALECTS, Clock, compile_segment, sql_text
from heddle.segments.describe import describe
from heddle.segments.fault import Fault
from heddle.segments.parse import parse_segment
from heddle.segments.schema import segment_schema, write_schema
from heddle.segments.segment import Segment
from heddle.segments.workspace import SegmentFile, catalog_of, read_workspace
from heddle.segments.write_models import WriteResult, write_models

__all__ = [
    "DIALECTS",
    "Catalog",
    "Clock",
    "Fault",
    "Segment",
    "SegmentFile",
    "WriteResult",
    "catalog_of",
    "check",
    "compile_segment",
    "compiled_sql",
    "describe",
    "find_segment",
    "load_catalog",
    "parse_segment",
    "read_workspace",
    "segment_schema",
    "sql_text",
    "write_models",
    "write_schema",
]
