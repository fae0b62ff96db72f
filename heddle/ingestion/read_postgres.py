"""A Postgres table: dlt reads it as Arrow, from the cursor on."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from heddle.errors import SourceError
from heddle.ingestion.load_remote import Batch, CursorValue, load_batches, read_cursor
from heddle.ingestion.load_spec import PostgresLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.names import unreserved
from heddle.ingestion.statements import Field
from heddle.ingestion.typed_fields import column_expressions, described, typed_fields
from heddle.settings import Settings


def load_postgres(loader: Loader, settings: Settings, spec: PostgresLoad) -> None:
    """Appends the rows that are new or changed since the last load. Raises SourceError."""
    since = read_cursor(loader) if spec.cursor else None
    batches = _batches(settings, loader.table.location, spec, since)
    load_batches(loader, f"postgres:{spec.table}", batches, _relation)


def _batches(settings: Settings, where: str, spec: PostgresLoad, since: CursorValue | None) -> Iterator[Batch]:
    settings.quiet_tools()
    # dlt and SQLAlchemy take 2 s to import, and must see the environment that was just set
    import dlt
    from dlt.extract.exceptions import ResourceExtractionError
    from dlt.sources.sql_database import sql_table
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import SQLAlchemyError

    schema, _, name = spec.table.rpartition(".")
    incremental = None
    if spec.cursor:
        incremental = dlt.sources.incremental(
            spec.cursor, initial_value=since, on_cursor_value_missing="include", range_start="closed"
        )
    try:
        address = make_url(settings.secret(spec.dsn_env))
        if "+" not in address.drivername:
            # SQLAlchemy 2.1 would look for psycopg 3
            address = address.set(drivername="postgresql+psycopg2")
        engine = create_engine(address)
        try:
            pages = sql_table(
                credentials=engine,
                table=name,
                schema=schema or None,
                incremental=incremental,
                chunk_size=spec.batch_rows,
                backend="pyarrow",
            )
            for rows in pages:
                highest = _highest(rows, spec.cursor)
                yield Batch(rows.rename_columns([unreserved(name) for name in rows.column_names]), highest)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ResourceExtractionError, ModuleNotFoundError) as error:
        raise SourceError(
            f"Postgres table {spec.table} cannot be read: {_cause(error)}",
            where,
            f"check {spec.dsn_env}, the table and its columns; nothing of this load was kept",
        ) from None


def _highest(rows: pa.Table, cursor: str | None) -> CursorValue | None:
    value: CursorValue | None = pc.max(rows.column(cursor)).as_py() if cursor else None
    return value


def _relation(loader: Loader, incoming: str) -> tuple[str, list[Field]]:
    schema = described(loader.warehouse, f"(select * exclude (_file, _row) from {incoming})")
    source = f"(select {column_expressions(schema)}, _file, _row, null::varchar as _problem from {incoming})"
    return source, typed_fields(loader, schema, "the database")


def _cause(error: BaseException) -> str:
    """The innermost error by name: its text may quote rows or credentials."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
