"""Personal data leaves the library masked, unless the person at the terminal asked for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from heddle.identity.errors import IdentityError
from heddle.identity.node import Node
from heddle.masked import masked


@dataclass(frozen=True)
class Mask:
    """Turns values into what may be shown. `open` shows everything."""

    open: bool = False

    def value(self, value: object) -> str:
        return str(value) if self.open and value is not None else masked(value)

    def node_value(self, node: Node) -> str:
        """The value of an identifier; of a record its source stays readable."""
        source, colon, rest = node.value.partition(":")
        return f"{source}:{self.value(rest)}" if node.is_record and colon else self.value(node.value)

    def node(self, node: Node | None) -> str:
        """`email a…(14)`, `record shop:1…(6)`; a node that is gone is an erased one."""
        return "(erased)" if node is None else f"{node.type} {self.node_value(node)}"


class PersonalColumns:
    """The `pii: true` marks of dbt's yml files. A column that nobody described counts as personal."""

    def __init__(self, dbt_project: Path) -> None:
        self._harmless = {
            (str(model["name"]), str(column["name"]))
            for model in _models(dbt_project / "models" / "profiles")
            for column in model.get("columns") or []
            if not _is_marked(column)
        }

    def __contains__(self, table_and_column: tuple[str, str]) -> bool:
        return table_and_column not in self._harmless


def _models(folder: Path) -> Iterator[Mapping[str, Any]]:
    for file in sorted(folder.glob("*.yml")):
        try:
            content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        except (YAMLError, OSError, UnicodeDecodeError) as error:
            raise IdentityError(
                "which columns hold personal data cannot be read", where=str(file), hint=type(error).__name__
            ) from None
        yield from (content or {}).get("models") or []


def _is_marked(column: Mapping[str, Any]) -> bool:
    meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
    return bool(meta.get("pii", False))
