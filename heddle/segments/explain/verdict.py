"""One rule, whether it holds, and the fact behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heddle.segments.describe import rule_words
from heddle.segments.explain.fact import fact
from heddle.segments.explain.person import Person
from heddle.segments.explain.stored_fact import stay_fact
from heddle.segments.fault import Path
from heddle.segments.judged import Judged
from heddle.segments.rules import inner_rules
from heddle.segments.segment import Segment


@dataclass(frozen=True)
class Verdict:
    """`words` is the rule in plain words; of a group (any_of, all_of, none_of) the rules inside are in `inner`."""

    words: str
    holds: bool
    fact: str
    inner: tuple["Verdict", ...] = ()


def verdicts(segment: Segment, judged: Judged, row: Mapping[str, Any], person: Person) -> tuple[Verdict, ...]:
    """The lines of `who`, then `exclude`, as one judged row says."""
    lines = [_verdict(rule, ("who", i), judged, row, person) for i, rule in enumerate(segment.rules)]
    for name, column in judged.excluded.items():
        lines.append(Verdict(f"not in {name}", not row[column], stay_fact(name, person)))
    return tuple(lines)


def _verdict(rule: Any, path: Path, judged: Judged, row: Mapping[str, Any], person: Person) -> Verdict:
    words = rule_words(rule, person.scope.catalog).splitlines()[0]
    holds = bool(row[judged.verdicts[path]])
    inside = inner_rules(rule)
    if not inside:
        return Verdict(words, holds, fact(rule, person))
    inner = tuple(_verdict(one, (*path, rule.verb, i), judged, row, person) for i, one in enumerate(inside))
    return Verdict(words, holds, f"{sum(one.holds for one in inner)} of {len(inner)} are true", inner)
