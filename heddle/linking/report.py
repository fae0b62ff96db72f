"""What a run of the linking step did."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """Counts of people and pairs. `too_common`: people per blocking rule whose value there is too common to be used;
    `left_out`: rules that would bring too many pairs together."""

    people: int = 0
    pairs: int = 0
    merges: int = 0
    reviews: int = 0
    estimated: bool = False
    model_hash: str = ""
    seconds: float = 0.0
    compared: tuple[str, ...] = ()
    too_common: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
