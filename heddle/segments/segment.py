"""One segment, as written: the pydantic edge between YAML and the compiler."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from heddle.segments.rules import Rule
from heddle.segments.values import Count, Percent, PlainText, Strict, Word, is_word

_DAILY = re.compile(r"daily(?: at (([01]\d|2[0-3]):[0-5]\d))?")
_AT = re.compile(r"(\d\d):(\d\d)$")
_REFRESH_TAGS = {"every 15 minutes": "refresh_15m", "hourly": "refresh_hourly"}
PERCENT_DIGITS = 2
EVERYONE = "everyone"


@dataclass(frozen=True)
class Refresh:
    """How often membership is computed. `tag` says it to dbt; `tags` also says at which time of the day, where the file
    does."""

    words: str
    tag: str

    @property
    def tags(self) -> tuple[str, ...]:
        hour, minute = found.groups() if (found := _AT.search(self.words)) else ("", "")
        return (self.tag, f"daily_at_{hour}{minute}") if hour else (self.tag,)


def parse_refresh(value: object) -> Refresh:
    """Raises ValueError that lists what can be written."""
    words = " ".join(value.lower().split()) if isinstance(value, str) else ""
    if words in _REFRESH_TAGS:
        return Refresh(words, _REFRESH_TAGS[words])
    if _DAILY.fullmatch(words):
        return Refresh(words, "refresh_daily")
    raise ValueError("refresh is `every 15 minutes`, `hourly`, `daily` or `daily at 06:00`")


RefreshTime = Annotated[
    Refresh,
    PlainValidator(parse_refresh),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(every 15 minutes|hourly|daily( at ([01]\d|2[0-3]):[0-5]\d)?)$",
            "examples": ["every 15 minutes", "hourly", "daily", "daily at 06:00"],
        }
    ),
]
DAILY = Refresh("daily", "refresh_daily")


class VolumeGuard(Strict):
    """Outside these limits the old membership stays: rows, and change of size against the open members."""

    min: Count | None = None
    max: Count | None = None
    max_change: Percent | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "VolumeGuard":
        if self.min is None and self.max is None and self.max_change is None:
            raise ValueError("a limit is missing: min, max or max_change")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("`min` is above `max`: every run would be blocked")
        return self


class Top(Strict):
    """The best `n`, or `percent`, by a number trait; ties by profile_id.

    `of`: among whom the best are found. Default: the members; else `everyone`, or the members of another segment.
    """

    n: Annotated[Count, Field(gt=0)] | None = None
    percent: Percent | None = None
    by: str
    of: Word | None = None

    @model_validator(mode="after")
    def _one_size(self) -> "Top":
        if (self.n is None) == (self.percent is None):
            raise ValueError("either `n` or `percent`, and `by`")
        return self


class Split(Strict):
    """A stable random share: bucket = hash(salt, profile_id) mod 10000."""

    percent: Percent
    salt: Word


class Segment(Strict):
    """A parsed file. `rules` is AND-ed; names are checked against the catalog by `check`. Without a `title` the name is
    one."""

    name: Word = Field(alias="segment")
    title: PlainText = ""
    owner: PlainText | None = None
    per: Word | None = None
    rules: tuple[Rule, ...] = Field(alias="who", min_length=1)
    exclude: tuple[Word, ...] = ()
    top: Top | None = None
    sample: Split | None = None
    holdout: Split | None = None
    volume_guard: VolumeGuard | None = None
    refresh: RefreshTime = DAILY

    @model_validator(mode="before")
    @classmethod
    def _title_from_name(cls, data: Any) -> Any:
        name = data.get("segment") if isinstance(data, dict) else None
        return {"title": str(name).replace("_", " ").capitalize(), **data} if is_word(name) else data

    @model_validator(mode="before")
    @classmethod
    def _sql_is_a_rule(cls, data: Any) -> Any:
        """`sql:` in place of `who:` is its only line."""
        if not isinstance(data, dict) or "sql" not in data:
            return data
        if "who" in data:
            raise ValueError("either `who` or `sql`; beside other lines, `sql` is a line of `who`")
        return {**{key: value for key, value in data.items() if key != "sql"}, "who": [{"sql": data["sql"]}]}
