"""Reads the catalog from the dbt yml files of the profiles stage. There is no second list."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from heddle.errors import SegmentError
from heddle.segments.catalog import (
    EVENTS_TABLE,
    HISTORY_TABLE,
    PROFILES_SCHEMA,
    PROFILES_TABLE,
    REACHABILITY_TABLE,
    Catalog,
    Event,
    Field,
    PublishedModel,
    Relation,
)
from heddle.segments.duration import Duration, parse_duration
from heddle.segments.operators import BY_TYPE
from heddle.segments.places import Places
from heddle.segments.seed_words import load_lists, load_places

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
_TYPES = (
    ("list", re.compile(r".*(\[\]|array.*|list.*)")),
    ("boolean", re.compile(r"bool.*")),
    ("datetime", re.compile(r"(timestamp|datetime).*")),
    ("date", re.compile(r"date")),
    ("number", re.compile(r"(tiny|small|big|huge)?int.*|double.*|float.*|real|decimal.*|numeric.*|number.*")),
    ("text", re.compile(r"(var)?char.*|text|string")),
)


def load_catalog(folder: Path, time_zone: str, seeds: Path | None = None) -> Catalog:
    """The catalog in all `*.yml` of `folder`, with the places and lists in the folder `seeds`.

    Raises SegmentError where the meta cannot be understood.
    """
    models = {str(model["name"]): (model, file) for model, file in _models(folder)}
    if PROFILES_TABLE not in models or EVENTS_TABLE not in models:
        raise SegmentError(
            "the catalog is missing: no model `profiles` or `profile_events`",
            where=str(folder),
            hint="the data team publishes it in the meta of dbt_project/models/profiles/*.yml",
        )
    readers = {file: _Reader(str(file)) for _, file in models.values()}
    profiles, profiles_file = models[PROFILES_TABLE]
    events, events_file = models[EVENTS_TABLE]
    reachability = _meta(models.get(REACHABILITY_TABLE, ({}, folder))[0]).get("reachability", {})
    return Catalog(
        traits=readers[profiles_file].traits(profiles),
        events=readers[events_file].events(events),
        groups=readers[events_file].groups(events),
        relations=dict(
            readers[file].relation(name, model) for name, (model, file) in models.items() if "relation" in _meta(model)
        ),
        channels=tuple(reachability.get("channels", ("email", "sms", "ads"))),
        purposes=tuple(reachability.get("purposes", ("marketing", "ads"))),
        time_zone=time_zone,
        published={name: _published(model) for name, (model, _) in models.items() if _is_public(model)},
        places=load_places(seeds) if seeds else Places(),
        lists=load_lists(seeds) if seeds else {},
    )


def _models(folder: Path) -> Iterator[tuple[Mapping[str, Any], Path]]:
    for file in sorted(folder.rglob("*.yml")):
        try:
            content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        except (YAMLError, OSError, UnicodeDecodeError) as error:
            raise SegmentError("the catalog cannot be read", where=str(file), hint=type(error).__name__) from None
        for model in (content or {}).get("models") or []:
            yield model, file


def _is_public(model: Mapping[str, Any]) -> bool:
    return "public" in (model.get("access"), (model.get("config") or {}).get("access"))


def _published(model: Mapping[str, Any]) -> PublishedModel:
    columns = model.get("columns") or []
    return PublishedModel(PROFILES_SCHEMA, {str(c["name"]): bool(_meta(c).get("pii", False)) for c in columns})


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """dbt keeps meta under config since 1.10; the older place is accepted."""
    meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
    return meta if isinstance(meta, Mapping) else {}


def _accepted(column: Mapping[str, Any]) -> list[object]:
    """The values of dbt's test `accepted_values`, with its arguments where dbt keeps them since 1.10 or before."""
    for test in column.get("data_tests") or ():
        about = test.get("accepted_values") if isinstance(test, Mapping) else None
        if about:
            return list((about.get("arguments") or about).get("values") or ())
    return []


class _Reader:
    """Turns the meta of one file into catalog entries; a fault names that file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def traits(self, model: Mapping[str, Any]) -> dict[str, Field]:
        found = {}
        for column in model.get("columns") or []:
            trait = _meta(column).get("trait")
            if trait is not None:
                name, about = str(column["name"]), trait if isinstance(trait, Mapping) else {}
                described = {
                    "pii": _meta(column).get("pii", False),
                    "type": column.get("data_type"),
                    "values": _accepted(column),
                    **about,
                }
                found[name] = self._trait(name, described)
        return found

    def _trait(self, name: str, about: Mapping[str, Any]) -> Field:
        """A trait; the history of personal data is not kept, because its one column of values is shown unmasked."""
        trait = self._field(name, about)
        if trait.pii and trait.history:
            raise self._fault(
                f"the trait `{name}` is personal data (`pii: true`), whose history is not kept: take `history: true` "
                f"away, and what is kept already: delete from profiles.{HISTORY_TABLE} where trait = '{name}'"
            )
        return trait

    def events(self, model: Mapping[str, Any]) -> dict[str, Event]:
        return {
            self._identifier(name): Event(
                name, str((about or {}).get("title", "")), self._fields(about), self._retention(about)
            )
            for name, about in _meta(model).get("events", {}).items()
        }

    def groups(self, model: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        known = _meta(model).get("events", {})
        groups = {self._identifier(n): tuple(v) for n, v in _meta(model).get("event_groups", {}).items()}
        for name, members in groups.items():
            unknown = [member for member in members if member not in known]
            if unknown or not members or name in known:
                raise self._fault(f"event group `{name}` is empty, an event, or names unknown events {unknown}")
        return groups

    def relation(self, table: str, model: Mapping[str, Any]) -> tuple[str, Relation]:
        about = _meta(model)["relation"]
        name, key = self._identifier(about.get("name")), self._identifier(about.get("key"))
        fields = self._fields(about)
        return name, Relation(name, self._identifier(table), key, str(about.get("title", "")), fields)

    def _fields(self, about: Mapping[str, Any] | None) -> dict[str, Field]:
        return {name: self._field(name, field) for name, field in ((about or {}).get("fields") or {}).items()}

    def _field(self, name: str, about: Mapping[str, Any]) -> Field:
        return Field(
            name=self._identifier(name),
            column=self._identifier(about.get("column", name)),
            type=self._type(name, about.get("type")),
            title=str(about.get("title", "")),
            pii=bool(about.get("pii", False)),
            history=bool(about.get("history", False)),
            synonyms=tuple(str(word) for word in about.get("synonyms") or ()),
            values=tuple(str(value) for value in about.get("values") or ()),
        )

    def _type(self, name: str, declared: object) -> str:
        text = str(declared or "").lower()
        if text in BY_TYPE:
            return text
        for kind, pattern in _TYPES:
            if pattern.fullmatch(text):
                return kind
        raise self._fault(f"`{name}` has type {text!r}, known are {', '.join(BY_TYPE)} and SQL types")

    def _retention(self, about: Mapping[str, Any] | None) -> Duration | None:
        written = (about or {}).get("retention")
        try:
            return None if written is None else parse_duration(written)
        except ValueError as error:
            raise self._fault(f"retention: {error}") from None

    def _identifier(self, name: object) -> str:
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
            raise self._fault(f"{name!r} is not a name: small letters, digits and _")
        return name

    def _fault(self, what: str) -> SegmentError:
        return SegmentError(f"the catalog is not usable: {what}", where=self._file)
