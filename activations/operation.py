"""One row to add, change or remove, as a destination gets it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from activations.object_spec import Action

NONE: Mapping[str, Any] = MappingProxyType({})


def none_given() -> Mapping[str, Any]:
    return NONE


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
    ids: Mapping[str, str] = field(default_factory=none_given)
