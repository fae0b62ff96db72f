"""The contract between the engine and a destination.

A connector describes its objects, sends one batch at a time, and gives exactly one outcome per operation. It raises
`StopSync` (nothing of this batch went out and the sync cannot go on), `RetryLater(after)` (nothing of this batch is
known to have arrived; ask again) or, from a field rule, `RejectRecord`. It never sees the plan or the warehouse.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from activations.outcomes import Outcome

Action = Literal["add", "change", "remove"]
Match = Literal["upsert", "update_only", "create_only"]
OnLeave = Literal["nothing", "remove", "clear", "delete"]
Channel = Literal["email", "sms", "ads"]
FieldKind = Literal["email", "phone", "any"]


class Options(BaseModel):
    """The settings of a connection or of an object; an unknown word is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class FieldSpec:
    """How a destination wants one field. `kind` is what the plan can check in the warehouse; `normalise` has the last
    word and raises RejectRecord for a value that the destination would never take."""

    kind: FieldKind = "any"
    required: bool = False
    identifier: bool = False
    normalise: Callable[[object], object] = lambda value: value


@dataclass(frozen=True)
class Limits:
    """Sizes of one batch, and how fast batches may follow (per account)."""

    max_rows: int
    max_bytes: int = 5_000_000
    max_item_bytes: int = 1_000_000
    per_second: float | None = None


@dataclass(frozen=True)
class ObjectSpec:
    """One thing that a destination holds: what identifies a row, which fields it has, what may be asked of it.

    `kind` "message" is sent once per occurrence; "record" is kept equal to the warehouse. `idempotent` says whether a
    batch may be repeated without harm when nobody knows if it arrived.
    """

    name: str
    kind: Literal["record", "message"]
    channel: Channel | None
    limits: Limits
    idempotent: bool
    matches: frozenset[Match]
    on_leave: frozenset[OnLeave]
    fields: Mapping[str, FieldSpec] = field(default_factory=dict)
    open_fields: bool = False
    needs_key_fields: bool = False
    options: type[Options] = Options
    text_options: frozenset[str] = frozenset()
    file_options: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()

    def field(self, name: str) -> FieldSpec:
        return self.fields.get(name, FieldSpec())


@dataclass(frozen=True)
class Operation:
    """One row to add, change or remove. `fields` are what the destination gets; `texts` are rendered templates."""

    op_id: int
    action: Action
    key: str
    fields: Mapping[str, object]
    texts: Mapping[str, str] = field(default_factory=dict)
    message_id: str | None = None


@dataclass(frozen=True)
class Target:
    """Where a batch goes, and what the sync asked for."""

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
    """The outcome of every operation of `batch`, by op_id. Cannot exist with one outcome missing or too many."""

    batch: Batch
    outcomes: Mapping[int, Outcome]

    def __post_init__(self) -> None:
        expected = {operation.op_id for operation in self.batch.operations}
        if set(self.outcomes) != expected:
            missing, extra = len(expected - set(self.outcomes)), len(set(self.outcomes) - expected)
            raise ValueError(f"{missing} operations without an outcome, {extra} outcomes of no operation")
        wrong = [type(value).__name__ for value in self.outcomes.values() if not isinstance(value, Outcome)]
        if wrong:
            raise ValueError(f"not an outcome: {', '.join(sorted(set(wrong)))}")

    @classmethod
    def in_order(cls, batch: Batch, outcomes: Iterable[Outcome]) -> Self:
        """From a destination that answers in the order of the request."""
        answered = tuple(outcomes)
        if len(answered) != len(batch.operations):
            raise ValueError(f"{len(batch.operations)} operations, {len(answered)} outcomes")
        return cls(batch, {op.op_id: outcome for op, outcome in zip(batch.operations, answered, strict=True)})

    @classmethod
    def same(cls, batch: Batch, outcome: Outcome) -> Self:
        """Only for a destination whose answer is about the batch as a whole (a file that was replaced)."""
        return cls.in_order(batch, [outcome] * len(batch.operations))


@dataclass(frozen=True)
class Surroundings:
    """What a connector may know of the machine: where local deliveries go, and how to read a named secret."""

    outbox: Path
    secret: Callable[[str], str]


class Connector(ABC):
    """One destination: one file in `activations/connectors`."""

    name: ClassVar[str]
    Config: ClassVar[type[Options]]
    api_version: ClassVar[str | None] = None
    api_sunset: ClassVar[str | None] = None

    @abstractmethod
    def __init__(self, config: Options, surroundings: Surroundings) -> None: ...

    @classmethod
    @abstractmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        """What this destination holds, by the name that sync files use."""

    @abstractmethod
    def check(self) -> None:
        """Credentials and permissions, without side effect. Raises StopSync."""

    @abstractmethod
    def send(self, batch: Batch) -> BatchResult:
        """Sends one batch; one outcome per operation."""

    @abstractmethod
    def preview(self, batch: Batch) -> str:
        """The request that `send` would make, secrets and personal data masked."""

    def account(self) -> str:
        """What rate limits and locks are held against."""
        return self.name

    def holds(self, target: Target) -> bool | None:  # noqa: ARG002 - the default knows nothing
        """False when the destination is known to have lost the audience; None when it cannot be asked."""
        return None

    def message_id(self, digest: str) -> str:
        """The destination's form of our deterministic message id."""
        return digest

    def variables(self, message_id: str | None) -> Mapping[str, object]:  # noqa: ARG002 - the default has none
        """What templates may use besides the columns of the source; the names are in ObjectSpec.variables."""
        return {}

    def close(self) -> None:
        """Gives connections back; called once, also after an error."""
        return
