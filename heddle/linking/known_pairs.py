"""What one person's records look like side by side: pairs of records that identifiers already joined.

Where people are described by little more than a name and a town, expectation maximisation cannot tell many vague
matches from few sharp ones: it has one equation for two unknowns. Records that share an account or a card are pairs
whose truth is known, and answer it, for every field that did not join them.
"""

from collections.abc import Mapping

from heddle.linking.candidates import DERIVED, VALUES
from heddle.linking.definition import Comparison, Definition
from heddle.linking.splink_settings import level_conditions, missing_condition
from heddle.warehouse import Warehouse, identifier, literal

_PAIRS = "heddle_link_known_pairs"
_AT_MOST = 200_000  # pairs looked at
_ENOUGH = 200  # pairs, below which a field is left to expectation maximisation
_DOUBT = 0.1  # sources copy from each other: records that do not are less alike by about this much


def among_known_pairs(warehouse: Warehouse, definition: Definition) -> Mapping[str, list[float]]:
    """Per comparison the share of each level, for those that enough pairs of two sources can answer."""
    joins = warehouse.query("select distinct identifier_type from identity.identity_links").column(0).to_pylist()
    free = [c for c in definition.comparisons if not _sources(c) & set(joins)]
    if not free:
        return {}
    _make_pairs(warehouse, definition)
    found = {c.field: _shares(warehouse, c) for c in free}
    return {name: shares for name, shares in found.items() if shares}


def _sources(comparison: Comparison) -> set[str]:
    """The attributes behind a comparison."""
    names = {comparison.field} | {name for level in comparison.levels for name in level.fields()}
    return {DERIVED.get(name, (name,))[0] for name in names}


def _make_pairs(warehouse: Warehouse, definition: Definition) -> None:
    fields = definition.fields()
    wide = ", ".join(f"max(case when field = {literal(name)} then value end) as {identifier(name)}" for name in fields)
    sides = ", ".join(f"{side}.{name} as {name}_{side}" for name in fields for side in ("l", "r"))
    warehouse.execute(f"""create temp table {_PAIRS} as
        with records as (select person, node, source, {wide} from {VALUES} group by 1, 2, 3)
        select {sides}
        from records as l join records as r on l.person = r.person and l.node < r.node and l.source <> r.source
        order by hash(l.node, r.node) limit {_AT_MOST}""")


def _shares(warehouse: Warehouse, comparison: Comparison) -> list[float]:
    """The share of each level, with some doubt; empty when too few pairs have both values."""
    conditions = level_conditions(comparison)
    cases = " ".join(f"when {condition} then {i}" for i, condition in enumerate(conditions))
    counted = warehouse.query(
        f"""select case {cases} else {len(conditions)} end as level, count(*) as pairs from {_PAIRS}
        where not coalesce({missing_condition(comparison)}, false) group by 1"""
    ).to_pylist()
    pairs = {int(row["level"]): int(row["pairs"]) for row in counted}
    total = sum(pairs.values())
    if total < _ENOUGH:
        return []
    return [(1 - _DOUBT) * pairs.get(i, 0) / total + _DOUBT / (len(conditions) + 1) for i in range(len(conditions) + 1)]
