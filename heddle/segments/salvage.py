"""What can still be read of a file with faults, so that its other faults are found in the same go."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from heddle.segments.advice import nested_words
from heddle.segments.catalog import Catalog
from heddle.segments.fault import Finding, Path, did_you_mean, shown
from heddle.segments.rules import TAG
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import check_words

_UNREAD = "unread"
_SAYS_NOTHING = {"in_segment": _UNREAD}
_NEEDED = {"segment": _UNREAD, "title": _UNREAD}


def words_beside(data: object, catalog: Catalog, segments: Sequence[str]) -> list[Finding]:
    """Unknown words, names of segments too, in the rules that have no fault of their own; empty when nothing can be
    read."""
    segment = _readable(data)
    if segment is None:
        return []
    unknown = [
        Finding(path, f"unknown segment {shown(word)}", did_you_mean(word, segments))
        for path, word in nested_words(segment)
        if word not in (*segments, _UNREAD)
    ]
    # whether a rule carries the member key cannot be said when some rules are unread
    return unknown + [finding for finding in check_words(segment, catalog) if finding.path[0] != "per"]


def _readable(data: object) -> Segment | None:
    """The segment without its faulty keys. A faulty rule is replaced by one that says nothing: positions stay."""
    if not isinstance(data, dict):
        return None
    try:
        Segment.model_validate(data)
        return None
    except ValidationError as error:
        faulty = [_path(detail["loc"]) for detail in error.errors()]
    left = {**_NEEDED, **deepcopy(data)}
    for path in sorted(faulty, key=len):
        _take_out(left, path)
    try:
        return Segment.model_validate(left)
    except ValidationError:
        return None


def _path(loc: tuple[int | str, ...]) -> Path:
    return tuple(step for step in loc if not (isinstance(step, str) and step.startswith(TAG)))


def _take_out(left: dict[str, Any], path: Path) -> None:
    """The innermost rule on the way to the fault, else the top-level key."""
    places = [i for i, step in enumerate(path) if isinstance(step, int)]
    rules = [i for i in places if path[i - 1] in ("who", "any_of", "all_of", "none_of")]
    if not rules:
        left.pop(str(path[0]), None)
        left |= {key: value for key, value in _NEEDED.items() if key not in left}
        return
    holder: Any = left
    for step in path[: rules[-1]]:
        holder = holder[step] if not isinstance(holder, Mapping) or step in holder else None
        if holder is None:
            return
    if isinstance(holder, list):
        holder[int(path[rules[-1]])] = dict(_SAYS_NOTHING)
