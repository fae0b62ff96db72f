"""YAML into a pydantic model; what is wrong is told at its line."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase, CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from heddle.linking.errors import LinkingError

Model = TypeVar("Model", bound=BaseModel)
_HINT = "heddle/linking/model.yml shows every key"


def read_yaml(file: Path, model: type[Model]) -> Model:
    """The content of `file` as a `model`. Raises LinkingError with `file:line` and what is expected there."""
    try:
        content = YAML(typ="rt", pure=True).load(file.read_text())
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise LinkingError(f"not valid YAML: {error.problem or error.context}", f"{file}:{line}") from None
    except (OSError, UnicodeDecodeError, YAMLError):
        raise LinkingError("the linking model cannot be read", str(file), hint=_HINT) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise _located(error.errors()[0], content, file) from None


def _located(first: ErrorDetails, content: object, file: Path) -> LinkingError:
    line, path, here = 1, [], content
    for step in first["loc"]:
        line = _line(here, step, line)
        if isinstance(here, CommentedMap) and step in here:
            path.append(str(step))
            here = here[step]
        elif isinstance(here, CommentedSeq) and isinstance(step, int):
            path.append(f"[{step}]")
            here = here[step]
    key = first["loc"][-1] if first["loc"] else "the file"
    told = {
        "extra_forbidden": f"`{key}` is not a key here",
        "missing": f"`{key}` is missing",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    return LinkingError(f"{'.'.join(path)}: {told}" if path else told, f"{file}:{line}", hint=_HINT)


def _line(here: object, step: object, known: int) -> int:
    """The line of `step` inside `here`, counted from 1; the line of what holds it when it is not there."""
    if not isinstance(here, CommentedBase):
        return known
    try:
        position = here.lc.key(step) if isinstance(here, CommentedMap) else here.lc.item(step)
    except (KeyError, TypeError, AttributeError):
        return known
    return int(position[0]) + 1 if position else known
