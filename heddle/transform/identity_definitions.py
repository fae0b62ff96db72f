"""What decides who is who: models of staging and identity, and every macro of this project that they call.

dbt's own checksums are of models alone, comments included. Here a macro counts, and a comment does not. Calls are read
from the code: dbt's `depends_on` has those of the branches that parsing went through, and more after a run.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

STAGES = frozenset({"staging", "identity"})
_COMMENT = re.compile(r"\{#.*?#\}|^[ \t]*--[^\n]*", re.DOTALL | re.MULTILINE)
_CALLED = re.compile(r"\b(\w+)\s*\(")
_DISPATCHED = re.compile(r"dispatch\(\s*['\"](\w+)['\"]")


def identity_definitions(manifest: Manifest) -> str:
    """A digest that changes with them. `identity_run` begins a full run when it is another than the last run's."""
    digest = hashlib.sha256()
    for name, code in sorted(deciding_code(manifest).items()):
        digest.update(f"{name}\n{code}\n".encode())
    return digest.hexdigest()[:32]


def deciding_code(manifest: Manifest) -> dict[str, str]:
    """Names of models and macros, and their code without comments. Of a dispatched macro the code for every engine."""
    project = manifest.metadata.project_name
    macros = {
        macro.name: _plain(macro.macro_sql) for macro in manifest.macros.values() if macro.package_name == project
    }
    models = [node for node in manifest.nodes.values() if _decides(node)]
    found = {f"model {model.name}": _plain(model.raw_code) for model in models}
    waiting = [name for code in found.values() for name in _called_in(code, macros)]
    waiting += [f"materialization_{model.config.materialized}_default" for model in models]
    while waiting:
        name = waiting.pop()
        if name in macros and name not in found:
            found[name] = macros[name]
            waiting += _called_in(macros[name], macros)
    return found


def _decides(node: Any) -> bool:
    return str(node.resource_type) == "model" and len(node.fqn) > 1 and node.fqn[1] in STAGES


def _plain(code: str) -> str:
    return " ".join(_COMMENT.sub(" ", code).split())


def _called_in(code: str, macros: dict[str, str]) -> list[str]:
    dispatched = set(_DISPATCHED.findall(code))
    return [*_CALLED.findall(code), *(name for name in macros if name.split("__")[-1] in dispatched)]
