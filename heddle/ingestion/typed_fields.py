"""Columns that arrive with a type of their own (Parquet, Arrow from databases), checked against the declared."""

from collections.abc import Iterable

from heddle.ingestion.loader import Loader
from heddle.ingestion.names import unreserved
from heddle.ingestion.statements import Field
from heddle.ingestion.value_types import family, from_text, is_nested, known_type
from heddle.warehouse import Warehouse, identifier

Schema = tuple[tuple[str, str], ...]


def described(warehouse: Warehouse, relation: str) -> Schema:
    """Names and SQL types of the columns of a relation."""
    rows = warehouse.query(f"select column_name, column_type from (describe select * from {relation})").to_pylist()
    return tuple((str(row["column_name"]), str(row["column_type"])) for row in rows)


def typed_fields(loader: Loader, schema: Schema, origin: str) -> list[Field]:
    """The fields for columns of these types; the raw table is extended, and what differs is noted."""
    columns = tuple((unreserved(name), kind) for name, kind in schema)
    loader.add_columns(dict(columns))
    loader.note_missing(name for name, _ in columns)
    kinds = loader.kinds()
    loader.tally.type_changes.extend(_drift(origin, columns, kinds))
    return [_typed_field(name, kind, kinds[name.lower()]) for name, kind in columns]


def column_expressions(schema: Schema) -> str:
    """The columns under the names of their fields, and the whole row as text."""
    columns = [f"{identifier(name)} as {identifier(unreserved(name))}" for name, _ in schema]
    members = ", ".join(f"{identifier(name)} := {identifier(name)}" for name, _ in schema)
    return ", ".join([*columns, f"to_json(struct_pack({members}))::varchar as _text"])


def _typed_field(name: str, kind: str, declared: str) -> Field:
    """The field for a column of SQL type `kind` that is stored as `declared`.

    Within a family a cast is enough; between families the value goes through text, where the strict rules are.
    NaN in a float column is how dataframes write null.
    """
    column = identifier(name)
    if _is_same(kind, declared):
        return Field(name, declared, column, column)
    if declared == "json" and is_nested(kind):
        return Field(name, declared, f"to_json({column})::varchar", f"to_json({column})::varchar")
    raw = f"case when not isnan({column}) then {column} end" if kind.lower() in ("float", "double") else column
    if family(kind) == declared or (family(kind) == "bigint" and declared == "double"):
        value = f"try_cast({raw} as {declared})"
        if declared == "double" and family(kind) == "double":
            value = f"case when isfinite({value}) then {value} end"
        return Field(name, declared, raw, value)
    text = f"to_json({column})::varchar" if is_nested(kind) else f"cast({raw} as varchar)"
    return Field(name, declared, text, _from_text(declared, text))


def _drift(file: str, schema: Iterable[tuple[str, str]], kinds: dict[str, str]) -> list[str]:
    """The columns of a file whose type is of another family than the raw column, as sentences."""
    return [
        f"column {name}: {kinds[name.lower()]} in the raw table, {kind.lower()} in {file}"
        for name, kind in schema
        if not _is_same(kind, kinds[name.lower()]) and not _holds(kinds[name.lower()], kind)
    ]


def _is_same(kind: str, declared: str) -> bool:
    return kind.lower() == declared and declared not in ("double", "json")


def _holds(declared: str, kind: str) -> bool:
    return (
        family(kind) == family(declared)
        or (declared == "double" and family(kind) == "bigint")
        or (declared == "json" and family(kind) in ("varchar", "json"))
    )


def _from_text(declared: str, text: str) -> str:
    try:
        known_type(declared)
    except ValueError:
        return f"try_cast({text} as {declared})"
    return from_text(declared, text)
