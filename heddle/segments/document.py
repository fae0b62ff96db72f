"""A YAML file as plain data plus the position of every key and value.

Built from parser events, so an alias is never expanded and no tag is ever obeyed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from heddle.segments.fault import Fault, Finding, Path, shown

SIZE_LIMIT = 64 * 1024
DEPTH_LIMIT = 24
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,11})\.\d{1,9}")
_NOT_TEXT = re.compile("[\x00\r\ud800-\udfff\ufffe\uffff]")
Mark = tuple[int, int]


@dataclass
class Document:
    """`data` holds dict, list, str, int, float, bool and None; positions are by path, counted from 1."""

    file: str
    data: object = None
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def locate(self, finding: Finding) -> Fault:
        """The fault at the nearest position known for the finding's path."""
        line, column = self._mark(finding.path, finding.at_key)
        return Fault(self.file, line, column, finding.what, finding.hint, finding.severity)

    def _mark(self, path: Path, at_key: bool) -> Mark:
        if at_key and path in self.keys:
            return self.keys[path]
        if path[:3] == ("who", 0, "sql") and path not in self.values:
            path = ("sql",)  # written in place of `who`
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_document(text: str, file: str) -> Document:
    """Parses one YAML document; what is wrong with it is in `faults`, then `data` is partial or None."""
    document = Document(file)
    if len(text.encode("utf-8", "replace")) > SIZE_LIMIT:
        document.faults.append(Fault(file, 1, 1, f"the file is larger than {SIZE_LIMIT // 1024} kB"))
        return document
    try:
        _Composer(document, text).compose()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.faults.append(Fault(file, line, column, f"not valid YAML: {error.problem or error.context}"))
    except (YAMLError, ValueError, RecursionError):
        document.faults.append(Fault(file, 1, 1, "not valid YAML", "a character or nesting YAML does not allow"))
    if document.faults:
        document.data = None
    return document


class _Composer:
    """Walks the events of one document; keeps going after a fault that leaves the structure intact."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))

    def compose(self) -> None:
        documents = 0
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                self._fault(event, "a second YAML document in one file", "one file holds one segment")
                return
            self._document.data = self._node(next(self._events), ())
        if not documents:
            self._document.faults.append(Fault(self._document.file, 1, 1, "the file is empty"))

    def _node(self, event: Event, path: Path) -> object:
        self._document.values[path] = _mark(event)
        if len(path) > DEPTH_LIMIT:
            raise MarkedYAMLError(problem="nested too deep", problem_mark=event.start_mark)
        if isinstance(event, AliasEvent):
            self._fault(event, "aliases (*) are not part of the segment language", "repeat the value")
            return None
        if getattr(event, "tag", None) is not None:
            self._fault(event, "tags (!) are not part of the segment language", "remove it")
        if isinstance(event, ScalarEvent):
            self._check_text(event)
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        raise MarkedYAMLError(problem="unexpected content", problem_mark=event.start_mark)

    def _sequence(self, path: Path) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, object]:
        pairs: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._fault(event, "a key must be a word")
                raise MarkedYAMLError(problem="a key must be a word", problem_mark=event.start_mark)
            self._check_text(event)
            key, at = str(event.value), _mark(event)
            if key in pairs:
                self._fault(event, f"{shown(key)} is written twice", "keep one of them")
            self._document.keys[(*path, key)] = at
            pairs[key] = self._node(next(self._events), (*path, key))
        return pairs

    def _check_text(self, event: ScalarEvent) -> None:
        if _NOT_TEXT.search(str(event.value)):
            self._fault(event, "a character that cannot be stored faithfully", "remove it")

    def _fault(self, event: Event, what: str, hint: str = "") -> None:
        self._document.faults.append(Fault(self._document.file, *_mark(event), what, hint))


def _mark(event: Event) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: ScalarEvent) -> object:
    """A quoted value is text. A plain one is a number or true / false only in its canonical spelling, so
    that `007`, `NO` and `1e3` stay what the person typed."""
    text = str(event.value)
    if event.style not in (None, ""):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
