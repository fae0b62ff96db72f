"""One model per verb. A rule is a mapping that holds exactly one verb and the keys that verb knows."""

from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag, model_validator

from heddle.segments.duration import HumanDuration
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.near import NearRule
from heddle.segments.operators import Operators, Size, Where
from heddle.segments.raw_sql import SqlRule
from heddle.segments.sequence import SequenceRule
from heddle.segments.values import Strict


class TraitRule(Operators):
    """A property of the profile; with `for_at_least`, one that has been so for a while."""

    verb: ClassVar[str] = "trait"
    trait: str
    for_at_least: HumanDuration | None = None


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


class InListRule(Strict):
    """The people behind the identifiers of an uploaded list, the dbt seed `list_<name>`."""

    verb: ClassVar[str] = "in_list"
    in_list: str


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
    "sequence": SequenceRule,
    "has": HasRule,
    "has_no": HasNoRule,
    "in_segment": InSegmentRule,
    "not_in_segment": NotInSegmentRule,
    "entered": EnteredRule,
    "left": LeftRule,
    "can_receive": CanReceiveRule,
    "near": NearRule,
    "in_list": InListRule,
    "sql": SqlRule,
    "any_of": AnyOfRule,
    "all_of": AllOfRule,
    "none_of": NoneOfRule,
}
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
    | Annotated[SequenceRule, Tag("rule:sequence")]
    | Annotated[HasRule, Tag("rule:has")]
    | Annotated[HasNoRule, Tag("rule:has_no")]
    | Annotated[InSegmentRule, Tag("rule:in_segment")]
    | Annotated[NotInSegmentRule, Tag("rule:not_in_segment")]
    | Annotated[EnteredRule, Tag("rule:entered")]
    | Annotated[LeftRule, Tag("rule:left")]
    | Annotated[CanReceiveRule, Tag("rule:can_receive")]
    | Annotated[NearRule, Tag("rule:near")]
    | Annotated[InListRule, Tag("rule:in_list")]
    | Annotated[SqlRule, Tag("rule:sql")]
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
