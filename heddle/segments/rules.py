"""One model per verb. A rule is a mapping that holds exactly one verb and the keys that verb knows."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from heddle.segments.duration import HumanDuration
from heddle.segments.operators import Amount, Operators, Size, Where
from heddle.segments.values import Day, Strict, YesNo

Channel = str
Between = Annotated[tuple[Day, ...], Field(min_length=2, max_length=2)]
WINDOWS = ("within_last", "between", "since", "ever")


class TraitRule(Operators):
    """A property of the profile."""

    verb: ClassVar[str] = "trait"
    trait: str


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


class EventRule(Strict):
    """What `did` and `did_not` share: one window, a filter, and conditions on the events that remain."""

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


class RelationRule(Strict):
    where: Where = Field(default_factory=dict)
    count: Size | None = None

    @property
    def relation(self) -> str:
        raise NotImplementedError

    @model_validator(mode="after")
    def _counts_something(self) -> "RelationRule":
        count = self.count
        if count and (0 in (count.exactly, count.at_least, count.at_most)):
            raise ValueError("`count` starts at 1; somebody with none is found by the other verb, has_no or has")
        return self


class HasRule(RelationRule):
    verb: ClassVar[str] = "has"
    has: str

    @property
    def relation(self) -> str:
        return self.has


class HasNoRule(RelationRule):
    verb: ClassVar[str] = "has_no"
    has_no: str

    @property
    def relation(self) -> str:
        return self.has_no


class InSegmentRule(Strict):
    verb: ClassVar[str] = "in_segment"
    in_segment: str


class NotInSegmentRule(Strict):
    verb: ClassVar[str] = "not_in_segment"
    not_in_segment: str


class Passage(Strict):
    """`{segment: complained, in_last: 180 days}`"""

    segment: str
    in_last: HumanDuration


class EnteredRule(Strict):
    verb: ClassVar[str] = "entered"
    entered: Passage


class LeftRule(Strict):
    verb: ClassVar[str] = "left"
    left: Passage


class CanReceiveRule(Strict):
    """Consent, a valid address, and no suppression, for a channel and a purpose."""

    verb: ClassVar[str] = "can_receive"
    can_receive: str
    purpose: str = Field("marketing", alias="for")


class AnyOfRule(Strict):
    verb: ClassVar[str] = "any_of"
    any_of: tuple["Rule", ...] = Field(min_length=1)


class AllOfRule(Strict):
    verb: ClassVar[str] = "all_of"
    all_of: tuple["Rule", ...] = Field(min_length=1)


class NoneOfRule(Strict):
    verb: ClassVar[str] = "none_of"
    none_of: tuple["Rule", ...] = Field(min_length=1)


VERBS: dict[str, type[Strict]] = {
    "trait": TraitRule,
    "did": DidRule,
    "did_not": DidNotRule,
    "has": HasRule,
    "has_no": HasNoRule,
    "in_segment": InSegmentRule,
    "not_in_segment": NotInSegmentRule,
    "entered": EnteredRule,
    "left": LeftRule,
    "can_receive": CanReceiveRule,
    "any_of": AnyOfRule,
    "all_of": AllOfRule,
    "none_of": NoneOfRule,
}
# Words of the language that this version knows but cannot compile yet.
LATER = frozenset({"sequence", "favourite", "regularly", "near", "in_list", "for_at_least", "last_where", "sql"})
TAG = "rule:"


def verb_tag(value: object) -> str | None:
    """The tag of the one verb in a rule, None when there is none or more than one."""
    if not isinstance(value, dict):
        return f"{TAG}{value.verb}" if hasattr(value, "verb") else None
    verbs = [verb for verb in VERBS if verb in value]
    return f"{TAG}{verbs[0]}" if len(verbs) == 1 else None


Rule = Annotated[
    Annotated[TraitRule, Tag("rule:trait")]
    | Annotated[DidRule, Tag("rule:did")]
    | Annotated[DidNotRule, Tag("rule:did_not")]
    | Annotated[HasRule, Tag("rule:has")]
    | Annotated[HasNoRule, Tag("rule:has_no")]
    | Annotated[InSegmentRule, Tag("rule:in_segment")]
    | Annotated[NotInSegmentRule, Tag("rule:not_in_segment")]
    | Annotated[EnteredRule, Tag("rule:entered")]
    | Annotated[LeftRule, Tag("rule:left")]
    | Annotated[CanReceiveRule, Tag("rule:can_receive")]
    | Annotated[AnyOfRule, Tag("rule:any_of")]
    | Annotated[AllOfRule, Tag("rule:all_of")]
    | Annotated[NoneOfRule, Tag("rule:none_of")],
    Discriminator(verb_tag),
]
AnyOfRule.model_rebuild()
AllOfRule.model_rebuild()
NoneOfRule.model_rebuild()

Groups = AnyOfRule | AllOfRule | NoneOfRule


def inner_rules(rule: Any) -> tuple[Any, ...]:
    """The rules inside any_of, all_of or none_of; empty for any other verb."""
    return getattr(rule, rule.verb) if isinstance(rule, Groups) else ()


Window = Literal["within_last", "between", "since", "ever"]
