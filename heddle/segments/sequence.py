"""`sequence`: events in an order, with limits between them and events that must not come in between."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from heddle.segments.duration import HumanDuration
from heddle.segments.operators import Where
from heddle.segments.values import Strict

WORDS = ("did", "then", "then_not")
MOST_STEPS = 10


class Step(Strict):
    """`did: a` first, then `then: b` or `then_not: c`; `within` counts from the event found before."""

    did: str | None = None
    then: str | None = None
    then_not: str | None = None
    within: HumanDuration | None = None
    where: Where = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_word(self) -> "Step":
        written = [word for word in WORDS if getattr(self, word) is not None]
        if len(written) != 1:
            raise ValueError(f"a step has one of the words {', '.join(WORDS)}")
        return self

    @property
    def word(self) -> str:
        return next(word for word in WORDS if getattr(self, word) is not None)

    @property
    def event(self) -> str:
        """The event or event group of the step."""
        return str(getattr(self, self.word))

    @property
    def happens(self) -> bool:
        """Whether the step is an event of the chain, not one that must be absent."""
        return self.word != "then_not"


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if not 2 <= len(steps) <= MOST_STEPS:
        raise ValueError(f"a sequence has 2 to {MOST_STEPS} steps: did, then `then` or `then_not`")
    if steps[0].word != "did" or steps[0].within is not None:
        raise ValueError("a sequence starts with `did: <event>`, without `within`")
    again = [number for number, step in enumerate(steps[1:], 2) if step.word == "did"]
    if again:
        raise ValueError(f"step {again[0]} is `then` or `then_not`; only the first one is `did`")
    return steps


class SequenceRule(Strict):
    """A chain of events exists in this order. `same`: a field that all of them have in common."""

    verb: ClassVar[str] = "sequence"
    sequence: Annotated[tuple[Step, ...], AfterValidator(_in_order)]
    same: str | None = None
    within_last: HumanDuration | None = None

    def chain(self) -> list[Step]:
        """The steps that happen."""
        return [step for step in self.sequence if step.happens]
