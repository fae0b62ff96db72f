"""What every connector owes the engine. A new connector passes it by naming how to make a batch, what its destination
holds, and how to provoke the failures that apply to it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import pytest

from activations.contract import Action, Batch, Connector, Operation, Options, Pending, Surroundings, Target
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from activations.patience import Patience, send_patiently
from heddle.errors import RetryLater, StopSync, SyncError

AS_OF = datetime.fromisoformat("2026-06-15T04:30:00")
Failure = Callable[[], AbstractContextManager[Connector | None]]


class ConnectorSuite(ABC):
    """Subclass as `Test<Name>`; rows are numbered, row n has the key `k<n>`."""

    object: str
    actions: tuple[Action, ...] = ("add", "change", "remove")

    @pytest.fixture
    def connector(self, tmp_path: Path) -> Iterator[Connector]:
        with self.destination(tmp_path):
            made = self.make(tmp_path)
            yield made
            made.close()

    @abstractmethod
    def destination(self, folder: Path) -> AbstractContextManager[object]:
        """The local server, or nothing."""

    @abstractmethod
    def make(self, folder: Path) -> Connector: ...

    @abstractmethod
    def operation(self, n: int, action: Action) -> Operation: ...

    @abstractmethod
    def held(self, folder: Path) -> set[str]:
        """What of the rows is at the destination, by `k<n>`."""

    def options(self) -> Options:
        return Options()

    def stops(self) -> list[Failure]:
        """Destinations that cannot go on at all; a failure may bring a connector of its own."""
        return []

    def delays(self) -> list[Failure]:
        """Destinations that ask for patience once."""
        return []

    def rejects(self) -> list[tuple[Failure, bool]]:
        """Destinations that refuse row 1 of a batch, and whether that may pass later."""
        return []

    def target(self) -> Target:
        return Target("s", self.object, "a list", "upsert", "remove", "operational", AS_OF, ("key",), self.options())

    def batch(self, *numbers: int, action: Action = "add") -> Batch:
        return Batch(self.target(), tuple(self.operation(n, action) for n in numbers))

    def send(self, connector: Connector, batch: Batch) -> dict[int, Outcome]:
        sent = send_patiently(connector, batch, Patience(sleep=lambda seconds: None))
        assert sent.stop is None, sent.stop
        assert set(sent.outcomes) == {operation.op_id for operation in batch.operations}
        return {**sent.outcomes, **self.settle(connector, batch, sent.outcomes)}

    def settle(self, connector: Connector, batch: Batch, outcomes: Mapping[int, Outcome]) -> dict[int, Outcome]:
        """What became of the operations that were accepted for later, as later ticks would find out."""
        receipts: dict[str, list[Operation]] = {}
        for operation in batch.operations:
            outcome = outcomes[operation.op_id]
            if isinstance(outcome, Accepted):
                receipts.setdefault(outcome.receipt, []).append(operation)
        found: dict[int, Outcome] = {}
        for receipt, operations in receipts.items():
            part = batch.part(operations)
            while isinstance(result := connector.poll(receipt, part), Pending):
                assert result.after > 0
            assert not any(isinstance(outcome, Accepted) for outcome in result.outcomes.values())
            found |= result.outcomes
        return found

    def test_objects_describe_themselves(self, connector: Connector) -> None:
        for name, spec in connector.objects().items():
            assert spec.name == name and spec.limits.max_rows > 0 and spec.matches and spec.on_leave
            assert set(spec.text_options | spec.file_options) <= set(spec.options.model_fields)

    @pytest.mark.parametrize("size", [1, 2, 7])
    def test_one_outcome_per_operation_for_every_action(self, connector: Connector, tmp_path: Path, size: int) -> None:
        for action in self.actions:
            outcomes = self.send(connector, self.batch(*range(size), action=action))
            assert kinds(outcomes.values()) == {Delivered}
            assert self.held(tmp_path) == (set() if action == "remove" else {f"k{n}" for n in range(size)})

    def test_the_order_of_rows_does_not_matter(self, connector: Connector, tmp_path: Path) -> None:
        forwards = self.send(connector, self.batch(0, 1, 2))
        backwards = self.send(connector, self.batch(5, 4, 3))
        assert kinds(forwards.values()) == kinds(backwards.values()) == {Delivered}
        assert self.held(tmp_path) == {f"k{n}" for n in range(6)}

    def test_preview_shows_nobody(self, connector: Connector) -> None:
        for n in range(3):
            assert f"person{n}@mail.example" not in connector.preview(self.batch(n))

    def test_a_stop_says_where_and_loses_nothing(self, connector: Connector, tmp_path: Path) -> None:
        for failure in self.stops():
            with failure() as other, pytest.raises(StopSync) as caught:
                (other or connector).send(self.batch(0, 1))
            assert caught.value.where and "mail.example" not in str(caught.value)
            assert self.held(tmp_path) == set()
            if other:
                other.close()

    def test_patience_is_rewarded(self, connector: Connector, tmp_path: Path) -> None:
        for number, failure in enumerate(self.delays()):
            with failure():
                with pytest.raises(RetryLater):
                    connector.send(self.batch(10 * number))
                sent = self.send(connector, self.batch(10 * number, 10 * number + 1))
                assert kinds(sent.values()) == {Delivered}
            assert {f"k{10 * number}", f"k{10 * number + 1}"} <= self.held(tmp_path)

    def test_one_bad_row_is_found_among_good_ones(self, connector: Connector, tmp_path: Path) -> None:
        for number, (failure, retryable) in enumerate(self.rejects()):
            first = 10 * number
            with failure():
                outcomes = self.send(connector, self.batch(first, 1, first + 2, first + 3))
            bad = outcomes[1]
            assert isinstance(bad, Rejected) and bad.retryable == retryable and "mail.example" not in bad.message
            assert [type(outcome) for op_id, outcome in outcomes.items() if op_id != 1] == [Delivered] * 3
            assert "k1" not in self.held(tmp_path)


def kinds(outcomes: Iterable[Outcome]) -> set[type[Outcome]]:
    return {type(outcome) for outcome in outcomes}


def surroundings(folder: Path, secrets: dict[str, str] | None = None) -> Surroundings:
    def secret(name: str) -> str:
        if secrets and name in secrets:
            return secrets[name]
        raise SyncError(f"no {name}")

    return Surroundings(folder, secret)
