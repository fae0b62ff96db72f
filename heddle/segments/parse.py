"""YAML text -> Segment, or every fault of the text at once, in words."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from heddle.segments.document import Document, read_document
from heddle.segments.event_rules import Aggregate, Distinct, Favourite, Moments, Regularly
from heddle.segments.fault import Fault, Finding, Path, did_you_mean, shown
from heddle.segments.near import Near
from heddle.segments.operators import Operators, Size
from heddle.segments.rules import TAG, VERBS, Passage
from heddle.segments.segment import Segment, Split, Top, VolumeGuard
from heddle.segments.sequence import Step
from heddle.segments.values import Strict

_INSIDE: dict[str, type[Strict]] = {
    "count": Size,
    "size": Size,
    "sum": Aggregate,
    "average": Aggregate,
    "minimum": Aggregate,
    "maximum": Aggregate,
    "distinct": Distinct,
    "first_time": Moments,
    "last_time": Moments,
    "favourite": Favourite,
    "regularly": Regularly,
    "sequence": Step,
    "near": Near,
    "entered": Passage,
    "left": Passage,
    "top": Top,
    "sample": Split,
    "holdout": Split,
    "volume_guard": VolumeGuard,
}
_MAPPING = "a mapping of `key: value` is expected"
_SENTENCES = {
    "too_short": "an empty list: at least one entry is expected",
    "tuple_type": "a list is expected",
    "list_type": "a list is expected",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
}


@dataclass(frozen=True)
class ParsedSegment:
    """A file that was read; `segment` is None when there are faults."""

    document: Document
    segment: Segment | None
    faults: tuple[Fault, ...]


def parse_segment(text: str, file: str) -> ParsedSegment:
    """Never raises for what a person can write; `file` is only shown."""
    document = read_document(text, file)
    if document.faults:
        return ParsedSegment(document, None, tuple(sorted(document.faults)))
    if not isinstance(document.data, dict):
        fault = document.locate(Finding((), "a segment is a mapping that starts with `segment: <name>`"))
        return ParsedSegment(document, None, (fault,))
    try:
        return ParsedSegment(document, Segment.model_validate(document.data), ())
    except ValidationError as error:
        found = {document.locate(_finding(detail)) for detail in error.errors() if not _echo(detail)}
        return ParsedSegment(document, None, tuple(sorted(found)))


def _echo(detail: ErrorDetails) -> bool:
    """A list that is too short only because its entries were refused: they have their own faults."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _finding(detail: ErrorDetails) -> Finding:
    path = _path(detail["loc"])
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(path, _model_at(detail["loc"]))
        case "missing":
            return Finding(path[:-1], f"`{path[-1]}` is missing")
        case "union_tag_not_found" | "union_tag_invalid":
            return _no_verb(path, detail["input"])
        case "string_type":
            return Finding(path, f"a word is expected, not {shown(detail['input'])}")
    return Finding(path, _SENTENCES.get(detail["type"]) or _sentence(detail["msg"]))


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{text[:1].lower()}{text[1:]}"


def _path(loc: tuple[int | str, ...]) -> Path:
    """The location without the tags that pydantic adds for unions."""
    return tuple(step for step in loc if not (isinstance(step, str) and step.startswith(TAG)))


def _model_at(loc: tuple[int | str, ...]) -> type[Strict]:
    """The model that refused the last step of `loc`."""
    model: type[Strict] = Segment
    for index, step in enumerate(loc[:-1]):
        word = str(step)
        if word.startswith(TAG):
            model = VERBS[word.removeprefix(TAG)]
        elif index and str(loc[index - 1]) in ("where", "last_where"):
            model = Operators
        elif word in _INSIDE:
            model = _INSIDE[word]
    return model


def _keys(model: type[Strict]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown_key(path: Path, model: type[Strict]) -> Finding:
    word = str(path[-1])
    return Finding(path, f"unknown word {shown(word)}", did_you_mean(word, _keys(model)), at_key=True)


def _no_verb(path: Path, value: Any) -> Finding:
    if not isinstance(value, dict) or not value:
        return Finding(path, "a rule is `verb: word` and its keys, never empty", "such as `- did: order_placed`")
    verbs = [word for word in value if word in VERBS]
    if len(verbs) > 1:
        return Finding(path, f"one verb per rule, not {' and '.join(verbs)}", "start a new `-` line for each")
    first = str(next(iter(value)))
    hint = did_you_mean(first, VERBS) or f"verbs: {', '.join(VERBS)}"
    return Finding((*path, first), f"{shown(first)} is not a verb", hint, at_key=True)
