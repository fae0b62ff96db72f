from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from connector_suite import AS_OF, ConnectorSuite, Failure, surroundings
from postgres_cluster import needs_postgres, postgres_cluster

from activations.connectors.database import DatabaseConfig, DatabaseConnector, TableOptions
from activations.contract import Action, Batch, Connector, Operation, Options, Target
from activations.outcomes import Delivered, Rejected
from heddle.errors import StopSync

COLUMNS = "key varchar(20) primary key, email text, n integer not null, born date"


class TestSqlite(ConnectorSuite):
    object = "table"

    @contextmanager
    def destination(self, folder: Path) -> Iterator[None]:
        self.folder, self.url = folder, f"sqlite:///{folder}/crm.db"
        self.execute(f"create table people ({COLUMNS})")
        yield

    def execute(self, *statements: str) -> None:
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        engine.dispose()

    def make(self, folder: Path, url: str | None = None) -> Connector:
        return DatabaseConnector(DatabaseConfig(url_env="URL"), surroundings(folder, {"URL": url or self.url}))

    def options(self) -> Options:
        return TableOptions(table="people")

    def operation(self, n: int, action: Action) -> Operation:
        fields = {"key": f"k{n}", "email": f"person{n}@mail.example", "n": n, "born": "1990-03-07"}
        return Operation(n, action, f"k{n}", {"key": f"k{n}"} if action == "remove" else fields)

    def rows(self) -> list[Any]:
        engine = sa.create_engine(self.url)
        with engine.connect() as connection:
            found = list(connection.execute(sa.text("select key, email, n, born from people order by key")))
        engine.dispose()
        return found

    def held(self, folder: Path) -> set[str]:
        return {row[0] for row in self.rows()}

    def stops(self) -> list[Failure]:
        @contextmanager
        def nowhere() -> Iterator[Connector]:
            yield self.make(self.folder, "sqlite:////no/such/folder/crm.db")

        return [nowhere]

    def rejects(self) -> list[tuple[Failure, bool]]:
        @contextmanager
        def refuse() -> Iterator[None]:
            self.execute(
                "create trigger refuse before insert on people when new.key = 'k1' "
                "begin select raise(abort, 'person1@mail.example is not wanted'); end"
            )
            yield
            self.execute("drop trigger refuse")

        return [(refuse, False)]

    def test_a_change_replaces_the_row_and_a_repeat_changes_nothing(self, connector: Connector) -> None:
        self.send(connector, self.batch(0, 1))
        self.send(connector, self.batch(1, action="change"))
        assert len(self.rows()) == 2

    def test_a_value_that_does_not_fit_its_column_is_rejected_alone(self, connector: Connector) -> None:
        bad = Operation(1, "add", "k1", {"key": "k1", "email": None, "n": 1, "born": "yesterday"})
        outcomes = self.send(connector, self.batch(0).part([self.operation(0, "add"), bad]))
        assert outcomes[0] == Delivered() and isinstance(outcomes[1], Rejected)
        assert self.held(self.folder) == {"k0"}

    @pytest.mark.parametrize(("table", "said"), [("nobody", "no table nobody"), ("people", "no column shoe_size")])
    def test_what_is_missing_is_named(self, connector: Connector, table: str, said: str) -> None:
        target = Target("s", "table", "a", "upsert", "remove", "ads", AS_OF, ("key",), TableOptions(table=table))
        row = Operation(0, "add", "k0", {"key": "k0", "shoe_size": 44})
        with pytest.raises(StopSync, match=said):
            connector.send(Batch(target, (row,)))

    def test_a_lost_table_is_noticed(self, connector: Connector) -> None:
        assert connector.holds(self.target()) is True
        self.execute("drop table people")
        assert connector.holds(self.target()) is False

    @pytest.mark.parametrize("url", ["not an address", "nodialect://host/db"])
    def test_an_address_of_no_use_says_what_to_do_and_is_not_shown(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(StopSync, match="of no use") as caught:
            self.make(tmp_path, url).check()
        assert url not in str(caught.value)


@needs_postgres
def test_rows_and_types_on_postgres(tmp_path: Path) -> None:
    with postgres_cluster() as url:
        suite = TestSqlite()
        suite.url, suite.folder = url.replace("postgresql://", "postgresql+psycopg2://"), tmp_path
        suite.execute(f"create table people ({COLUMNS})")
        connector = suite.make(tmp_path)
        connector.check()
        assert set(suite.send(connector, suite.batch(0, 1, 2)).values()) == {Delivered()}
        too_long = Operation(7, "add", "k7", {"key": "k" * 21, "email": "a@mail.example", "n": 7, "born": None})
        outcomes = suite.send(connector, suite.batch(3).part([suite.operation(3, "add"), too_long]))
        assert outcomes[3] == Delivered() and isinstance(outcomes[7], Rejected)
        suite.send(connector, suite.batch(1, action="remove"))
        assert [(row[0], row[3]) for row in suite.rows()] == [(f"k{n}", date(1990, 3, 7)) for n in (0, 2, 3)]
        connector.close()


del ConnectorSuite
