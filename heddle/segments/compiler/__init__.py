"""Segment + Catalog + Clock -> a sqlglot tree. Pure: no file, no warehouse, no clock of its own."""

from heddle.segments.compiler.clock import Clock
from heddle.segments.compiler.dialect import DIALECTS, sql_text
from heddle.segments.compiler.query import compile_segment, payload_columns

__all__ = ["DIALECTS", "Clock", "compile_segment", "payload_columns", "sql_text"]
