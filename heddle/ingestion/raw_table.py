"""A declared raw table, and the table in the warehouse that follows it."""

from dataclasses import dataclass

from heddle.ingestion.load_spec import LoadSpec
from heddle.ingestion.value_types import storage_type
from heddle.warehouse import Warehouse, identifier, qualified

# what a relation has besides the columns of a source while it is loaded
LOADING_COLUMNS = ("_text", "_problem")
SYSTEM_COLUMNS = {"_loaded_at": "timestamp", "_file": "varchar", "_row": "bigint"}


@dataclass(frozen=True)
class RawColumn:
    """A declared column; `type` is one of value_types.DECLARED_TYPES. A row without a `required` one is a reject."""

    name: str
    type: str
    pii: bool = False
    required: bool = False


@dataclass(frozen=True)
class RawTable:
    """One dbt source table with a `load`; `location` is `file:line` of its declaration."""

    source: str
    table: str
    group: str
    schema: str
    load: LoadSpec
    columns: tuple[RawColumn, ...]
    location: str
    clock: str | None = None
    owner: str | None = None
    description: str = ""

    @property
    def name(self) -> str:
        """`schema.table`, where the rows are."""
        return f"{self.schema}.{self.table}"

    @property
    def pii_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.pii)


def ensure_raw_table(warehouse: Warehouse, table: RawTable) -> list[str]:
    """Creates the table or adds what is declared since; the columns whose declared type is not the stored one.

    Stored rows are never rewritten: a changed declaration is reported, and rows go on in the stored type.
    """
    declared = {column.name: storage_type(column.type) for column in table.columns}
    stored = warehouse.columns(table.name)
    if not stored:
        body = ", ".join(f"{identifier(n)} {t}" for n, t in {**declared, **SYSTEM_COLUMNS}.items())
        warehouse.execute(f"create schema if not exists {identifier(table.schema)}")
        warehouse.execute(f"create table {qualified(table.name)} ({body})")
        return []
    known = {name.lower(): kind for name, kind in stored.items()}
    add_columns(warehouse, table.name, {n: t for n, t in declared.items() if n.lower() not in known})
    return [
        f"column {name}: declared {kind}, stored as {known[name.lower()]}; rows go on as stored. To change it: "
        f"alter table {qualified(table.name)} alter {identifier(name)} type {kind}"
        for name, kind in declared.items()
        if name.lower() in known and known[name.lower()] != kind
    ]


def add_columns(warehouse: Warehouse, table: str, columns: dict[str, str]) -> None:
    """Adds columns (name -> SQL type); rows that are there already have null in them."""
    for name, kind in columns.items():
        warehouse.execute(f"alter table {qualified(table)} add column {identifier(name)} {kind}")
