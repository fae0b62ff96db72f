"""What goes to a destination in one call, and what comes back: one outcome per operation, no more, no less."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Self

from activations.alike import Alike, kinds_of
from activations.columns import Columns
from activations.object_spec import Action, Match, OnLeave, Options
from activations.operation import CLEAR, NONE, Operation, none_given
from activations.outcomes import Accepted, Delivered, Outcome, Rejected, Skipped, Unknown

__all__ = ["CLEAR", "Batch", "BatchResult", "Columns", "Operation", "Pending", "Target"]
_ids = attrgetter("ids")
_OUTCOMES = frozenset({Accepted, Delivered, Rejected, Skipped, Unknown})


@dataclass(frozen=True)
class Target:
    """Where a batch goes, and what the sync asked for. `held` counts the rows there; `ids` are what `ensure_audience`
    gave (empty before the first run, so that `preview` has to do without). A run has one, the same object for all its
    batches, and sends each key once."""

    sync: str
    object: str
    audience: str
    match: Match
    on_leave: OnLeave
    purpose: str
    as_of: datetime
    key_fields: tuple[str, ...]
    options: Options
    held: int = 0
    ids: Mapping[str, str] = field(default_factory=none_given)


@dataclass(frozen=True)
class Batch:
    """Operations of one action for one target; never empty. `more`: others follow, and `Connector.publish` behind them,
    so that nothing of this one has to be seen there before (ObjectSpec.publish_every)."""

    target: Target
    operations: Sequence[Operation]
    more: bool = False

    def __post_init__(self) -> None:
        operations = self.operations
        actions = {operations.action} if isinstance(operations, Columns) else {one.action for one in operations}
        if len(actions) != 1 or not operations:
            raise ValueError("a batch holds operations of one action")
        if len(set(self.op_ids)) != len(operations):
            raise ValueError("a batch holds an operation once")

    @property
    def action(self) -> Action:
        return self.operations.action if isinstance(self.operations, Columns) else self.operations[0].action

    @cached_property
    def op_ids(self) -> Sequence[int]:
        if isinstance(self.operations, Columns):
            return self.operations.op_ids
        ids = tuple(operation.op_id for operation in self.operations)
        span = range(ids[0], ids[0] + len(ids))
        return span if tuple(span) == ids else ids

    @property
    def keys(self) -> Sequence[str]:
        if isinstance(self.operations, Columns):
            return self.operations.keys
        return [operation.key for operation in self.operations]

    def rows(self) -> Iterator[Mapping[str, object]]:
        """The fields of each operation, in order: cheaper than the operations where nothing else is needed."""
        if isinstance(self.operations, Columns):
            return self.operations.rows()
        return (operation.fields for operation in self.operations)

    def part(self, operations: Iterable[Operation]) -> "Batch":
        return Batch(self.target, tuple(operations))


@dataclass(frozen=True)
class BatchResult:
    """The outcome of every operation of `batch`, by op_id. Cannot exist with one outcome missing or too many.

    `unattributed` is for destinations that only count (class D): reason -> rows of this batch that the destination did
    not use and will not name. It is reported and alerted on beside the outcomes.
    """

    batch: Batch
    outcomes: Mapping[int, Outcome]
    unattributed: Mapping[str, int] = field(default_factory=none_given)

    def __post_init__(self) -> None:
        alike = isinstance(self.outcomes, Alike) and self.outcomes.op_ids == self.batch.op_ids
        expected = set() if alike else set(self.batch.op_ids)
        if not alike and self.outcomes.keys() != expected:
            missing, extra = len(expected - set(self.outcomes)), len(set(self.outcomes) - expected)
            raise ValueError(f"{missing} operations without an outcome, {extra} outcomes of no operation")
        if wrong := kinds_of(self.outcomes) - _OUTCOMES:
            raise ValueError(f"not an outcome: {', '.join(sorted(kind.__name__ for kind in wrong))}")

    @classmethod
    def in_order(cls, batch: Batch, outcomes: Iterable[Outcome], unattributed: Mapping[str, int] = NONE) -> Self:
        """From a destination that answers in the order of the request."""
        answered = tuple(outcomes)
        if len(answered) != len(batch.operations):
            raise ValueError(f"{len(batch.operations)} operations, {len(answered)} outcomes")
        if set(map(type, answered)) == {Delivered} and not any(map(_ids, answered)):
            return cls.same(batch, answered[0], unattributed)
        return cls(batch, dict(zip(batch.op_ids, answered, strict=True)), unattributed)

    @classmethod
    def same(cls, batch: Batch, outcome: Outcome, unattributed: Mapping[str, int] = NONE) -> Self:
        """Where the answer is about the batch as a whole (a file that was replaced), or says the same of every row."""
        op_ids = batch.op_ids
        alike = Alike(op_ids, outcome) if isinstance(op_ids, range) else dict.fromkeys(op_ids, outcome)
        return cls(batch, alike, unattributed)


@dataclass(frozen=True)
class Pending:
    """The destination is not done with a receipt; ask again after so many seconds."""

    after: float = 60
