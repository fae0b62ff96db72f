"""Stand-ins for dbt and our macros, so that sqlfluff can lint models without dbt and without a warehouse.

sqlfluff's jinja templater knows no `adapter.dispatch` and no `return`. A macro becomes what it would give in
kind - a select, a clause, an expression, a list, a mapping - which is all that the rules look at.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

_MACRO = re.compile(
    r"{%-?\s*(?:macro|materialization)\s+(\w+)\b.*?-?%}(.*?){%-?\s*end(?:macro|materialization)\s*-?%}", re.S
)
_CLAUSE = re.compile(r"^\s*(?:order|group|where|limit|materialized)\b", re.IGNORECASE)
_STATEMENT = re.compile(r"^\s*(?:with\s+\w+\s+as|select)\b", re.I)


class Anything:
    """`dbt.type_string()`, `target.name`, ...: whatever is asked for is a type, or a name."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return lambda *_, **__: "varchar" if name.startswith("type_") else "cast(null as varchar)"


def _stand_in(name: str, body: str) -> Callable[..., Any]:
    if name.startswith("type_"):
        return lambda *_, **__: "varchar"
    plain = re.sub(r"{[%#].*?[%#]}", "", body, flags=re.S)
    if re.search(r"return\(\s*{", body):
        return lambda *_, **__: {}
    if re.search(r"return\(\s*\w+\s*\)", body):
        return lambda *_, **__: []
    if _CLAUSE.match(plain):
        return lambda *_, **__: ""
    if _STATEMENT.match(plain):
        return lambda *_, **__: "select null as stand_in from stand_in"
    return lambda *_, **__: "cast(null as varchar)"


for _file in sorted((Path(__file__).parents[1] / "macros").rglob("*.sql")):
    for _name, _body in _MACRO.findall(_file.read_text()):
        globals()[_name] = _stand_in(_name, _body)

adapter = api = dbt = target = graph = exceptions = Anything()
execute = False
model = "model"


def env_var(_name: str, default: str = "") -> str:
    """As dbt's, but never looks."""
    return default


def identity_run() -> dict[str, int | bool]:
    """A full run: the branch that reads whole."""
    return {"seq": 1, "done": 0, "is_delta": False}


def _rows(*_: Any, **__: Any) -> str:
    return "select null as stand_in from stand_in"


# macros that are nothing but a call of another one
optional_rows = erased_nodes = soft_links = _rows


def work_schema(_schema: Any) -> str:
    """A name in front of a name."""
    return "work"
