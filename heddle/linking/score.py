"""Pairs scored, decided and explained."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

import pyarrow as pa

from heddle.linking.candidates import CANDIDATES, Candidates
from heddle.linking.people import PEOPLE
from heddle.linking.splink_engine import opened_linker
from heddle.linking.splink_settings import NODE, Parameters, labels, splink_settings
from heddle.warehouse import Warehouse

_KEPT = "heddle_link_kept"
_APART = "heddle_link_apart"
MERGE, REVIEW = "merge", "review"
_AGREES = 3.0  # bits, eight times likelier in one person than in two, from which a field counts as agreeing
_COLUMNS: Mapping[str, pa.DataType] = {
    "left_node": pa.int64(),
    "right_node": pa.int64(),
    "match_weight": pa.float64(),
    "match_probability": pa.float64(),
    "decision": pa.string(),
    "explanation": pa.string(),
    "model_hash": pa.string(),
    "scored_at": pa.timestamp("us"),
}


@dataclass(frozen=True)
class Scored:
    """How many pairs were looked at, and a row per pair that is proposed (columns of heddle.soft_links)."""

    pairs: int
    rows: pa.Table


def score(warehouse: Warehouse, candidates: Candidates, parameters: Parameters, model: str, at: object) -> Scored:
    """Scores every blocked pair; keeps those from the review threshold on that nothing speaks against."""
    settings = splink_settings(candidates.definition, candidates.blocks, parameters)
    least = candidates.definition.thresholds.review
    with opened_linker(warehouse, CANDIDATES, settings) as linker:
        blocked = linker.inference.compute_blocked_pairs_for_predict()
        pairs = int(str(warehouse.scalar(f"select count(*) from {blocked.physical_name}")))
        scored = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        _make_apart(warehouse)
        warehouse.execute(_kept_sql(scored.physical_name, candidates))
    found = warehouse.query(f"select * from {_KEPT} order by left_node, right_node").to_pylist()
    rows = [_row(row, candidates, parameters, model, at) for row in found]
    return Scored(pairs, pa.Table.from_pylist(rows, schema=pa.schema(_COLUMNS)))


def _make_apart(warehouse: Warehouse) -> None:
    """(a, b): people whom an override keeps apart, in both orders."""
    columns = warehouse.columns("reference.identity_overrides")
    overrides = (
        "select * from reference.identity_overrides where kind = 'never_link'"
        if columns
        else "select '' as left_type, '' as left_value, '' as right_type, '' as right_value where false"
    )
    warehouse.execute(f"""create temp table {_APART} as
        with overrides as ({overrides}),
        owned as (
            select nodes.node_type, nodes.node_value, people.person
            from identity.identity_nodes as nodes
            join {PEOPLE} as people on nodes.node = people.node
            where nodes.node_type = 'record'
            union
            select links.identifier_type, links.identifier_value, people.person
            from identity.identity_links as links
            join {PEOPLE} as people on links.record_node = people.node
        ),
        pairs as (
            select one.person as a, other.person as b
            from overrides
            join owned as one
                on overrides.left_type = one.node_type and cast(overrides.left_value as varchar) = one.node_value
            join owned as other
                on overrides.right_type = other.node_type and cast(overrides.right_value as varchar) = other.node_value
        )
        select a, b from pairs union select b, a from pairs""")


def _kept_sql(scored: str, candidates: Candidates) -> str:
    """Without pairs that share an identifier, for the guards have judged those; levels and weights, no values."""
    shown = [
        column
        for comparison in candidates.definition.comparisons
        for column in (f"gamma_{comparison.field}", f"mw_{comparison.field}")
    ]
    shown += [f"mw_tf_adj_{c.field}" for c in candidates.definition.comparisons if c.term_frequencies]
    columns = ", ".join(["match_weight", "match_probability", "both_have_accounts", *shown])
    return f"""create temp table {_KEPT} as
        with proposed as (
            select scored.*, one.person as a, other.person as b,
                one.account is not null and other.account is not null as both_have_accounts
            from {scored} as scored
            join {CANDIDATES} as one on scored.{NODE}_l = one.{NODE}
            join {CANDIDATES} as other on scored.{NODE}_r = other.{NODE}
        ),
        usable as (
            select distinct people.person, links.identifier_node
            from identity.identity_links as links
            join {PEOPLE} as people on links.record_node = people.node
            where people.person in (select a from proposed union select b from proposed)
                and links.identifier_node not in (select node from identity.identity_withheld)
        ),
        sharing as (
            select distinct proposed.a, proposed.b
            from proposed
            join usable as one on proposed.a = one.person
            join usable as other on proposed.b = other.person and one.identifier_node = other.identifier_node
        )
        select least({NODE}_l, {NODE}_r) as left_node, greatest({NODE}_l, {NODE}_r) as right_node, {columns}
        from proposed
        left join sharing on proposed.a = sharing.a and proposed.b = sharing.b
        left join {_APART} as apart on proposed.a = apart.a and proposed.b = apart.b
        where sharing.a is null and apart.a is null"""


def _row(
    found: Mapping[str, Any], candidates: Candidates, parameters: Parameters, model: str, at: object
) -> dict[str, object]:
    thresholds = candidates.definition.thresholds
    probability = round(found["match_probability"], 9)
    weights = _weights(found, candidates)
    told: dict[str, object] = {"prior": round(log2(parameters.prior / (1 - parameters.prior)), 2), **weights}
    needed = thresholds.merge_needs
    agrees = not needed or any(weights[name]["weight"] >= _AGREES for name in needed if name in weights)
    if found["both_have_accounts"]:
        told["review_because"] = "both have an account of their own"
    elif probability >= thresholds.merge and not agrees:
        told["review_because"] = f"none of {', '.join(needed)} agrees"
    merges = probability >= thresholds.merge and "review_because" not in told
    return {
        "left_node": found["left_node"],
        "right_node": found["right_node"],
        "match_weight": round(found["match_weight"], 6),
        "match_probability": probability,
        "decision": MERGE if merges else REVIEW,
        "explanation": json.dumps(told),
        "model_hash": model,
        "scored_at": at,
    }


def _weights(found: Mapping[str, Any], candidates: Candidates) -> dict[str, dict[str, Any]]:
    """Per comparison the level in words and its weight in bits, which add up with the prior to the match weight.

    No value is in it, and nothing of a comparison that says nothing.
    """
    told = {}
    for comparison in candidates.definition.comparisons:
        name, words = comparison.field, labels(comparison)
        gamma = found[f"gamma_{name}"]
        if gamma >= 0:
            weight = found[f"mw_{name}"] + (found.get(f"mw_tf_adj_{name}") or 0)
            told[name] = {"level": words[len(words) - 1 - gamma], "weight": round(weight, 2)}
    return told
