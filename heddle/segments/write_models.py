"""Segment files -> generated dbt models. Files are touched only when their content changes, so that dbt's
partial parse stays fast; a stale one goes away with its segment file."""

import os
from dataclasses import dataclass
from pathlib import Path

from heddle.segments.catalog import Catalog
from heddle.segments.commits import Commits
from heddle.segments.dbt_files import group_model, group_yml, segment_model, segment_yml
from heddle.segments.fault import Fault
from heddle.segments.values import is_word
from heddle.segments.workspace import SegmentFile, catalog_of, read_workspace
from heddle.settings import Settings


@dataclass(frozen=True)
class WriteResult:
    """Paths relative to the root of the repository, sorted, and every fault found on the way."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    faults: tuple[Fault, ...]


def write_models(settings: Settings, dialect: str = "duckdb") -> WriteResult:
    """Writes the models of the enabled groups. Raises SegmentError when there is no usable catalog.

    A file with faults becomes a model that leaves its stored membership as it is: a broken definition never
    empties an audience, and whatever reads the segment goes on.
    """
    catalog = catalog_of(settings)
    files = read_workspace(settings, catalog)
    wanted = _wanted(settings, files, catalog, dialect)
    written = [path for path, text in sorted(wanted.items()) if _write(path, text)]
    unchanged = sorted(set(wanted).difference(written))
    removed = [path for path in _present(settings) if path not in wanted]
    for path in removed:
        path.unlink(missing_ok=True)
    return WriteResult(
        written=_shown(written, settings),
        unchanged=_shown(unchanged, settings),
        removed=_shown(removed, settings),
        faults=tuple(fault for file in files for fault in file.faults),
    )


def generated_folder(settings: Settings, group: str) -> Path:
    return settings.root / "dbt_project" / "models" / "segments" / "generated" / group


def _wanted(settings: Settings, files: tuple[SegmentFile, ...], catalog: Catalog, dialect: str) -> dict[Path, str]:
    commits = Commits(settings.root)
    wanted: dict[Path, str] = {}
    names: dict[str, list[str]] = {group: [] for group in settings.sources}
    taken: set[str] = set()
    for source in files:
        if is_word(source.name) and source.name not in taken:
            taken.add(source.name)
            names[source.group].append(source.name)
            model = generated_folder(settings, source.group) / f"segment_{source.name}.sql"
            wanted[model] = segment_model(source, catalog, dialect)
            wanted[model.with_suffix(".yml")] = segment_yml(source, catalog, commits.of(source.file))
    for group, members in names.items():
        model = generated_folder(settings, group) / f"segments_of_{group}.sql"
        wanted[model] = group_model(group, members)
        wanted[model.with_suffix(".yml")] = group_yml(group, members)
    return wanted


def _present(settings: Settings) -> list[Path]:
    folders = [generated_folder(settings, group) for group in settings.sources]
    return sorted(path for folder in folders for path in folder.glob("segment*.*") if path.is_file())


def _write(path: Path, text: str) -> bool:
    """Replaces the file in one step; whether it had to."""
    try:
        if path.read_text(encoding="utf-8") == text:
            return False
    except (FileNotFoundError, UnicodeDecodeError):
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return True


def _shown(paths: list[Path], settings: Settings) -> tuple[str, ...]:
    return tuple(path.relative_to(settings.root).as_posix() for path in paths)
