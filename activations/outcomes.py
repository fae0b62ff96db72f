"""What became of one operation: exactly one of five, each with what the engine needs to settle it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from activations.masking import mask_personal

Scope: TypeAlias = Literal["row", "batch", "destination"]
UNSENDABLE = "a value of this row cannot be sent"  # the message of a row that was refused before any call
_NO_CODE = re.compile(r"[^A-Za-z0-9_.:-]+")
_LONG_NUMBER = re.compile(r"\d(?:[_.:-]?\d){6,}")


_NONE: Mapping[str, str] = MappingProxyType({})


def _none() -> Mapping[str, str]:
    return _NONE


def code_of(said: str) -> str:
    """A destination's word as a code: one word of 60 characters at most, without addresses and long numbers. Codes
    are counted, logged and shown, so nothing personal may be in them whatever the destination put there."""
    word = _NO_CODE.sub("_", mask_personal(said)).strip("_")
    return _LONG_NUMBER.sub("number", word)[:60] or "unspecified"


@dataclass(frozen=True)
class Delivered:
    """The destination holds it, or took the message. `ids` are those it gave the row (a contact id): they are kept,
    and handed back with the next change and the removal of the row."""

    ids: Mapping[str, str] = field(default_factory=_none, hash=False)


@dataclass(frozen=True)
class Accepted:
    """Taken, to be confirmed later under `receipt`."""

    receipt: str
    ids: Mapping[str, str] = field(default_factory=_none, hash=False)


@dataclass(frozen=True)
class Rejected:
    """Refused. `scope` says whose fault it is: this row's, the whole batch's (the engine bisects it), or the
    destination's (the row counts as not attempted and stays in the plan). `suppress`: the address itself is refused for
    good (opted out, forgotten), and no sync of the channel sends to it again."""

    code: str
    message: str
    retryable: bool = False
    scope: Scope = "row"
    suppress: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", code_of(self.code))
        object.__setattr__(self, "message", mask_personal(self.message))


@dataclass(frozen=True)
class Unknown:
    """It may or may not have arrived. Where a repeat would do harm, a person decides."""

    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", mask_personal(self.reason))


@dataclass(frozen=True)
class Skipped:
    """The destination took no action, and that is not a failure (an update of a row it does not know)."""

    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", code_of(self.reason))


Outcome: TypeAlias = Delivered | Accepted | Rejected | Unknown | Skipped
