"""Reading the sources out of the dbt project: declared once, where dbt declares them."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from heddle.errors import SourceError
from heddle.ingestion.load_spec import FileLoad, LoadSpec, PostgresLoad, RestLoad
from heddle.ingestion.raw_table import SYSTEM_COLUMNS, RawColumn, RawTable
from heddle.ingestion.value_types import known_type
from heddle.settings import Settings


def declared_tables(settings: Settings) -> list[RawTable]:
    """Every source table with a `load` of the enabled groups, in file order. Raises SourceError at file:line."""
    tables: list[RawTable] = []
    for group in settings.sources:
        for file in _source_files(settings, group):
            tables.extend(_tables_of(file, group, settings.root))
    seen: dict[str, RawTable] = {}
    for table in tables:
        if table.name in seen:
            raise SourceError(
                f"{table.name} is declared twice", table.location, f"the other is at {seen[table.name].location}"
            )
        seen[table.name] = table
    return tables


def others_load(settings: Settings) -> bool:
    """Whether a table of the enabled groups has no `load`: somebody else writes it, and nobody says when."""
    files = (file for group in settings.sources for file in _source_files(settings, group))
    documents = (_read_yaml(file, str(file.relative_to(settings.root))) for file in files)
    sources = (source for document in documents for source in _maps(document, "sources"))
    return any(_meta(table).get("load") is None for source in sources for table in _maps(source, "tables"))


def _source_files(settings: Settings, group: str) -> list[Path]:
    staging = settings.dbt_project / "models" / "staging"
    if not (staging / group).is_dir():
        groups = sorted(path.name for path in staging.glob("*") if path.is_dir())
        near = get_close_matches(group, groups, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(groups) or 'none'}"
        raise SourceError(f"there is no source group {group!r}", str(staging), hint)
    return sorted(path for pattern in ("*sources.yml", "*sources.yaml") for path in (staging / group).rglob(pattern))


def _tables_of(file: Path, group: str, root: Path) -> Iterator[RawTable]:
    place = str(file.relative_to(root))
    document = _read_yaml(file, place)
    for source in _maps(document, "sources"):
        meta = _meta(source)
        _check_region(meta, _at(place, source))
        for table in _maps(source, "tables"):
            load = _meta(table).get("load")
            if load is not None:
                yield _raw_table(source, meta, table, load, group, place)
            elif misspelt := get_close_matches("load", map(str, _meta(table)), n=1):
                raise SourceError(
                    f"unknown key {misspelt[0]!r}",
                    _at(place, table),
                    "`load`, or none where somebody else loads the table",
                )


def _raw_table(
    source: CommentedMap, meta: Mapping[str, Any], table: CommentedMap, load: object, group: str, place: str
) -> RawTable:
    for named, what in ((source, "a source"), (table, "a table")):
        if not named.get("name"):
            raise SourceError(f"{what} has no name", _at(place, named))
    clock = meta.get("clock")
    return RawTable(
        source=str(source["name"]),
        table=str(table.get("identifier") or table["name"]),
        group=group,
        schema=str(source.get("schema") or source["name"]),
        load=_load_spec(load, _at(place, table)),
        columns=tuple(_columns(table, place)),
        location=_at(place, table),
        clock=None if clock is None else str(clock),
        owner=_meta(table).get("owner") or meta.get("owner"),
        description=str(table.get("description") or "").strip(),
    )


def _columns(table: CommentedMap, place: str) -> Iterator[RawColumn]:
    seen = set(SYSTEM_COLUMNS)
    for column in _maps(table, "columns"):
        name, where = str(column.get("name") or ""), _at(place, column)
        if not name or name.lower() in seen:
            raise SourceError(f"column name {name!r} is empty, reserved or declared twice", where)
        seen.add(name.lower())
        try:
            kind = known_type(str(column.get("data_type") or "varchar"))
        except ValueError as error:
            raise SourceError(f"column {name}: {error}", where) from None
        meta = _meta(column)
        yield RawColumn(name, kind, _flag(meta, "pii", where), _flag(meta, "required", where))


def _check_region(meta: Mapping[str, Any], where: str) -> None:
    """Of a region that is none every number without a country code would be lost, and nobody told."""
    region = meta.get("phone_region")
    if region and region not in SUPPORTED_REGIONS:
        raise SourceError(f"phone_region {region!r} is no country", where, "two letters, such as PL, GB or US")


def _flag(meta: Mapping[str, Any], name: str, where: str) -> bool:
    value = meta.get(name, False)
    if not isinstance(value, bool):
        # YAML 1.2, which is read here, takes yes and no for words; dbt does not
        raise SourceError(f"{name} is {value!r}: write true or false", where)
    return value


def _load_spec(load: object, where: str) -> LoadSpec:
    if not isinstance(load, CommentedMap):
        raise SourceError("`load` must be a mapping", where, "for example load: {files: 'shop/*.csv', format: csv}")
    where = _at(where.rpartition(":")[0], load)
    values = dict(load)
    for kind, model in (("postgres", PostgresLoad), ("rest", RestLoad)):
        if isinstance(values.get(kind), Mapping):
            nested = values.pop(kind)
            return _validated(model, {**values, **nested}, where, load)
    if "files" not in values:
        _refuse_unknown(FileLoad, values, where, load)
        raise SourceError("`load` says neither files, postgres nor rest", where)
    return _validated(FileLoad, values, where, load)


def _validated(model: type[LoadSpec], values: dict[str, Any], where: str, load: CommentedMap) -> LoadSpec:
    _refuse_unknown(model, values, where, load)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceError(f"load.{field}: {first['msg'].removeprefix('Value error, ')}", where) from None


def _refuse_unknown(model: type[BaseModel], values: dict[str, Any], where: str, load: CommentedMap) -> None:
    known = [*model.model_fields, "postgres", "rest"]
    for key in values:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            line = _line_of_key(load, key)
            place = f"{where.rpartition(':')[0]}:{line}" if line else where
            hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(model.model_fields)}"
            raise SourceError(f"unknown load key {key!r}", place, hint)


def _line_of_key(load: CommentedMap, key: str) -> int | None:
    for mapping in (load, load.get("postgres"), load.get("rest")):
        if isinstance(mapping, CommentedMap) and key in mapping:
            return int(mapping.lc.key(key)[0]) + 1
    return None


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """dbt 1.12 wants `config: {meta: ...}`; the older `meta:` is understood as well."""
    config = node.get("config") or {}
    merged: dict[str, Any] = {**(node.get("meta") or {}), **(config.get("meta") or {})}
    return merged


def _maps(node: object, key: str) -> list[CommentedMap]:
    items = node.get(key) if isinstance(node, Mapping) else None
    return [item for item in items or [] if isinstance(item, CommentedMap)]


def _at(place: str, node: CommentedMap) -> str:
    return f"{place}:{node.lc.line + 1}"


def _read_yaml(file: Path, place: str) -> object:
    try:
        return YAML(typ="rt", pure=True).load(file)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(f"not valid YAML: {error.problem}", f"{place}:{line}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot be read: {type(error).__name__}", place) from None
