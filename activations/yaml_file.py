"""YAML with positions: every fault of a file can say its line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one file. `where` is `file:line:column`."""

    where: str
    what: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.hint}" if self.hint else "")


@dataclass(frozen=True)
class YamlOrigin:
    """Positions (from 1) of the entries of one file, by dotted path."""

    file: Path
    positions: Mapping[str, tuple[int, int]]

    def where(self, *path: str) -> str:
        for length in range(len(path), 0, -1):
            position = self.positions.get(".".join(path[:length]))
            if position:
                return f"{self.file}:{position[0]}:{position[1]}"
        return f"{self.file}:1:1"


@dataclass(frozen=True)
class YamlFile:
    data: Any
    origin: YamlOrigin


def read_yaml(path: Path, shown_as: Path) -> YamlFile | Fault:
    """The file as plain values with positions; `shown_as` is its name in messages."""
    reader = YAML(typ="rt", pure=True)
    try:
        loaded = reader.load(StringIO(path.read_text(encoding="utf-8")))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ":1:1"
        return Fault(f"{shown_as}{at}", f"not YAML: {error.problem or error.context}")
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        return Fault(f"{shown_as}:1:1", f"cannot be read: {type(error).__name__}")
    positions: dict[str, tuple[int, int]] = {}
    return YamlFile(_plain(loaded, (), positions), YamlOrigin(shown_as, positions))


def faults_of(
    error: ValidationError, origin: YamlOrigin, model: type[BaseModel], prefix: tuple[str, ...] = ()
) -> list[Fault]:
    """Every fault that pydantic found, with its place and a guess at what was meant."""
    return [_fault(dict(item), origin, model, prefix) for item in error.errors()]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A hint for an unknown word: the closest known one, else the list."""
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"


def _fault(item: dict[str, Any], origin: YamlOrigin, model: type[BaseModel], prefix: tuple[str, ...]) -> Fault:
    path = tuple(str(part) for part in item["loc"])
    where = origin.where(*prefix, *path)
    name = ".".join(path) or "the file"
    if item["type"] == "extra_forbidden":
        known = list(_model_at(model, path[:-1]).model_fields)
        return Fault(where, f"unknown word {path[-1]!r}", did_you_mean(path[-1], known))
    if item["type"] == "missing":
        return Fault(where, f"{name} is missing")
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "literal_error":
        expected = [word.strip(" '") for word in str(item["ctx"]["expected"]).replace(" or ", ",").split(",")]
        return Fault(
            where,
            f"{name}: {item['input']!r} is not one of {', '.join(expected)}",
            did_you_mean(str(item["input"]), expected),
        )
    return Fault(where, f"{name}: {message}")


def _model_at(model: type[BaseModel], path: tuple[str, ...]) -> type[BaseModel]:
    for part in path:
        found = model.model_fields.get(part)
        if found is None or not (isinstance(found.annotation, type) and issubclass(found.annotation, BaseModel)):
            break
        model = found.annotation
    return model


def _plain(node: Any, path: tuple[str, ...], positions: dict[str, tuple[int, int]]) -> Any:
    if isinstance(node, CommentedMap):
        for key in node:
            line, column = node.lc.key(key)
            positions[".".join((*path, str(key)))] = (line + 1, column + 1)
        return {str(key): _plain(value, (*path, str(key)), positions) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for number in range(len(node)):
            line, column = node.lc.item(number)
            positions[".".join((*path, str(number)))] = (line + 1, column + 1)
        return [_plain(value, (*path, str(number)), positions) for number, value in enumerate(node)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    """ruamel's scalars remember how they were written; a plain value forgets it."""
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
