"""Audiences as YAML: read, checked against the catalog, compiled through sqlglot to dbt models."""

from heddle.segments.catalog import Catalog
from heddle.segments.catalog_entries import CatalogEntry, catalog_entries, known_words
from heddle.segments.catalog_loader import load_catalog
from heddle.segments.check import check, checked_files
from heddle.segments.compiled_sql import compiled_sql
from heddle.segments.compiler import DIALECTS, Clock, compile_segment, sql_text
from heddle.segments.describe import describe
from heddle.segments.difference import Comparison, Difference, compare
from heddle.segments.explain import Candidate, Definition, Explanation, Verdict, definition, explain_person
from heddle.segments.fault import Fault, did_you_mean
from heddle.segments.listing import Listed, listing
from heddle.segments.lookup import find_segment, look_up
from heddle.segments.parse import parse_segment
from heddle.segments.preview import Preview, preview
from heddle.segments.published import open_published
from heddle.segments.schema import segment_schema, write_schema
from heddle.segments.segment import Segment
from heddle.segments.undescribed import UndescribedEvent, undescribed_events
from heddle.segments.workspace import SegmentFile, catalog_of, read_workspace
from heddle.segments.write_models import WriteResult, write_models

__all__ = [
    "DIALECTS",
    "Candidate",
    "Catalog",
    "CatalogEntry",
    "Clock",
    "Comparison",
    "Definition",
    "Difference",
    "Explanation",
    "Fault",
    "Listed",
    "Preview",
    "Segment",
    "SegmentFile",
    "UndescribedEvent",
    "Verdict",
    "WriteResult",
    "catalog_entries",
    "catalog_of",
    "check",
    "checked_files",
    "compare",
    "compile_segment",
    "compiled_sql",
    "definition",
    "describe",
    "did_you_mean",
    "explain_person",
    "find_segment",
    "known_words",
    "listing",
    "load_catalog",
    "look_up",
    "open_published",
    "parse_segment",
    "preview",
    "read_workspace",
    "segment_schema",
    "sql_text",
    "undescribed_events",
    "write_models",
    "write_schema",
]
