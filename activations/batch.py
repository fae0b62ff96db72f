"""What goes to a destination in one call, and what comes back: one outcome per operation, no more, no less."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Self

from activations.object_spec import Action, Match, OnLeave, Options
from activations.outcomes import Outcome

_NONE: Mapping[str, Any] = MappingProxyType({})


def _none() -> Mapping[str, Any]:
    return _NONE


class _Clear(Enum):
    CLEAR = "clear"


CLEAR: Final = _Clear.CLEAR
"""The value of a field that the destination has to empty (see ObjectSpec.clears)."""


@dataclass(frozen=True)
class Operation:
    """One row to add, change or remove. `fields` are what the destination gets; `texts` are rendered templates; `ids`
    are those that the destination gave for this row earlier (an outcome's `ids`)."""

    op_id: int
    action: Action
    key: str
    fields: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict)
    message_id: str | None = None
    ids: Mapping[str, str] = field(default_factory=_none)


@dataclass(frozen=True)
class Target:
    """Where a batch goes, and what the sync asked for. `held` counts the rows there; `ids` are what `ensure_audience`
    gave (empty before the first run, so that `preview` has to do without)."""

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
    ids: Mapping[str, str] = field(default_factory=_none)


@dataclass(frozen=True)
class Batch:
    """Operations of one action for one target; never empty."""

    target: Target
    operations: tuple[Operation, ...]

    def __post_init__(self) -> None:
        if len({operation.action for operation in self.operations}) != 1:
            raise ValueError("a batch holds operations of one action")
        if len({operation.op_id for operation in self.operations}) != len(self.operations):
            raise ValueError("a batch holds an operation once")

    @property
    def action(self) -> Action:
        return self.operations[0].action

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
    unattributed: Mapping[str, int] = field(default_factory=_none)

    def __post_init__(self) -> None:
        expected = {operation.op_id for operation in self.batch.operations}
        if set(self.outcomes) != expected:
            missing, extra = len(expected - set(self.outcomes)), len(set(self.outcomes) - expected)
            raise ValueError(f"{missing} operations without an outcome, {extra} outcomes of no operation")
        wrong = [type(value).__name__ for value in self.outcomes.values() if not isinstance(value, Outcome)]
        if wrong:
            raise ValueError(f"not an outcome: {', '.join(sorted(set(wrong)))}")

    @classmethod
    def in_order(cls, batch: Batch, outcomes: Iterable[Outcome], unattributed: Mapping[str, int] = _NONE) -> Self:
        """From a destination that answers in the order of the request."""
        answered = tuple(outcomes)
        if len(answered) != len(batch.operations):
            raise ValueError(f"{len(batch.operations)} operations, {len(answered)} outcomes")
        by_id = {op.op_id: outcome for op, outcome in zip(batch.operations, answered, strict=True)}
        return cls(batch, by_id, unattributed)

    @classmethod
    def same(cls, batch: Batch, outcome: Outcome, unattributed: Mapping[str, int] = _NONE) -> Self:
        """Only for a destination whose answer is about the batch as a whole (a file that was replaced)."""
        return cls.in_order(batch, [outcome] * len(batch.operations), unattributed)


@dataclass(frozen=True)
class Pending:
    """The destination is not done with a receipt; ask again after so many seconds."""

    after: float = 60
