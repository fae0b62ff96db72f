"""Jinja in a sandbox: HTML templates, one-line texts, and the `{{ expressions }}` of sync files.

A name that is not given is an error, never a blank. HTML is escaped; one-line texts are not HTML and are not.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, Undefined, meta
from jinja2.sandbox import SandboxedEnvironment

from heddle.errors import RejectRecord, SyncError

Renderer = Callable[[Mapping[str, object]], object]
_WHOLE = re.compile(r"^\s*\{\{(?P<expression>(?:(?!\}\}).)*)\}\}\s*$", re.DOTALL)


class MissingVariable(SyncError):
    """A template names something that this row does not have."""


class Templates:
    """The templates of one folder; compiled once, used for every row."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._html = _environment(folder, html=True)
        self._text = _environment(folder, html=False)

    def names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*.j2"))

    def file_variables(self, name: str) -> frozenset[str]:
        """The names that the file, and every file it extends or includes, takes from outside."""
        found: set[str] = set()
        todo, seen = [name], set[str]()
        while todo:
            current = todo.pop()
            seen.add(current)
            tree = self._html.parse(self._source(current))
            found |= meta.find_undeclared_variables(tree)
            todo += [str(other) for other in meta.find_referenced_templates(tree) if other not in seen]
        return frozenset(found)

    def file_source(self, name: str) -> str:
        """The text of the file and of every file it refers to: what a change of the mapping is judged by."""
        text = self._source(name)
        others = meta.find_referenced_templates(self._html.parse(text))
        return text + "".join(self.file_source(str(other)) for other in others if other and other != name)

    def file(self, name: str) -> Renderer:
        self._source(name)
        try:
            template = self._html.get_template(name)
        except TemplateError as error:
            raise _broken(error, f"{self._folder.name}/{name}") from None
        return lambda values: _strict(lambda: template.render(values), f"{self._folder.name}/{name}")

    def text_variables(self, text: str) -> frozenset[str]:
        try:
            return frozenset(meta.find_undeclared_variables(self._text.parse(text)))
        except TemplateError as error:
            raise _broken(error, None) from None

    def text(self, text: str) -> Renderer:
        """`{{ one expression }}` gives its value with its type; anything around it gives text."""
        whole = _WHOLE.match(text)
        if whole:
            compiled = self._text.compile_expression(whole["expression"], undefined_to_none=False)
            return lambda values: _strict(lambda: _defined(compiled(values)), None)
        template = self._text.from_string(text)
        return lambda values: _strict(lambda: template.render(values), None)

    def _source(self, name: str) -> str:
        path = self._folder / name
        if not path.is_file():
            raise SyncError(f"there is no template {name!r}", hint=f"templates here: {', '.join(self.names())}")
        try:
            text = path.read_text(encoding="utf-8")
            self._html.parse(text, name=name)
        except TemplateError as error:
            raise _broken(error, f"{self._folder.name}/{name}") from None
        return text


def _environment(folder: Path, html: bool) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(from_json=_from_json, day=_day, money=_money)
    return environment


def _strict(render: Callable[[], object], where: str | None) -> object:
    try:
        return render()
    except TemplateError as error:
        raise _broken(error, where) from None
    except (TypeError, ValueError, ArithmeticError, LookupError):
        # a value of this row, not a fault of the template; the error's text may quote it
        raise RejectRecord("unusable_value", where) from None


def _broken(error: TemplateError, where: str | None) -> SyncError:
    line = getattr(error, "lineno", None)
    at = f"{where}:{line}" if where and line else where
    kind = SyncError if line else MissingVariable
    return kind(f"the template cannot be used: {error.message}", at)


def _defined(value: object) -> object:
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined raises UndefinedError with the name
    return value


def _from_json(value: object) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _moment(value: object) -> date:
    return value if isinstance(value, date) else datetime.fromisoformat(str(value))


def _day(value: object, form: str = "%d.%m.%Y") -> str:
    return _moment(value).strftime(form)


def _money(value: Any, currency: str = "PLN") -> str:
    return f"{Decimal(str(value)):.2f} {currency}"
