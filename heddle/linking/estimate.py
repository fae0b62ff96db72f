"""How much each level says: u from random pairs, m by expectation maximisation, the prior from the scores themselves.

Fellegi and Sunter, JASA 64 (1969); EM as in Splink. Two corrections of our own, for data where one person has several
records: random pairs hold a share `prior` of true ones, which is taken out of u; and the prior is the expected number
of true pairs by the last round's scores, so that nobody has to guess it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heddle.linking.candidates import CANDIDATES, Candidates, pairs_agreeing_on
from heddle.linking.known_pairs import among_known_pairs
from heddle.linking.splink_engine import opened_linker
from heddle.linking.splink_settings import Parameters, splink_settings
from heddle.warehouse import Warehouse

SEED = 1
ROUNDS = 3  # a fourth moves the prior by less than 1 %
_DIGITS = 6  # parallel sums differ in the last digits from run to run; these do not
_CORRECTED_AT_MOST = 50  # u is made smaller by at most this factor
_ENOUGH = 10  # pairs, below which a rule teaches nothing

Seen = Mapping[str, Sequence[float | None]]


@dataclass(frozen=True)
class Rule:
    """Pairs to learn m on; `sampled`: so many of them when there are more."""

    condition: str
    sampled: int | None


def estimate(warehouse: Warehouse, candidates: Candidates) -> Parameters:
    """Parameters of every comparison, rounded so that two runs on the same data give the same."""
    definition, people = candidates.definition, max(candidates.people, 2)
    every_pair = people * (people - 1) / 2
    rules = _rules(warehouse, candidates)
    floor = 1 / min(every_pair, definition.limits.random_pairs)
    random_u = _among_random_pairs(warehouse, candidates, 1 / people)
    settled = among_known_pairs(warehouse, definition)
    m: Seen = {name: settled.get(name) or _guess(len(us)) for name, us in random_u.items()}
    parameters = _combined(1 / people, m, random_u, floor)
    for _ in range(ROUNDS):
        m, pairs = _maximised(warehouse, candidates, parameters, rules, settled)
        parameters = _combined(max(pairs, 1.0) / every_pair, m, random_u, floor)
    return _rounded(parameters)


def _among_random_pairs(warehouse: Warehouse, candidates: Candidates, prior: float) -> Seen:
    settings = splink_settings(candidates.definition, candidates.blocks, prior)
    # one more than asked for: Splink takes a round million for a default and warns of it
    most = candidates.definition.limits.random_pairs + 1
    with opened_linker(warehouse, CANDIDATES, settings) as linker:
        linker.training.estimate_u_using_random_sampling(
            max_pairs=most, seed=SEED, min_count_per_level=None, num_chunks=1
        )
        return _seen(linker, "u_probability")


def _maximised(
    warehouse: Warehouse, candidates: Candidates, begin: Parameters, rules: Sequence[Rule], settled: Collection[str]
) -> tuple[Seen, float]:
    """m by expectation maximisation, and how many true pairs are expected by it.

    A level may fade away among the matches of one rule until its probability is too small for Splink: then that rule
    teaches nothing, and the others go on without it, with a new linker, for the old one is left half changed.
    """
    settings = splink_settings(candidates.definition, candidates.blocks, begin, settled)
    with opened_linker(warehouse, CANDIDATES, settings) as linker:
        for rule in rules:
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    rule.condition, estimate_without_term_frequencies=True, max_pairs=rule.sampled
                )
            except ValueError:
                break
        else:
            return _seen(linker, "m_probability"), _expected_pairs(warehouse, linker, candidates)
    return _maximised(warehouse, candidates, begin, [other for other in rules if other is not rule], settled)


def _rules(warehouse: Warehouse, candidates: Candidates) -> list[Rule]:
    """Conditions to learn m on, without those that too few pairs meet."""
    most = candidates.definition.limits.estimation_pairs
    rules = []
    for fields in candidates.definition.estimate_on:
        pairs = pairs_agreeing_on(warehouse, fields)
        if pairs >= _ENOUGH:
            condition = " and ".join(f"l.{name} = r.{name}" for name in fields)
            rules.append(Rule(condition, most if pairs > most else None))
    return rules


def _seen(linker: Any, kind: str) -> Seen:
    """Per comparison the estimates of its levels; None where a level was not met."""
    return {
        comparison["output_column_name"]: [
            level.get(kind) for level in comparison["comparison_levels"] if not level.get("is_null_level")
        ]
        for comparison in linker.misc.save_model_to_json()["comparisons"]
    }


def _expected_pairs(warehouse: Warehouse, linker: Any, candidates: Candidates) -> float:
    """The sum of the probabilities of all blocked pairs, from a part of the people when there are many pairs."""
    parts = max(1, -(-candidates.pairs_at_most // candidates.definition.limits.estimation_pairs))
    scored = linker.inference.predict_chunk((1, parts), (1, 1), warning_mode="never")
    found = warehouse.scalar(f"select sum(match_probability) from {scored.physical_name}")
    return float(str(found or 0)) * parts


def _combined(prior: float, m: Seen, random_u: Seen, floor: float) -> Parameters:
    levels = {}
    for name, seen in random_u.items():
        us = [_among_strangers(u, known, prior, floor) for u, known in zip(seen, m[name], strict=True)]
        # a level that no pair of one person showed says nothing, rather than something made up
        ms = [u if known is None else max(known, floor) for u, known in zip(us, m[name], strict=True)]
        levels[name] = tuple(zip(_shares(ms), _shares(us), strict=True))
    return Parameters(prior, levels)


def _guess(levels: int) -> list[float]:
    """m to begin with: mostly the same."""
    return [0.9, *[0.1 / (levels - 1)] * (levels - 1)]


def _among_strangers(u: float | None, m: float | None, prior: float, floor: float) -> float:
    if u is None:
        return floor
    without = (u - prior * (m or 0)) / (1 - prior)
    return max(without, u / _CORRECTED_AT_MOST, floor)


def _shares(values: Sequence[float]) -> list[float]:
    return [value / sum(values) for value in values]


def _rounded(parameters: Parameters) -> Parameters:
    def cut(value: float) -> float:
        return float(f"{value:.{_DIGITS}g}")

    levels = {name: tuple((cut(m), cut(u)) for m, u in found) for name, found in parameters.levels.items()}
    return Parameters(cut(parameters.prior), levels)
