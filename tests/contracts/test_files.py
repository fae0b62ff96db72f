import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from connector_suite import ConnectorSuite, Failure, surroundings

from activations.connectors.files import FilesConfig, FilesConnector
from activations.contract import Action, Batch, Columns, Connector, Operation, Target
from activations.json_body import json_body


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
        return folder / "files" / f"a_list-1bd9c4.{self.object}"

    def test_no_partial_file_stays(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0, 1))
        assert [path.name for path in (tmp_path / "files").iterdir()] == [f"a_list-1bd9c4.{self.object}"]

    def test_names_that_look_alike_are_files_of_their_own(self, connector: Connector, tmp_path: Path) -> None:
        for n, audience in enumerate(("a list", "a_list", "a/list", "a_list.")):
            batch = self.batch(n)
            self.send(connector, replace(batch, target=replace(batch.target, audience=audience)))
        found = [path.name for path in (tmp_path / "files").iterdir()]
        assert len(found) == 4 and f"a_list.{self.object}" in found

    def test_a_lost_file_is_noticed(self, connector: Connector, tmp_path: Path) -> None:
        assert connector.holds(self.target()) is False
        self.send(connector, self.batch(0))
        assert connector.holds(self.target()) is True

    def test_a_change_replaces_the_row(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.batch(0, 1))
        self.send(connector, self.batch(1, action="change"))
        assert len(self.rows(tmp_path)) == 2

    def columns(self, action: Action, ids: Sequence[int], said: object, run: Target | None = None) -> Batch:
        keys = [f"k{n}" for n in ids]
        fields = {"key": keys, "said": [said] * len(keys), "none": [None] * len(keys)}
        return Batch(run or self.target(), Columns(action, ids, keys, fields))

    @pytest.mark.parametrize("one_process", [True, False])
    def test_columns_of_many_batches(self, connector: Connector, tmp_path: Path, one_process: bool) -> None:
        """Of one run some are new to the file, which is copied, and some meet rows of it; the next run knows nothing of
        it, also in the same process."""
        one, other = self.target(), self.target()
        for ids in ((1, 2), (3, 4)):
            self.send(connector, self.columns("add", ids, f"a{len(ids)}", one))
        again = connector if one_process else self.make(tmp_path)
        for ids in ((2, 3, 5), (9,)):
            self.send(again, self.columns("add", ids, f"a{len(ids)}", other))
        self.send(again, self.columns("remove", (1, 9), None, other))
        self.send(again, self.columns("add", (6,), "b"))
        self.send(again, self.columns("remove", (1, 6, 7), None))
        self.send(again, self.columns("add", (8,), "c"))
        found = {str(row["key"]): row["said"] for row in self.rows(tmp_path)}
        assert found == {"k2": "a3", "k3": "a3", "k4": "a2", "k5": "a3", "k8": "c"} and len(self.rows(tmp_path)) == 5

    def test_half_of_a_key_may_be_empty(self, connector: Connector, tmp_path: Path) -> None:
        for said in ("x", "y"):
            target = replace(self.target(), key_fields=("key", "none"))
            self.send(connector, self.columns("add", (1, 2), said, target))
        assert [row["said"] for row in self.rows(tmp_path)] == ["y", "y"]

    def test_a_removal_comes_before_there_is_a_file(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.columns("remove", (1,), None))
        assert self.rows(tmp_path) == []
        self.send(connector, self.columns("add", (2,), "x"))
        assert [row["key"] for row in self.rows(tmp_path)] == ["k2"]

    def test_a_column_may_hold_values_of_any_kind(self, connector: Connector, tmp_path: Path) -> None:
        """What another run has to read again, and leave as it is: `said` are texts, or what JSON says of them."""
        values: list[object] = ["x" * 200_000, 2**70, {"a": [1, None]}, [True], 1.5, "", None, "a\u2028\x00\r\nb"]
        for first, rows in ((0, values), (len(values), ["later"])):
            ids = range(first, first + len(rows))
            keys = [f"k{n}" for n in ids]
            fields = {"key": keys, "said": rows, "none": [None] * len(rows)}
            self.send(self.make(tmp_path), Batch(self.target(), Columns("add", ids, keys, fields)))
        by_row = [Operation(90, "add", "k90", {"key": "k90", "said": {"b": 2}, "none": None})]
        self.send(self.make(tmp_path), self.columns("add", (90,), None).part(by_row))
        found = [row["said"] for row in self.rows(tmp_path)]
        expected = [*values, "later", {"b": 2}]
        assert [self.said(value) for value in found] == [self.said(value) for value in expected]

    def said(self, value: object) -> object:
        """A value, whether the format keeps its kind or a text of it."""
        return value if isinstance(value, str) else json_body(value).decode()

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

    def said(self, value: object) -> object:
        return super().said("" if value is None else value)


class TestJsonl(FilesSuite):
    object = "jsonl"

    def test_a_file_that_was_edited_by_hand_needs_no_last_line_feed(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.columns("add", (1, 2), "a"))
        self.file(tmp_path).write_bytes(self.file(tmp_path).read_bytes().rstrip().replace(b"\n", b"\n\n"))
        self.send(self.make(tmp_path), self.columns("add", (3,), "b"))
        assert {str(row["key"]): row["said"] for row in self.rows(tmp_path)} == {"k1": "a", "k2": "a", "k3": "b"}

    def rows(self, folder: Path) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.file(folder).read_text().split("\n")[:-1]]


class TestParquet(FilesSuite):
    object = "parquet"

    def rows(self, folder: Path) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = pq.read_table(self.file(folder)).to_pylist()
        return rows

    def test_a_column_takes_the_type_that_holds_old_and_new(self, connector: Connector, tmp_path: Path) -> None:
        for n, said in enumerate([None, 1, 2.5, "three"]):
            self.send(connector, self.columns("add", (n,), said))
            rows = {str(row["key"]): row["said"] for row in self.rows(tmp_path)}
            if n < 3:
                assert rows == dict(zip(["k0", "k1", "k2"], [None, 1, 2.5][: n + 1], strict=False))
        assert rows == {"k0": None, "k1": "1", "k2": "2.5", "k3": "three"}

    def test_lists_and_objects_become_texts_beside_other_values(self, connector: Connector, tmp_path: Path) -> None:
        for n, said in enumerate([[1, 2], {"a": 1}, "text"]):
            self.send(connector, self.columns("add", (n,), said))
        assert [row["said"] for row in self.rows(tmp_path)] == ["[1,2]", '{"a":1}', "text"]

    def test_no_digit_is_lost_to_a_fraction_that_comes_later(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.columns("add", (0,), 2**53 + 1))
        self.send(connector, self.columns("add", (1,), 0.5))
        assert [row["said"] for row in self.rows(tmp_path)] == [str(2**53 + 1), "0.5"]

    def test_a_column_that_is_no_longer_sent_is_gone(self, connector: Connector, tmp_path: Path) -> None:
        self.send(connector, self.columns("add", (0,), "x"))
        self.send(connector, self.columns("add", (1,), "x").part([Operation(1, "add", "k1", {"key": "k1", "new": 1})]))
        assert self.rows(tmp_path) == [{"key": "k0", "new": None}, {"key": "k1", "new": 1}]


del FilesSuite, ConnectorSuite
