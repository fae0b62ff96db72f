"""What became of one operation: exactly one of five, each with what the engine needs to settle it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from activations.masking import mask_personal

Scope: TypeAlias = Literal["row", "batch", "destination"]


@dataclass(frozen=True)
class Delivered:
    """The destination holds it, or took the message."""


@dataclass(frozen=True)
class Accepted:
    """Taken, to be confirmed later under `receipt`."""

    receipt: str


@dataclass(frozen=True)
class Rejected:
    """Refused. `scope` says whose fault it is: this row's, the whole batch's (the engine bisects it), or the
    destination's (the row counts as not attempted and stays in the plan)."""

    code: str
    message: str
    retryable: bool = False
    scope: Scope = "row"

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", mask_personal(self.message))


@dataclass(frozen=True)
class Unknown:
    """It may or may not have arrived. Where a repeat would do harm, a person decides."""

    reason: str


@dataclass(frozen=True)
class Skipped:
    """The destination took no action, and that is not a failure (an update of a row it does not know)."""

    reason: str


Outcome: TypeAlias = Delivered | Accepted | Rejected | Unknown | Skipped
