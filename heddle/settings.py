"""What a run depends on besides the repository. Read once, here; nothing else reads the environment."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from heddle.errors import SettingsError

TELEMETRY_OFF: Mapping[str, str] = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "GX_ANALYTICS_ENABLED": "false",
}
STAGE_SCHEMAS = ("heddle", "raw", "staging", "identity", "profiles", "segments", "activations", "feedback")
_FROM_ENVIRONMENT = {
    "data": "HEDDLE_DATA",
    "sources": "HEDDLE_SOURCES",
    "state": "HEDDLE_STATE",
    "warehouse_path": "HEDDLE_WAREHOUSE",
    "as_of": "HEDDLE_AS_OF",
    "time_zone": "HEDDLE_TIME_ZONE",
    "memory_limit": "HEDDLE_MEMORY_LIMIT",
    "threads": "HEDDLE_THREADS",
    "automation": "HEDDLE_AUTOMATION",
    "keep_runs": "HEDDLE_KEEP_RUNS",
    "soft_links": "HEDDLE_SOFT_LINKS",
    "alert_webhook": "HEDDLE_ALERT_WEBHOOK",
    "alert_mail": "HEDDLE_ALERT_MAIL",
    "alert_sender": "HEDDLE_ALERT_SENDER",
    "alert_smtp": "HEDDLE_ALERT_SMTP",
}


class Settings(BaseModel):
    """Where things are and when "now" is. All paths are absolute; `as_of` is naive UTC or None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: Path
    data: Path
    sources: tuple[str, ...]
    state: Path
    warehouse_path: Path
    outbox: Path
    as_of: datetime | None = None
    time_zone: str = "Europe/Warsaw"
    memory_limit: str | None = None
    threads: int | None = None
    automation: bool = False
    keep_runs: Annotated[int, Field(gt=0)] = 7
    soft_links: bool = False
    alert_webhook: Annotated[str, Field(pattern=r"^https?://")] | None = None
    alert_mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    alert_sender: str = "heddle@localhost"
    alert_smtp: Annotated[str, Field(pattern=r"^smtps?://", repr=False)] = "smtp://localhost:25"

    @classmethod
    def load(cls, root: Path | None = None, **overrides: object) -> Self:
        """Settings of the repository at `root` (default: HEDDLE_ROOT, else found upwards from the cwd).

        A keyword wins over the environment, the environment over the default. Raises SettingsError.
        """
        given: dict[str, object] = {
            field: os.environ[variable] for field, variable in _FROM_ENVIRONMENT.items() if os.environ.get(variable)
        }
        given.update({key: value for key, value in overrides.items() if value is not None})
        home = Path(root or os.environ.get("HEDDLE_ROOT") or _find_root(Path.cwd())).resolve()
        sources = _source_groups(given.get("sources", ("demo",)))
        state = _absolute(given.get("state", home / ".heddle" / "-".join(sources)))
        values = {
            "data": home / "data",
            "warehouse_path": state / "warehouse.duckdb",
            "outbox": state / "outbox",
            **given,
            "root": home,
            "sources": sources,
            "state": state,
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _readable(error) from None

    @property
    def published_path(self) -> Path:
        """The copy of the warehouse that readers may open at any time."""
        return self.state / "published.duckdb"

    @property
    def dbt_project(self) -> Path:
        return self.root / "dbt_project"

    def export(self) -> None:
        """Makes these settings those of every later `load` in this process and in those it starts."""
        values = self.model_dump(mode="json", include=set(_FROM_ENVIRONMENT), exclude_none=True)
        values["sources"] = ",".join(self.sources)
        os.environ.update({_FROM_ENVIRONMENT[field]: str(value) for field, value in values.items()})
        os.environ.update({"HEDDLE_ROOT": str(self.root), **TELEMETRY_OFF})

    def secret(self, name: str) -> str:
        """The environment variable `name`, which a source or destination needs. Raises SettingsError."""
        value = os.environ.get(name)
        if not value:
            raise SettingsError(f"the environment variable {name} is not set", hint=f"export {name}=... and run again")
        return value

    def dbt_env(self) -> dict[str, str]:
        """The variables that profiles.yml, dbt_project.yml and the macros ask for, telemetry off."""
        optional = {"HEDDLE_MEMORY_LIMIT": self.memory_limit, "HEDDLE_THREADS": self.threads}
        return {
            **TELEMETRY_OFF,
            "HEDDLE_ROOT": str(self.root),
            "HEDDLE_WAREHOUSE": str(self.warehouse_path),
            "HEDDLE_SOURCES": ",".join(self.sources),
            "HEDDLE_TIME_ZONE": self.time_zone,
            "HEDDLE_SOFT_LINKS": "on" if self.soft_links else "off",
            "DBT_PROJECT_DIR": str(self.dbt_project),
            "DBT_PROFILES_DIR": str(self.dbt_project),
            "DBT_TARGET_PATH": str(self.state / "target"),
            "DBT_LOG_PATH": str(self.state / "logs"),
            **{name: str(value) for name, value in optional.items() if value is not None},
        }

    @contextmanager
    def as_dbt_sees_them(self) -> Iterator[None]:
        """Sets `dbt_env` for the block, then puts the environment back as it was.

        dbt reads the process environment and nothing else, and adds a `.env` file to it: that goes as well.
        Not for two threads at once.
        """
        before = dict(os.environ)
        os.environ.update(self.dbt_env())
        try:
            yield
        finally:
            for name in set(os.environ) - set(before):
                del os.environ[name]
            os.environ.update(before)

    def quiet_tools(self) -> None:
        """Tells libraries of this process that read the environment themselves: no telemetry, no warnings that
        may quote values, and what they keep goes below `state`. Call it before such a library is imported."""
        tools = {"DLT_DATA_DIR": str(self.state / "dlt"), "RUNTIME__LOG_LEVEL": "CRITICAL"}
        os.environ.update({**TELEMETRY_OFF, **tools})

    @field_validator("data", "warehouse_path", "outbox", mode="before")
    @classmethod
    def _resolve(cls, value: object) -> Path:
        return _absolute(value)

    @field_validator("warehouse_path")
    @classmethod
    def _unlike_a_schema(cls, value: Path) -> Path:
        # DuckDB names the database after the file, and cannot tell it from a schema of the same name
        if value.stem in STAGE_SCHEMAS:
            raise ValueError(f"a warehouse file cannot be named like the schema {value.stem}")
        return value

    @field_validator("as_of", mode="after")
    @classmethod
    def _naive_utc(cls, value: datetime | None) -> datetime | None:
        return None if value is None else naive_utc(value)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not an IANA time zone such as Europe/Warsaw") from error
        return value

    @field_validator("memory_limit")
    @classmethod
    def _known_size(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B|%)", value, re.IGNORECASE):
            raise ValueError("not a size such as 4GB or 512MB")
        return value


def naive_utc(moment: datetime) -> datetime:
    """The same instant as a naive UTC timestamp, as every table of the warehouse keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _absolute(value: object) -> Path:
    return Path(str(value)).expanduser().resolve()


def _find_root(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "dbt_project").is_dir():
            return folder
    raise SettingsError(
        "no dbt_project/ folder in this folder or above it",
        hint="run from inside a Heddle repository, or set HEDDLE_ROOT to one",
    )


def _source_groups(value: object) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else [str(item) for item in _sequence(value)]
    groups = tuple(dict.fromkeys(item.strip() for item in items if item.strip()))
    if not groups or not all(re.fullmatch(r"[a-z][a-z0-9_]*", group) for group in groups):
        raise SettingsError(
            "HEDDLE_SOURCES must be a comma separated list of source groups",
            hint="for example HEDDLE_SOURCES=demo or HEDDLE_SOURCES=online_retail",
        )
    return groups


def _sequence(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _readable(error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "settings"
    return SettingsError(f"{_FROM_ENVIRONMENT.get(field, field)} is not usable: {first['msg']}")
