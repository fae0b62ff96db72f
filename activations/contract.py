"""The contract between the engine and a destination.

A connector describes its objects, sends one batch at a time, and gives exactly one outcome per operation. It raises
`StopSync` (nothing of this batch went out and the sync cannot go on), `RetryLater(after)` (nothing of this batch is
known to have arrived; ask again) or, from a field rule, `RejectRecord`. It never sees the plan or the warehouse.

`RetryLater` with more seconds than a run waits (a daily quota: the seconds until it resets) pauses every sync of the
account until then. The seven classes of partial failure, and how a connector says each: docs/write_a_connector.md.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from activations.batch import CLEAR, Batch, BatchResult, Columns, Operation, Pending, Target
from activations.field_spec import Digest, FieldKind, FieldSpec
from activations.object_spec import Action, Channel, Limits, Match, ObjectSpec, OnLeave, Options, Receipts

__all__ = [
    "CLEAR",
    "Action",
    "Batch",
    "BatchResult",
    "Channel",
    "Columns",
    "Connector",
    "Digest",
    "FieldKind",
    "FieldSpec",
    "Limits",
    "Match",
    "ObjectSpec",
    "OnLeave",
    "Operation",
    "Options",
    "Pending",
    "Receipts",
    "Surroundings",
    "Target",
]


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

    def publish(self, target: Target) -> None:  # noqa: ARG002 - by default, sending shows it
        """Shows what was sent with `Batch.more`, all of it or nothing. Raises StopSync: then it is sent again."""
        return

    def poll(self, receipt: str, batch: Batch) -> BatchResult | Pending:
        """What became of the operations that were accepted under `receipt`: all of them, in the order of sending, also
        when several batches got the same receipt. `Accepted` is no answer here. Asked at most once in a run."""
        raise NotImplementedError(f"{self.name} gives no receipts: {receipt} of {len(batch.operations)} operations")

    def ensure_audience(self, target: Target) -> Mapping[str, str]:
        """The ids of the audience, which is created when it is missing. Called before the first batch of a run; the
        result is remembered and becomes `Target.ids`. Repeating it creates nothing: look for the name first, since a
        run may die between creating and remembering."""
        return target.ids

    @abstractmethod
    def preview(self, batch: Batch) -> str:
        """The request that `send` would make, secrets and personal data masked."""

    def account(self) -> str:
        """What rate limits, quotas, pauses and locks are held against, all syncs of it together. No secrets."""
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
