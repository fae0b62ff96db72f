"""One representative per person: the values that describe them, and the record that stands for them in the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heddle.linking.definition import Block, Comparison, Definition, KeyPart
from heddle.linking.people import PEOPLE
from heddle.linking.splink_settings import NODE
from heddle.warehouse import Warehouse, identifier, literal, qualified

CANDIDATES = "heddle_link_candidates"
VALUES = "heddle_link_values"
_BEST = "heddle_link_best"
_WIDE = "heddle_link_wide"
DERIVED = {"email_name": ("email", "split_part(value, '@', 1)")}
_FEW = 20  # so many people may share any value: a placeholder is met more often


@dataclass(frozen=True)
class Candidates:
    """The temporary table CANDIDATES: node, person, account, a column per field and a column per blocking rule.

    `definition` is the model limited to the fields that somebody has. `blocks` are the columns of the rules in use,
    `left_out` those that would bring too many pairs together.
    """

    definition: Definition
    people: int
    blocks: tuple[str, ...]
    pairs_at_most: int
    too_common: Mapping[str, int]
    left_out: tuple[str, ...]


def make_candidates(warehouse: Warehouse, definition: Definition, as_of: object) -> Candidates:
    """Builds the table."""
    _make_values(warehouse, definition.fields(), as_of)
    _make_wide(warehouse, definition)
    present = {name for name in definition.fields() if warehouse.scalar(f"select count({name}) from {_WIDE}")}
    limited = definition.limited_to(present)
    blocks = tuple(f"block_{i}" for i in range(len(limited.block_on)))
    keys = ", ".join(f"{_key(rule)} as {name}" for name, rule in zip(blocks, limited.block_on, strict=True))
    warehouse.execute(f"create temp table heddle_link_keys as select *{', ' if keys else ''}{keys} from {_WIDE}")
    most = limited.limits.max_block
    kept = ", ".join(f"case when count(*) over (partition by {b}) <= {most} then {b} end as {b}" for b in blocks)
    replaced = f" replace ({kept})" if kept else ""
    warehouse.execute(f"create temp table {CANDIDATES} as select *{replaced} from heddle_link_keys")
    people = _count(warehouse, f"select count(*) from {CANDIDATES}")
    used, pairs, left_out = _within_limit(warehouse, limited, blocks, people)
    return Candidates(
        definition=limited,
        people=people,
        blocks=used,
        pairs_at_most=pairs,
        too_common=_too_common(warehouse, limited.block_on, blocks),
        left_out=left_out,
    )


def pairs_agreeing_on(warehouse: Warehouse, fields: Sequence[str]) -> int:
    """How many pairs of candidates have the same values of all fields."""
    known = " and ".join(f"{name} is not null" for name in fields)
    grouped = f"select count(*) as n from {CANDIDATES} where {known} group by {', '.join(fields)}"
    return _count(warehouse, f"select coalesce(sum(n * (n - 1) // 2), 0) from ({grouped}) as met")


def _make_values(warehouse: Warehouse, fields: Sequence[str], as_of: object) -> None:
    """(person, node, source, field, value, observed_at), cleaned; nothing of a withheld record, no withheld address."""
    wanted = ", ".join(literal(name) for name in sorted({DERIVED.get(name, (name,))[0] for name in fields}))
    sources = [name for name in warehouse.tables("staging") if name.endswith("__attributes")]
    observed = " union all ".join(
        f"select source, record_id, field, value, observed_at from {qualified(f'staging.{name}')}" for name in sources
    )
    nothing = "select '' as source, '' as record_id, '' as field, '' as value, timestamp '1970-01-01' as observed_at"
    cleaned = "nullif(trim(strip_accents(replace(lower(observed.value), 'ł', 'l'))), '')"
    warehouse.execute(
        f"""create temp table {VALUES} as
        select people.person, people.node, observed.source, observed.field, {cleaned} as value, observed.observed_at
        from ({observed or nothing + " where false"}) as observed
        join identity.identity_map as map
            on map.node_type = 'record' and map.node_value = observed.source || ':' || observed.record_id
        join {PEOPLE} as people on map.node = people.node
        where observed.field in ({wanted}) and {cleaned} is not null
            and (observed.observed_at is null or observed.observed_at <= coalesce(?, observed.observed_at))
            and people.node not in (select node from identity.identity_withheld)
            and not exists (
                select 1 from identity.identity_nodes as nodes
                join identity.identity_withheld as withheld on nodes.node = withheld.node
                where nodes.node_type = observed.field and nodes.node_value = observed.value
            )""",
        [as_of],
    )


def _make_wide(warehouse: Warehouse, definition: Definition) -> None:
    """One row per person with something to compare: the value met most often, the newest among equals."""
    warehouse.execute(f"""create temp table {_BEST} as
        select person, field, value from (
            select person, field, value, row_number() over (
                partition by person, field order by count(*) desc, max(observed_at) desc nulls last, value) as place
            from {VALUES} group by 1, 2, 3
        ) as ranked where place = 1""")
    fields = definition.fields()
    columns = ", ".join(f"max({_value(name)}) as {identifier(name)}" for name in fields)
    shared = {c.field: _placeholder(c) for c in definition.comparisons if c.at_most_share is not None}
    replaced = ", ".join(f"{case} as {identifier(name)}" for name, case in shared.items())
    warehouse.execute(f"""create temp table {_WIDE} as
        with wide as (select person, {columns} from {_BEST} group by 1),
        spoken as (
            select person, node from (
                select person, node, row_number() over (
                    partition by person order by count(distinct field) desc, node) as place
                from {VALUES} group by 1, 2
            ) as ranked where place = 1
        ),
        accounts as (
            select people.person, min(links.identifier_node) as account
            from identity.identity_links as links
            join {PEOPLE} as people on links.record_node = people.node
            where links.identifier_type in ({_anchor_types(warehouse)})
                and links.identifier_node not in (select node from identity.identity_withheld)
            group by 1
        ),
        counted as (select *, count(*) over () as everybody from wide)
        select spoken.node as {NODE}, accounts.account,
            counted.* exclude (everybody){f" replace ({replaced})" if replaced else ""}
        from counted
        join spoken on counted.person = spoken.person
        left join accounts on counted.person = accounts.person
        order by spoken.node""")


def _anchor_types(warehouse: Warehouse) -> str:
    rules = warehouse.columns("reference.identity_rules")
    found: list[object] = ["user_id"]
    if "is_anchor" in rules:
        rows = warehouse.query("select identifier_type from reference.identity_rules where is_anchor order by 1")
        found = rows.column(0).to_pylist() or found
    return ", ".join(literal(str(name)) for name in found)


def _value(field: str) -> str:
    source, expression = DERIVED.get(field, (field, "value"))
    return f"case when field = {literal(source)} then {expression} end"


def _placeholder(comparison: Comparison) -> str:
    """The value, or null where too many people have it."""
    name = f"counted.{identifier(comparison.field)}"
    held = f"count(*) over (partition by {name})"
    return f"case when {held} <= greatest({_FEW}, {comparison.at_most_share} * everybody) then {name} end"


def _key(rule: Block) -> str:
    # `||` gives null when a part is missing: such a person is not in this block
    return " || chr(31) || ".join(_part(part) for part in rule.parts)


def _part(part: KeyPart) -> str:
    names = [identifier(name) for name in part.unordered or (part.field or "",)]
    cut = [f"left({name}, {part.first})" if part.first else name for name in names]
    if len(cut) == 1:
        return cut[0]
    # least() and greatest() skip nulls, and half a name is no block
    both = f"{names[0]} is not null and {names[1]} is not null"
    return f"case when {both} then least({', '.join(cut)}) || chr(31) || greatest({', '.join(cut)}) end"


def _pairs(warehouse: Warehouse, key: str) -> int:
    grouped = f"select count(*) as n from {CANDIDATES} where {key} is not null group by {key}"
    return _count(warehouse, f"select coalesce(sum(n * (n - 1) // 2), 0) from ({grouped}) as met")


def _within_limit(
    warehouse: Warehouse, definition: Definition, blocks: Sequence[str], people: int
) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """The rules, in their order, that fit into the number of pairs to score; that number; the rules left out."""
    most = max(definition.limits.min_pairs, definition.limits.pairs_per_person * people)
    used, left_out, total = [], [], 0
    for rule, name in zip(definition.block_on, blocks, strict=True):
        pairs = _pairs(warehouse, name)
        if total + pairs > most:
            left_out.append(str(rule))
        else:
            used.append(name)
            total += pairs
    return tuple(used), total, tuple(left_out)


def _too_common(warehouse: Warehouse, rules: Sequence[Block], blocks: Sequence[str]) -> dict[str, int]:
    counted = {
        str(rule): _count(warehouse, f"select count({name}) from heddle_link_keys")
        - _count(warehouse, f"select count({name}) from {CANDIDATES}")
        for rule, name in zip(rules, blocks, strict=True)
    }
    return {rule: people for rule, people in counted.items() if people}


def _count(warehouse: Warehouse, sql: str) -> int:
    return int(str(warehouse.scalar(sql) or 0))
