"""A sync file as a model: what leaves the warehouse, where to, and on which conditions."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from activations.contract import Channel, Match, OnLeave
from activations.yaml_file import YamlOrigin

FieldValue = str | bool | int | float
_PERCENT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*%\s*$")
_DURATION = re.compile(r"^\s*(\d+)\s*(minute|hour|day)s?\s*$")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_SCHEDULE = r"^(every \d+ minutes|hourly|daily( at \d{2}:\d{2})?|manual)$"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _percent(value: object) -> object:
    match = _PERCENT.match(value) if isinstance(value, str) else None
    if match is None or float(match[1]) > 100:
        raise ValueError("must be a percentage such as 10%")
    return float(match[1])


def _seconds(value: object) -> object:
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration such as 30 minutes, 2 hours or 1 day")
    return int(match[1]) * _SECONDS[match[2]]


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """`segment`: its members now, with the columns of their profiles. `model`: a dbt model of the stage activations;
    with `segment` beside it, the sync waits while that segment's volume guard says blocked."""

    segment: Name | None = None
    model: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not self.segment and not self.model:
            raise ValueError("name a segment or a model")
        return self


class Guard(_Strict):
    """Limits that stop a run before its first call. Removals of rows that left the source are measured against what the
    destination holds; removals because a consent ended are not counted and not stopped."""

    max_removed: Annotated[float, BeforeValidator(_percent)] = 50.0
    max_removed_rows: Annotated[int, Field(ge=0)] | None = None
    min_source_rows: Annotated[int, Field(ge=0)] = 0


class Retry(_Strict):
    """Rejected rows that may succeed later: `attempts` tries in all, the second after `first_after`, each next one
    after twice as long, a week at most."""

    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    first_after: Annotated[int, BeforeValidator(_seconds)] = 1800


class Sync(_Strict):
    """One file of `activations/syncs/<group>/`, named after its sync."""

    sync: Name
    title: str = ""
    owner: str = ""
    source: Source
    destination: Name
    object: Name
    audience: str = ""
    match: Match | None = None
    on_leave: OnLeave = "nothing"
    key: Annotated[tuple[Name, ...], BeforeValidator(_names), Field(min_length=1)] | None = None
    fields: Annotated[dict[str, FieldValue], Field(min_length=1)]
    hash: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    hashed: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    options: dict[str, Any] = Field(default_factory=dict)
    purpose: Literal["marketing", "ads", "operational"]
    channel: Channel | None = None
    guard: Guard = Guard()
    retry: Retry = Retry()
    schedule: Annotated[str, Field(pattern=_SCHEDULE)] = "daily"
    _group: str = PrivateAttr(default="")
    _origin: YamlOrigin = PrivateAttr(default_factory=lambda: YamlOrigin(Path("sync.yml"), {}))

    def located(self, group: str, origin: YamlOrigin) -> Self:
        """Remembers where it was read, for messages; returns itself."""
        self._group, self._origin = group, origin
        return self

    @property
    def group(self) -> str:
        """The source group whose folder the file is in."""
        return self._group

    def where(self, *path: str) -> str:
        """`file:line:column` of an entry of the file, or of the nearest entry above it that exists."""
        return self._origin.where(*path)

    @property
    def name(self) -> str:
        return self.sync

    @property
    def audience_name(self) -> str:
        return self.audience or self.sync
