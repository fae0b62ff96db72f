"""A table of a database that SQLAlchemy knows: rows are kept equal to the warehouse, by their key.

A batch is one transaction: the rows with its keys are deleted, the new ones inserted, all or nothing. Class E: a row
that the database refuses refuses the batch, and the engine looks for it. The table has to exist, with the columns of
the sync.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy import exc

from activations.contract import (
    Batch,
    BatchResult,
    Connector,
    FieldSpec,
    Limits,
    ObjectSpec,
    Operation,
    Options,
    Surroundings,
    Target,
)
from activations.field_rules import email, phone
from activations.masking import mask_fields, mask_personal
from activations.outcomes import Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync


class DatabaseConfig(Options):
    """`url_env` names the variable that holds the address, with user and password: `postgresql://me:secret@host/db`."""

    url_env: str
    db_schema: str | None = Field(default=None, pattern=r"^\w+$")


class TableOptions(Options):
    table: str = Field(pattern=r"^\w+$")


class DatabaseConnector(Connector):
    name = "database"
    Config = DatabaseConfig

    def __init__(self, config: Options, surroundings: Surroundings) -> None:
        self._config = DatabaseConfig.model_validate(config)
        self._surroundings = surroundings
        self._tables: dict[str, sa.Table] = {}

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        table = ObjectSpec(
            name="table",
            kind="record",
            channel=None,
            limits=Limits(max_rows=1_000, max_bytes=5_000_000),
            idempotent=True,
            matches=frozenset({"upsert"}),
            on_leave=frozenset({"nothing", "remove"}),
            fields={
                # no identifiers: a table tells rows apart by their key
                "email": FieldSpec(kind="email", normalise=email),
                "phone": FieldSpec(kind="phone", normalise=phone),
            },
            open_fields=True,
            needs_key_fields=True,
            options=TableOptions,
        )
        return {table.name: table}

    def account(self) -> str:
        return f"database:{self._config.url_env}"

    def check(self) -> None:
        with self._reached(), self._engine.connect() as connection:
            connection.execute(sa.text("select 1"))

    def holds(self, target: Target) -> bool:
        with self._reached():
            options = TableOptions.model_validate(target.options)
            return sa.inspect(self._engine).has_table(options.table, schema=self._config.db_schema)

    def send(self, batch: Batch) -> BatchResult:
        with self._reached():
            table = self._table(batch)
        rows, outcomes = _rows(batch, table)
        keys = [{f"key_{name}": row[name] for name in batch.target.key_fields} for row in rows.values()]
        same = [table.c[name] == sa.bindparam(f"key_{name}") for name in batch.target.key_fields]
        try:
            with self._reached(), self._engine.begin() as connection:
                if keys:
                    connection.execute(sa.delete(table).where(sa.and_(*same)), keys)
                if rows and batch.action != "remove":
                    connection.execute(sa.insert(table), list(rows.values()))
        except (exc.IntegrityError, exc.DataError, exc.StatementError) as error:
            said = mask_personal(str(getattr(error, "orig", None) or error))
            refused = Rejected(type(error).__name__, said, scope="batch")
            return BatchResult(batch, outcomes | dict.fromkeys(rows, refused))
        return BatchResult(batch, outcomes | {op_id: Delivered() for op_id in rows})

    def preview(self, batch: Batch) -> str:
        options = TableOptions.model_validate(batch.target.options)
        verb = "delete from" if batch.action == "remove" else "delete by key and insert into"
        shown = [str(mask_fields(operation.fields)) for operation in batch.operations]
        return "\n".join([f"{verb} {options.table}: {len(shown)} rows", *shown])

    def close(self) -> None:
        with suppress(StopSync):
            self._engine.dispose()

    @cached_property
    def _engine(self) -> sa.Engine:
        try:
            return sa.create_engine(self._surroundings.secret(self._config.url_env), pool_pre_ping=True)
        except (exc.ArgumentError, exc.NoSuchModuleError, ModuleNotFoundError) as error:
            hint = f"correct the variable {self._config.url_env}, or install the driver that it asks for"
            raise StopSync(f"the address is of no use ({type(error).__name__})", self.account(), hint) from None

    def _table(self, batch: Batch) -> sa.Table:
        name = TableOptions.model_validate(batch.target.options).table
        if name not in self._tables:
            try:
                found = sa.Table(name, sa.MetaData(), schema=self._config.db_schema, autoload_with=self._engine)
            except exc.NoSuchTableError:
                raise StopSync(f"there is no table {name}", self.account(), "create it, then run again") from None
            self._tables[name] = found
        given = {field for operation in batch.operations for field in operation.fields}
        missing = sorted(given - {column.name for column in self._tables[name].columns})
        if missing:
            raise StopSync(f"{name} has no column {', '.join(missing)}", self.account(), "add it, or rename the field")
        return self._tables[name]

    def _reached(self) -> "_Reached":
        return _Reached(self.account())


class _Reached:
    """Turns a database that cannot be reached into what the engine must do; its text may quote the address."""

    def __init__(self, account: str) -> None:
        self._account = account

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        if isinstance(error, exc.OperationalError | exc.InterfaceError):
            busy = any(word in str(error.orig).lower() for word in ("locked", "deadlock", "timeout"))
            if busy:
                raise RetryLater("the database is busy", 1.0, self._account) from None
            hint = "start it, or correct the address; the next run sends"
            raise StopSync("the database cannot be used", self._account, hint) from None


def _rows(batch: Batch, table: sa.Table) -> tuple[dict[int, dict[str, Any]], dict[int, Outcome]]:
    """Rows with values of the columns' types, and the outcomes of those that have none."""
    rows: dict[int, dict[str, Any]] = {}
    outcomes: dict[int, Outcome] = {}
    for operation in batch.operations:
        try:
            rows[operation.op_id] = _row(operation, table)
        except ValueError:
            outcomes[operation.op_id] = Rejected("invalid_value", "a value does not fit the type of its column")
    return rows, outcomes


def _row(operation: Operation, table: sa.Table) -> dict[str, Any]:
    return {name: _fitting(value, table.c[name].type) for name, value in operation.fields.items()}


def _fitting(value: object, kind: sa.types.TypeEngine[Any]) -> object:
    if isinstance(value, str) and isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(kind, sa.Date):
        return date.fromisoformat(value[:10])
    return value
