"""No message keeps a value of a row; all keep what went wrong, the types and the names."""

import traceback
from pathlib import Path

import duckdb
import pytest

from heddle.errors import WarehouseError
from heddle.settings import Settings
from heddle.transform.dbt_message import project_error, without_values
from heddle.warehouse import open_warehouse
from heddle.warehouse.duckdb import translate

# the statement; what may not be told; what has to be
STATEMENTS = [
    ("select cast('1985-02-30' as date)", "1985", "date field value out of range"),
    ("select cast(v as date) from people", "12 Main", "casting from source column v"),
    ("select strptime('12 Main St', '%Y')", "Main", "Could not parse string"),
    ("select json_extract('{bad anna', '$.a')", "anna", "Malformed JSON"),
    ("""select json_extract('{"a": "anna" x "b"}', '$.a')""", "anna", "Malformed JSON"),
    ("select cast(12345678901234567890::hugeint as int)", "12345", "Type INT128 with value ... cannot be cast"),
    ("select 200::int::tinyint", "200", "destination type INT8"),
    ("select '12 \"Anna Nowak\" secret\nSt'::timestamp", "secret", "invalid timestamp field format"),
    ("select cast('O''Anna \"x' as int)", "Anna", "to INT32"),
    ("select cast('[1,anna' as int[])", "anna", "VARCHAR with value"),
    ("select '\\xanna'::blob", "anna", "hex escape"),
    ("select make_date(1985, 2, 30)", "1985", "Date out of range"),
    ('select json_transform_strict(\'{"a":"anna"}\', \'{"a":"int"}\')', "anna", "cast value to numerical"),
    ("insert into people values ('x', 48600700800)", "48600700800", "primary key constraint"),
    ("insert into people values ('x', null)", "'x'", "NOT NULL constraint failed: people.n"),
    ("select foo from people", "Main", 'column "foo" not found'),
    ("select * from nobody", "Main", "Table with name nobody does not exist"),
    ("selec 1", "Main", 'at or near "selec"'),
]


@pytest.mark.parametrize(("sql", "hidden", "told"), STATEMENTS)
def test_no_value_is_in_a_message(sql: str, hidden: str, told: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table people (v varchar, n bigint primary key)")
        connection.execute("insert into people values ('12 Main St', 48600700800)")
        with pytest.raises(duckdb.Error) as caught:
            connection.execute(sql).fetchall()
    ours = translate(caught.value, Path("w.duckdb")).what
    dbt = f"Runtime Error in model stg_x (models/staging/stg_x.sql)\n  {caught.value}\n  compiled code at target/x.sql"
    assert hidden not in ours and told in ours
    shown = without_values(dbt)
    assert hidden not in shown and shown.startswith("Runtime Error in model stg_x (models/staging/stg_x.sql) ")
    assert told.replace("'", "") in shown.replace("'", "")
    assert hidden not in str(project_error(dbt)) or "Binder" in ours


def test_the_error_behind_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "dbt_project").mkdir()
    settings = Settings.load(tmp_path, state=tmp_path / "state", sources="demo")
    with open_warehouse(settings) as warehouse, pytest.raises(WarehouseError) as caught:
        warehouse.execute("select cast('12 Main St' as date)")
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    formatted = traceback.format_exception_only(caught.value)
    assert "Main" not in "".join(formatted)
