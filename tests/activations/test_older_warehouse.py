"""A warehouse that an older version made: its tables get the columns that they lack, and then the views."""

import pytest
from sync_workspace import RECORDS, Workspace

from activations import ensure_tables
from activations.ledger import _ADDED, SCHEMA

LACKING = [(table, column.split()[0]) for table, columns in _ADDED.items() for column in columns]


@pytest.mark.parametrize(("table", "column"), LACKING)
def test_a_column_that_came_later_is_added(workspace: Workspace, table: str, column: str) -> None:
    workspace.wh.execute(f"drop view {SCHEMA}.sync_summary")
    workspace.wh.execute(f"drop view {SCHEMA}.activation_outcomes")
    workspace.wh.execute(f"alter table {SCHEMA}.{table} drop column {column}")
    ensure_tables(workspace.wh)
    ensure_tables(workspace.wh)
    workspace.people(2)
    assert workspace.run(workspace.sync(RECORDS)).outcomes == {"delivered": 2}
    assert workspace.value(f"select count(*) from {SCHEMA}.activation_outcomes") == 2
