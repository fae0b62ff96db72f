import csv
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from connector_suite import ConnectorSuite, Failure, surroundings

from activations.connectors.files import FilesConfig, FilesConnector
from activations.contract import Action, Connector, Operation


class FilesSuite(ConnectorSuite):
    def destination(self, folder: Path) -> AbstractContextManager[object]:
        self.folder = folder
        return nullcontext()

    def make(self, folder: Path) -> Connector:
        return FilesConnector(FilesConfig(), surroundings(folder))

    def operation(self, n: int, action: Action) -> Operation:
        return Operation(n, action, f"k{n}", {"key": f"k{n}", "email": f"person{n}@mail.example", "n": n, "none": None})

    def stops(self) -> list[Failure]:
        @contextmanager
        def in_the_way() -> Iterator[None]:
            (self.folder / "files").write_text("not a folder")
            yield
            (self.folder / "files").unlink()

        return [in_the_way]

    def file(self, folder: Path) -> Path:
        return folder / "files" / f"a_list.{self.object}"

    def test_no_partial_file_stays(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0, 1))
        assert [path.name for path in (tmp_path / "files").iterdir()] == [f"a_list.{self.object}"]

    def test_a_lost_file_is_noticed(self, connector: Connector, tmp_path: Path) -> None:
        assert connector.holds(self.target()) is False
        self.send(connector, self.batch(0))
        assert connector.holds(self.target()) is True

    def test_a_change_replaces_the_row(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0, 1))
        self.send(connector, self.batch(1, action="change"))
        assert len(self.rows(tmp_path)) == 2

    def rows(self, folder: Path) -> list[dict[str, object]]:
        raise NotImplementedError

    def held(self, folder: Path) -> set[str]:
        return {str(row["key"]) for row in self.rows(folder)} if self.file(folder).exists() else set()


class TestCsv(FilesSuite):
    object = "csv"

    def rows(self, folder: Path) -> list[dict[str, object]]:
        with self.file(folder).open(newline="") as file:
            return list(csv.DictReader(file))

    @pytest.mark.parametrize("value", ['a "quoted", value', "two\nlines", "zażółć", "007"])
    def test_values_survive(self, connector: Connector, tmp_path: Path, value: str) -> None:
        batch = self.batch(0)
        self.send(connector, batch.part([Operation(0, "add", "k0", {"key": "k0", "text": value})]))
        self.send(connector, batch.part([Operation(1, "add", "k1", {"key": "k1", "text": "x"})]))
        assert self.rows(tmp_path)[0] == {"key": "k0", "text": value}


class TestJsonl(FilesSuite):
    object = "jsonl"

    def rows(self, folder: Path) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.file(folder).read_text().splitlines()]


class TestParquet(FilesSuite):
    object = "parquet"

    def rows(self, folder: Path) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = pq.read_table(self.file(folder)).to_pylist()
        return rows


del FilesSuite, ConnectorSuite
