"""What may stand under `load:` of a dbt source table."""

import codecs
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

DEFAULT_LIMIT = "1%"


@dataclass(frozen=True)
class RejectLimit:
    """How many rejects a load may have before its check fails: a number of rows, or a share of them."""

    rows: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, value: object) -> "RejectLimit":
        """`25`, `"25"` (rows) or `"1%"`. Raises ValueError."""
        if isinstance(value, RejectLimit):
            return value
        text = str(value).strip()
        try:
            limit = cls(share=float(text[:-1]) / 100) if text.endswith("%") else cls(rows=int(text))
        except ValueError:
            raise ValueError("a reject limit is a number of rows (25) or a share (1%)") from None
        if (limit.rows or 0) < 0 or not 0 <= (limit.share or 0) <= 1:
            raise ValueError("a reject limit is not negative and at most 100%")
        return limit

    def is_exceeded(self, rejects: int, total: int) -> bool:
        if self.rows is not None:
            return rejects > self.rows
        return rejects > (self.share or 0.0) * total


Limit = Annotated[RejectLimit, BeforeValidator(RejectLimit.parse)]


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class FileLoad(_Spec):
    """Files below `settings.data`; `files` is a glob, `**` allowed."""

    files: str
    format: Literal["csv", "jsonl", "parquet"]
    reject_limit: Limit = RejectLimit.parse(DEFAULT_LIMIT)
    delimiter: str = ","
    encoding: str = "utf-8"
    key: Names = ()

    @field_validator("files")
    @classmethod
    def _inside_data(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or not value.strip():
            raise ValueError("a glob relative to the data folder, without '..'")
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        if len(value) != 1 or not value.isascii() or value in '"\r\n':
            raise ValueError('one character such as "," ";" "|" or "\\t"')
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)  # refuses codecs that are none of text, such as hex
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError("not an encoding such as utf-8, cp1250 or latin-1") from None


class PostgresLoad(_Spec):
    """One table of a Postgres database; `dsn_env` names the variable that holds the connection string."""

    dsn_env: str
    table: str
    cursor: str | None = None
    reject_limit: Limit = RejectLimit.parse(DEFAULT_LIMIT)
    batch_rows: int = Field(default=50_000, gt=0)
    key: Names = ()


class RestLoad(_Spec):
    """One endpoint of a REST API; `records` is the JSON path of the rows, `paginator` one that dlt knows.

    `cursor` is the field of a row that grows; `cursor_param` the query parameter that asks for rows since.
    """

    url: str
    records: str = "$"
    paginator: dict[str, Any] | str = "auto"
    params: dict[str, str | int] = Field(default_factory=dict)
    cursor: str | None = None
    cursor_param: str | None = None
    token_env: str | None = None
    reject_limit: Limit = RejectLimit.parse(DEFAULT_LIMIT)
    key: Names = ()


LoadSpec = FileLoad | PostgresLoad | RestLoad
