"""`did` and `did_not`: one window, a filter, and conditions on the events that remain."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from heddle.segments.duration import Duration, HumanDuration
from heddle.segments.operators import Amount, Operators, Size, Where
from heddle.segments.values import Day, Strict, Value, Values, YesNo

Between = Annotated[tuple[Day, ...], Field(min_length=2, max_length=2)]
WINDOWS = ("within_last", "between", "since", "ever")
MOST_PERIODS = 100
_SHARE = re.compile(r"(\d{1,3}) +of +(\d{1,3})")


class Aggregate(Amount):
    """`{of: order_total, above: 150}`"""

    of: str


class Distinct(Size):
    """`{of: product_id, at_least: 3}`"""

    of: str


class Moments(Strict):
    """`{older_than: 1 hour, newer_than: 24 hours}`"""

    older_than: HumanDuration | None = None
    newer_than: HumanDuration | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Moments":
        older, newer = self.older_than, self.newer_than
        if older is None and newer is None:
            raise ValueError("`older_than` or `newer_than` is missing")
        if older is not None and newer is not None and older.days >= newer.days:
            raise ValueError("`older_than` is not shorter than `newer_than`: nothing can match")
        return self


class Favourite(Strict):
    """`{of: category, is: shoes}`: the value that most of the events have."""

    of: str
    is_: Value | None = Field(None, alias="is")
    one_of: Values | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Favourite":
        if (self.is_ is None) == (self.one_of is None):
            raise ValueError("either `is` or `one_of`, such as `is: shoes`")
        return self

    @property
    def operators(self) -> Operators:
        """What is asked of the favourite value."""
        wanted = {"is": self.is_} if self.one_of is None else {"one_of": list(self.one_of)}
        return Operators.model_validate(wanted)


@dataclass(frozen=True)
class Share:
    """`3 of 4`"""

    wanted: int
    periods: int

    def __str__(self) -> str:
        return f"{self.wanted} of {self.periods}"


def parse_share(value: object) -> Share:
    """Raises ValueError with a sentence for the person who wrote it."""
    match = _SHARE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("how often is written like 3 of 4")
    share = Share(int(match[1]), int(match[2]))
    if not 1 <= share.wanted <= share.periods <= MOST_PERIODS:
        raise ValueError(f"how often is at least 1, at most all of the periods, and at most {MOST_PERIODS} periods")
    return share


HowOften = Annotated[
    Share,
    PlainValidator(parse_share),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3} +of +\d{1,3}$", "examples": ["3 of 4"]}),
]


class Regularly(Strict):
    """`{every: week, at_least: 3 of 4}`: periods count back from as_of, each (start, end]."""

    every: Literal["day", "week", "month", "year"]
    at_least: HowOften

    def back(self, periods: int) -> Duration:
        """How long ago a period began."""
        return Duration(periods, self.every)


class EventRule(Strict):
    """What `did` and `did_not` share."""

    within_last: HumanDuration | None = None
    between: Between | None = None
    since: str | None = None
    ever: YesNo | None = None
    where: Where = Field(default_factory=dict)
    count: Size | None = None
    sum: Aggregate | None = None
    average: Aggregate | None = None
    minimum: Aggregate | None = None
    maximum: Aggregate | None = None
    distinct: Distinct | None = None
    first_time: Moments | None = None
    last_time: Moments | None = None
    last_where: Where = Field(default_factory=dict)
    favourite: Favourite | None = None
    regularly: Regularly | None = None

    @property
    def event(self) -> str:
        """The event or event group the rule is about."""
        raise NotImplementedError

    def aggregates(self) -> dict[str, Aggregate]:
        """The aggregates that were written, by key."""
        names = ("sum", "average", "minimum", "maximum")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @model_validator(mode="after")
    def _one_window(self) -> "EventRule":
        windows = [key for key in WINDOWS if getattr(self, key) is not None]
        if len(windows) > 1:
            raise ValueError(f"one window per rule, not {' and '.join(windows)}")
        if self.regularly and windows:
            raise ValueError(f"`regularly` looks at its own periods: leave out `{windows[0]}`")
        if self.ever is False:
            raise ValueError("`ever: no` means nothing; leave it out, or use did_not")
        if self.between and self.between[0] > self.between[1]:
            raise ValueError("`between` wants [first day, last day]")
        return self

    @model_validator(mode="after")
    def _counts_something(self) -> "EventRule":
        count = self.count
        if count and (0 in (count.exactly, count.at_least, count.at_most)):
            raise ValueError("`count` starts at 1; somebody with none is found by the other verb, did_not or did")
        return self


class DidRule(EventRule):
    verb: ClassVar[str] = "did"
    did: str

    @property
    def event(self) -> str:
        return self.did


class DidNotRule(EventRule):
    verb: ClassVar[str] = "did_not"
    did_not: str

    @property
    def event(self) -> str:
        return self.did_not
