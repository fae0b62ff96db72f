"""Having dbt's manifest up to date, and knowing quickly when it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heddle.settings import Settings
from heddle.transform.invoke import invoke_dbt

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_LEFT_OUT = frozenset({"target", "logs", "dbt_packages", "__pycache__", ".user.yml"})
_MARK = "heddle_fingerprint"
_PARSED: dict[str, Manifest] = {}


def prepare(settings: Settings) -> Mapping[str, Any]:
    """dbt's manifest (the content of state/target/manifest.json) for the project as it is now.

    Parses (seconds) when a file of the project or a variable changed, else only reads (milliseconds). Opens
    no warehouse. Raises HeddleError at file:line when the project does not parse.
    """
    target = settings.state / "target"
    manifest, mark = target / "manifest.json", target / _MARK
    current = fingerprint(settings)
    if not (manifest.exists() and mark.exists() and mark.read_text() == current):
        _parse(settings, current)
    content: Mapping[str, Any] = json.loads(manifest.read_text())
    return content


def parsed_project(settings: Settings) -> Manifest:
    """The manifest as dbt's own object: a command that is given it does not parse, which saves seconds."""
    current = fingerprint(settings)
    if current not in _PARSED:
        kept = _kept(settings, current)
        if kept is None:
            _parse(settings, current)
        else:
            _PARSED[current] = kept
    return _PARSED[current]


def _kept(settings: Settings, current: str) -> Manifest | None:
    """What an earlier process parsed from the same files, as dbt itself keeps it for partial parsing."""
    from dbt.contracts.graph.manifest import Manifest

    target = settings.state / "target"
    mark, content = target / _MARK, target / "partial_parse.msgpack"
    if not (mark.exists() and content.exists() and mark.read_text() == current):
        return None
    manifest = Manifest.from_msgpack(content.read_bytes())
    manifest.build_flat_graph()
    return manifest


def fingerprint(settings: Settings) -> str:
    """Changes when anything changes that dbt's manifest depends on."""
    digest = hashlib.sha256(repr(sorted(settings.dbt_env().items())).encode())
    for file in _project_files(settings.dbt_project):
        digest.update(str(file.relative_to(settings.dbt_project)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _parse(settings: Settings, current: str) -> None:
    mark = settings.state / "target" / _MARK
    mark.unlink(missing_ok=True)
    manifest: Any = invoke_dbt(settings, ["parse"]).result
    _PARSED.clear()
    _PARSED[current] = manifest
    mark.write_text(current)


def _project_files(project: Path) -> list[Path]:
    files = (path for path in project.rglob("*") if path.is_file())
    return sorted(path for path in files if not _LEFT_OUT & set(path.relative_to(project).parts))
