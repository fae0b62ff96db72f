"""How a destination wants one field, and the order in which a value is made fit for it."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import pyarrow as pa

from activations.text_column import TextColumn
from heddle.errors import RejectRecord

FieldKind = Literal["email", "phone", "any"]
Digest = Literal["sha256", "sha1", "md5"]
_LENGTHS: dict[Digest, int] = {"sha256": 64, "sha1": 40, "md5": 32}
_HEX = re.compile(r"[0-9a-fA-F]+")
_ABOUT_A_PERSON = ("email", "phone")


Normaliser = Callable[[object], object]
Texts: TypeAlias = Any  # an Arrow array of strings: what its functions return is typed by none of their stubs
Quick = Callable[[Texts], Texts]
_Way = TypeVar("_Way", bound=Quick)
_QUICK: dict[Normaliser, Quick] = {}


def _as_it_is(value: object) -> object:
    return value


def quick(rule: Normaliser) -> Callable[[_Way], _Way]:
    """Marks the quick way of a rule: the normal form of each text that is plain, null for those that the rule itself
    has to look at. A plain value is never a digest."""

    def noted(way: _Way) -> _Way:
        _QUICK[rule] = way
        return way

    return noted


@dataclass(frozen=True)
class FieldSpec:
    """How a destination wants one field. `kind` is what the plan can check in the warehouse.

    `normalise` gives the destination's form and raises RejectRecord for a value that it would never take; `valid` has
    the last word on the result; `hash` is what the destination wants in place of the value. `on_invalid` says what a
    bad value costs: the row, or (`drop`) only this field, which is counted; a row is rejected all the same when the
    field is required or no identifier is left.
    """

    kind: FieldKind = "any"
    required: bool = False
    identifier: bool = False
    normalise: Normaliser = _as_it_is
    valid: Callable[[object], bool] | None = None
    hash: Digest | None = None
    on_invalid: Literal["reject", "drop"] = "reject"

    def prepare(self, value: object, digest: Digest | None = None, hashed: bool = False) -> object:
        """What the destination gets for `value`; None stays None. Raises RejectRecord.

        Order: null, consistency with what the sync file says (`hashed`: the column holds hashes already; `digest`: hash
        here though the destination does not ask for it), hashed values as they are, normalise, validate, hash.
        """
        if value is None or value == "":
            return None
        wanted = self.hash or digest
        if (wanted or hashed) and is_digest(value, wanted):
            return str(value).strip().lower()
        if hashed:
            raise RejectRecord("not_hashed")
        if wanted is None and self.kind in _ABOUT_A_PERSON and is_digest(value):
            raise RejectRecord("already_hashed")
        normal = self.normalise(value)
        if normal is None or normal == "":
            return None
        if self.valid is not None and not self.valid(normal):
            raise RejectRecord("invalid_value")
        return digest_of(normal, wanted) if wanted else normal

    def prepare_all(self, values: Texts, digest: Digest | None = None, hashed: bool = False) -> Sequence[object]:
        """`prepare` for many texts, with the RejectRecord in the place of a value that is refused."""
        way = _QUICK.get(self.normalise)
        if way is None or self.valid is not None or hashed:
            return self._each(values, digest, hashed)
        wanted = self.hash or digest
        plain = way(values)
        if wanted:
            plain = _digests(plain, wanted)
        if plain.null_count == values.null_count:
            return TextColumn(plain)
        made: list[object] = plain.to_pylist()
        odd = plain.is_null()
        for place, value in zip(_places(odd), self._each(values.filter(odd), digest, hashed), strict=True):
            made[place] = value
        return made

    def _each(self, values: Texts, digest: Digest | None, hashed: bool) -> list[object]:
        """Each distinct text is worked out once."""
        distinct = values.dictionary_encode()
        made = [self._attempt(value, digest, hashed) for value in distinct.dictionary.to_pylist()]
        return [None if place is None else made[place] for place in distinct.indices.to_pylist()]

    def _attempt(self, value: object, digest: Digest | None, hashed: bool) -> object:
        try:
            return self.prepare(value, digest, hashed)
        except RejectRecord as error:
            return error.with_traceback(None)


def _digests(values: Texts, digest: Digest) -> Texts:
    of: Any = getattr(hashlib, digest)
    made = (value and of(value, usedforsecurity=False).hexdigest() for value in values.cast(pa.binary()).to_pylist())
    return pa.array([value or None for value in made], pa.string())


def _places(chosen: Texts) -> list[int]:
    found: list[int] = chosen.to_numpy(zero_copy_only=False).nonzero()[0].tolist()
    return found


def is_digest(value: object, digest: Digest | None = None) -> bool:
    """Whether a value looks like the hex form of a digest, of any when none is named."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    lengths = (_LENGTHS[digest],) if digest else tuple(_LENGTHS.values())
    return len(text) in lengths and _HEX.fullmatch(text) is not None


def digest_of(value: object, digest: Digest) -> str:
    """Lower-case hex of the UTF-8 text."""
    return hashlib.new(digest, str(value).encode(), usedforsecurity=False).hexdigest()
