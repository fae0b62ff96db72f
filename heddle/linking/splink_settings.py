"""The linking model in the words of Splink: plain dictionaries, SQL conditions over `<field>_l` and `<field>_r`."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heddle.linking.definition import Comparison, Definition, Level

NODE = "node"
DIFFERENT = "different"


@dataclass(frozen=True)
class Parameters:
    """What was estimated: `prior`, the share of all pairs that are one person, and per comparison and level (the same
    first, different last) how often it is met in pairs of one person (m) and of two (u)."""

    prior: float
    levels: Mapping[str, tuple[tuple[float, float], ...]]

    def as_json(self, definition: Definition) -> str:
        """Readable, canonical, and without a value of anybody: labels and probabilities only."""
        comparisons = {
            c.field: [
                {"level": label, "m": m, "u": u} for label, (m, u) in zip(labels(c), self.levels[c.field], strict=True)
            ]
            for c in definition.comparisons
        }
        return json.dumps({"prior": self.prior, "comparisons": comparisons}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Parameters":
        content = json.loads(text)
        levels = {
            name: tuple((float(level["m"]), float(level["u"])) for level in found)
            for name, found in content["comparisons"].items()
        }
        return cls(float(content["prior"]), levels)


def definition_hash(definition: Definition) -> str:
    """Changes when what is estimated changes: the comparisons, the rules and the limits, not the thresholds."""
    content = definition.model_dump_json(exclude={"thresholds"})
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def labels(comparison: Comparison) -> list[str]:
    """The levels in words, the same first."""
    return ["the same", *(_label(level) for level in comparison.levels), DIFFERENT]


def splink_settings(
    definition: Definition, blocks: Sequence[str], parameters: Parameters | float, settled: Collection[str] = ()
) -> dict[str, Any]:
    """Splink's settings; a number instead of parameters is the prior to begin the estimation with.

    The m of `settled` comparisons is not estimated again.
    """
    known = parameters if isinstance(parameters, Parameters) else None
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": NODE,
        "probability_two_random_records_match": known.prior if known else parameters,
        "comparisons": [
            _comparison(c, known.levels[c.field] if known else None, c.field in settled) for c in definition.comparisons
        ],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": f"l.{key} = r.{key}"} for key in blocks],
        "retain_matching_columns": True,  # the levels come with them; they stay in a temporary table
        "retain_intermediate_calculation_columns": True,
        "linker_uid": "heddle",
    }


def level_conditions(comparison: Comparison) -> list[str]:
    """The SQL of each level but the last, over `_l` and `_r` columns, to be tried in this order."""
    field = comparison.field
    return [f"{field}_l = {field}_r", *(_condition(field, level) for level in comparison.levels)]


def missing_condition(comparison: Comparison) -> str:
    """Holds for pairs about which the comparison says nothing: no value, or alike for a reason already counted."""
    field = comparison.field
    nothing = [f"{field}_l is null or {field}_r is null"]
    conditions = level_conditions(comparison)
    for i, level in enumerate(comparison.levels, start=1):
        if level.unless_same:
            before = " and ".join(f"coalesce(not ({condition}), true)" for condition in conditions[:i])
            same = " or ".join(f"{name}_l = {name}_r" for name in level.unless_same)
            nothing.append(f"({before} and ({same}) and {conditions[i]})")
    return " or ".join(nothing)


def _comparison(
    comparison: Comparison, known: Sequence[tuple[float, float]] | None, is_settled: bool
) -> dict[str, Any]:
    field = comparison.field
    missing = {"sql_condition": missing_condition(comparison), "is_null_level": True}
    levels: list[dict[str, Any]] = [{"sql_condition": sql} for sql in (*level_conditions(comparison), "ELSE")]
    if comparison.term_frequencies:
        levels[0] |= {"tf_adjustment_column": field, "tf_adjustment_weight": 1.0}
    for i, (level, label) in enumerate(zip(levels, labels(comparison), strict=True)):
        level["label_for_charts"] = label
        if known:
            level["m_probability"], level["u_probability"] = known[i]
            level["fix_m_probability"] = is_settled
    return {"output_column_name": field, "comparison_levels": [{**missing, "label_for_charts": "missing"}, *levels]}


def _condition(field: str, level: Level) -> str:
    compared = level.of or field
    left, right = f"{compared}_l", f"{compared}_r"
    if level.jaro_winkler is not None:
        return f"jaro_winkler_similarity({left}, {right}) >= {level.jaro_winkler}"
    if level.edits is not None:
        # lengths first: the distance is the dearest function here
        near = f"abs(length({left}) - length({right})) <= {level.edits}"
        return f"{near} and damerau_levenshtein({left}, {right}) <= {level.edits}"
    if level.same is not None:
        return f"{level.same}_l = {level.same}_r"
    # one direction only: the other one is the other field's evidence, and would be counted twice
    return f"{field}_l = {level.crossed}_r"


def _label(level: Level) -> str:
    of = f" {level.of}" if level.of else ""
    if level.jaro_winkler is not None:
        return f"similar{of} (at least {level.jaro_winkler})"
    if level.edits is not None:
        return f"{level.edits} typing error{'s' if level.edits > 1 else ''}{of}"
    return f"the same {level.same}" if level.same else f"the {level.crossed} of the other"
