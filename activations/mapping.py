"""From the columns of the source to what the destination gets: compiled once per sync, applied per row."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from activations.contract import Action, ObjectSpec, Options
from activations.sync_file import FieldValue, Sync
from activations.templates import Renderer, Templates
from heddle.errors import SyncError

ENGINE_VARIABLES = frozenset({"as_of", "message_id"})
RULES_VERSION = "1"  # raise it when a field rule changes what destinations receive: every row is sent again
ROW_HASH = "json"  # how the hash of a row is made
MESSAGE_KEY = ("profile_id", "member_key", "entered_at")


@dataclass(frozen=True)
class FieldMapping:
    name: str
    columns: frozenset[str]
    column: str | None  # when it is a column as it is
    render: Renderer


@dataclass(frozen=True)
class SyncMapping:
    """A compiled sync file. `version` changes with anything that changes what is sent."""

    sync: Sync
    spec: ObjectSpec
    options: Options
    key: tuple[str, ...]
    fields: tuple[FieldMapping, ...]
    texts: Mapping[str, Renderer]
    columns: tuple[str, ...]
    version: str
    former_version: str  # of the same mapping, where rows were hashed in the way before (activations/rehash.py)

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields that carry the key columns unchanged, in the order of the key."""
        by_column = {item.column: item.name for item in self.fields if item.column}
        return tuple(by_column[column] for column in self.key if column in by_column)

    @property
    def removal_columns(self) -> tuple[str, ...]:
        """What must be kept of a row to remove it later: nothing of a message, which cannot be taken back."""
        if self.spec.kind == "message":
            return ()
        known = [item for item in self.fields if self.spec.field(item.name).identifier]
        return tuple(sorted({column for item in known for column in item.columns} | set(self.key)))


@dataclass(frozen=True)
class PlannedRow:
    """A sealed operation as the plan keeps it."""

    op_id: int
    action: Action
    key_hash: str
    payload: Mapping[str, object]

    def key_values(self, key: Sequence[str]) -> list[str]:
        return [str(self.payload[column]) for column in key]


def compile_mapping(sync: Sync, spec: ObjectSpec, templates: Templates) -> SyncMapping:
    """Raises SyncError with the line of the entry that cannot be compiled."""
    options = object_options(sync, spec)
    given = spec.variables | ENGINE_VARIABLES
    fields = tuple(_field(sync, name, value, templates, given) for name, value in sync.fields.items())
    key = sync.key or (MESSAGE_KEY if spec.kind == "message" else ("profile_id",))
    texts, named, sources = _texts(sync, spec, options, templates)
    columns = {column for item in fields for column in item.columns} | named | set(key)
    columns -= given
    said = _said(sync, key, options, sources)
    versions = _version({**said, "row": ROW_HASH}), _version(said)
    return SyncMapping(sync, spec, options, key, fields, texts, tuple(sorted(columns)), *versions)


def object_options(sync: Sync, spec: ObjectSpec) -> Options:
    try:
        return spec.options.model_validate(sync.options)
    except ValidationError as error:
        first = error.errors()[0]
        path = [str(part) for part in first["loc"]]
        raise SyncError(f"option {'.'.join(path)}: {first['msg']}", sync.where("options", *path)) from None


def _field(sync: Sync, name: str, value: FieldValue, templates: Templates, given: frozenset[str]) -> FieldMapping:
    if not isinstance(value, str):
        return FieldMapping(name, frozenset(), None, lambda _: value)
    if "{{" not in value and "{%" not in value:
        return FieldMapping(name, frozenset({value}), value, lambda values: values[value])
    try:
        return FieldMapping(name, templates.text_variables(value) - given, None, templates.text(value))
    except SyncError as error:
        raise SyncError(error.what, sync.where("fields", name)) from None


def _texts(
    sync: Sync, spec: ObjectSpec, options: Options, templates: Templates
) -> tuple[dict[str, Renderer], set[str], list[str]]:
    texts: dict[str, Renderer] = {}
    named: set[str] = set()
    sources: list[str] = []
    for option in sorted(spec.text_options | spec.file_options):
        value = getattr(options, option)
        if value is None:
            continue
        try:
            if option in spec.file_options:
                texts[option], variables = templates.file(value), templates.file_variables(value)
                sources.append(templates.file_source(value))
            else:
                texts[option], variables = templates.text(value), templates.text_variables(value)
        except SyncError as error:
            at = f" ({error.where})" if error.where else ""
            raise SyncError(error.what + at, sync.where("options", option), error.hint) from None
        named |= variables
    return texts, named, sources


def _said(sync: Sync, key: tuple[str, ...], options: Options, sources: list[str]) -> dict[str, object]:
    return {
        "rules": RULES_VERSION,
        "to": [sync.destination, sync.object, sync.audience_name],
        "key": key,
        "fields": sync.fields,
        "hash": sorted(sync.hash),
        **({"hashed": sorted(sync.hashed)} if sync.hashed else {}),
        "options": options.model_dump(mode="json"),
        "templates": sources,
    }


def _version(said: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
