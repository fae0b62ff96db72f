"""The same outcome of every operation of a batch, without a place for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from activations.outcomes import Outcome


@dataclass(frozen=True, eq=False)
class Alike(Mapping[int, Outcome]):
    """By op_id, as any other outcomes are."""

    op_ids: range
    outcome: Outcome

    def __getitem__(self, op_id: int) -> Outcome:
        if op_id not in self.op_ids:
            raise KeyError(op_id)
        return self.outcome

    def __iter__(self) -> Iterator[int]:
        return iter(self.op_ids)

    def __len__(self) -> int:
        return len(self.op_ids)


def kinds_of(outcomes: Mapping[int, Outcome]) -> set[type[Outcome]]:
    """Which of the five there are among them."""
    return {type(outcomes.outcome)} if isinstance(outcomes, Alike) else set(map(type, outcomes.values()))
