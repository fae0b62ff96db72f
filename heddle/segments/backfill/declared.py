"""Tables without rows that others fill within the same transaction."""

from heddle.warehouse import Warehouse, identifier


def declared(wh: Warehouse, table: str, columns_of: str) -> str:
    """A statement that makes `table` with the columns of the select, unless it is there.

    Not out of the select itself: into a table that was made of no rows, DuckDB 2.0.0 inserts 122,880 or more in the
    same transaction so that no condition finds them until the file is opened again (docs/decisions/0014).
    """
    columns = wh.query(f"describe {columns_of}").to_pylist()
    listed = ", ".join(f"{identifier(str(column['column_name']))} {column['column_type']}" for column in columns)
    return f"create table if not exists {table} ({listed})"
