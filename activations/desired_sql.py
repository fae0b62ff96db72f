"""The SQL of the desired rows: the rows of the source, what excludes them, and the hash that tells them apart.

Names are quoted, values are literals; nothing of a row passes through Python.
"""

from collections.abc import Iterable

from activations.consent_sql import permitted
from activations.contract import ObjectSpec
from activations.ledger import SCHEMA
from activations.mapping import SyncMapping
from activations.source import Relation
from activations.sync_checks import address_field, refusable_field
from heddle.warehouse import Warehouse, identifier, literal

DESIRED, _TWINS = "heddle_desired", "heddle_twins"
SUPPRESSIONS = f"{SCHEMA}.activation_suppressions"
_UNUSABLE = {
    "email": "(trim({0}) not like '%_@_%._%' or trim({0}) like '% %')",
    "phone": "({0} not like '+%' or length(replace({0}, ' ', '')) not between 8 and 16)",
}
_NO_DIGEST = " and length(trim({0})) not in (32, 40, 64)"


def key_hash(columns: Iterable[str]) -> str:
    """md5 over the key columns in order: what the ledger, the log and people call a row."""
    return f"md5('' || {lengths_and_texts(columns)})"


def lengths_and_texts(columns: Iterable[str]) -> str:
    """The columns in order, each with its length, so that null, '' and shifted values all differ."""
    texts = [f"cast({identifier(name)} as varchar)" for name in columns]
    return " || ".join(f"coalesce(cast(length({text}) as varchar) || ':' || {text}, '-')" for text in texts)


def row_hash(mapping: SyncMapping) -> str:
    """md5 over the mapping version and the columns that are used (the key is among them), as JSON: null, '' and shifted
    values all differ. The JSON is what the plan keeps of a row anyway, and costs half of lengths and texts."""
    columns = ", ".join(identifier(name) for name in mapping.columns)
    return f"md5({literal(mapping.version)} || cast(json_array({columns}) as varchar))"


def judged(relation: Relation, mapping: SyncMapping, more: str, picked: str | None = None) -> str:
    """A select with one row per source row: `more` (columns over the permitted ones), `heddle_row`, and `heddle_why`,
    the reason why it is suppressed. Only rows of the source that meet the condition `picked`."""
    has_member = "member_key" in relation.columns
    own = sorted({*mapping.columns, "profile_id", *(["member_key"] if has_member else [])})
    member = "" if has_member else "cast(null as varchar) as member_key, "
    chosen = f" where {picked}" if picked else ""
    return f"""
with source as (select * from ({relation.sql}) as r{chosen}),
permitted as (
    {permitted(own, member, mapping)}
),
keyed as (
    select {", ".join(identifier(name) for name in own)}, {"" if has_member else "member_key, "}
        {row_hash(mapping)} as heddle_row, {more}, heddle_elsewhere, heddle_refused
    from permitted
)
select k.* exclude (heddle_elsewhere, heddle_refused), {suppressed(mapping)} as heddle_why
from keyed as k {reachability(mapping, "k")} {_refusals(mapping)}"""


def desired(relation: Relation, mapping: SyncMapping, picked: str | None = None) -> str:
    """One row per source row: its hashes, and why it is invalid or suppressed."""
    key = f"case when {any_null(mapping.key)} then null else {key_hash(mapping.key)} end as heddle_key"
    rows = judged(relation, mapping, f"{key}, {_unusable(mapping)} as heddle_unusable", picked)
    return f"""
create or replace temp table {DESIRED} as
select j.* exclude (heddle_why, heddle_unusable), row_number() over () as heddle_place, heddle_why as heddle_suppressed,
    case when heddle_key is null then 'null_key' when heddle_why is not null then null else heddle_unusable
    end as heddle_invalid
from ({rows}) as j"""


def twins(wh: Warehouse) -> None:
    """After `desired`: rows that share a key are invalid, except that one of them stands for a person who withdrew, so
    that being there twice keeps nobody in an audience. Keys are nearly always unique, so only the others are sorted."""
    least = "min(heddle_suppressed) over (partition by heddle_key)"
    nth = "row_number() over (partition by heddle_key order by heddle_suppressed nulls last, heddle_row)"
    for statement in (
        f"create or replace temp table {_TWINS} as select * replace ({least} as heddle_suppressed, "
        f"case when {least} is null or {nth} > 1 then 'duplicate_key' end as heddle_invalid) "
        f"from {DESIRED} where heddle_key in (select heddle_key from {DESIRED} "
        "where heddle_key is not null group by heddle_key having count(*) > 1)",
        f"delete from {DESIRED} where heddle_key in (select heddle_key from {_TWINS})",
        f"insert into {DESIRED} by name select * from {_TWINS}",
    ):
        wh.execute(statement)


MARK = "hash(heddle_row, heddle_why)"


def fingerprint(rows: str, mark: str = MARK) -> str:
    """One value for all rows of a select, whatever their order: their number, and the sum of their marks. The
    engine's own hash is fast, and may differ between its versions, which costs no more than a new plan."""
    return f"select cast(count(*) as varchar) || '-' || coalesce(cast(sum({mark}) as varchar), '0') from ({rows}) as f"


def rows_of(fingerprint: str) -> int:
    """The number of source rows."""
    return int(fingerprint.partition("-")[0])


def any_null(columns: Iterable[str]) -> str:
    return " or ".join(f"{identifier(name)} is null" for name in columns)


def reachability(mapping: SyncMapping, alias: str) -> str:
    sync, spec = mapping.sync, mapping.spec
    if sync.purpose == "operational":
        return ""
    channel = sync.channel or spec.channel or ""
    return (
        "left join (select profile_id as reached_profile, address, is_reachable, reason "
        f"from profiles.profile_reachability where channel = {literal(channel)} "
        f"and purpose = {literal(sync.purpose)}) as r on r.reached_profile = {alias}.profile_id"
    )


def _identifier_columns(mapping: SyncMapping) -> list[str]:
    """Columns mapped as they are to identifier fields; empty when one of these is calculated."""
    items = [item for item in mapping.fields if mapping.spec.field(item.name).identifier]
    return [item.column for item in items if item.column] if all(item.column for item in items) else []


def _unusable(mapping: SyncMapping) -> str:
    cases: list[tuple[str, str]] = []
    for item in mapping.fields:
        if item.column and mapping.spec.field(item.name).required:
            column = identifier(item.column)
            cases.append((f"{column} is null or cast({column} as varchar) = ''", f"missing_{item.name}"))
    identifiers = _identifier_columns(mapping)
    if identifiers:
        cases.append((" and ".join(f"{identifier(name)} is null" for name in identifiers), "missing_identifier"))
    for item in mapping.fields:
        rule = mapping.spec.field(item.name)
        if not item.column or rule.kind not in _UNUSABLE or rule.on_invalid == "drop":
            continue
        test = _UNUSABLE[rule.kind] + (_NO_DIGEST if rule.hash or item.name in mapping.sync.hashed else "")
        cases.append((test.format(identifier(item.column)), "invalid_address"))
    whens = " ".join(f"when {condition} then {literal(reason)}" for condition, reason in cases)
    return f"case {whens} end" if cases else "cast(null as varchar)"


def _refusals(mapping: SyncMapping) -> str:
    """Addresses that a destination of the channel refused for good, whatever the purpose."""
    refused = _refusable(mapping)
    if not refused:
        return ""
    return (
        f"left join (select address_hash, min(code) as code from {SUPPRESSIONS} "
        f"where channel = {literal(mapping.sync.channel or mapping.spec.channel or '')} group by 1) as s "
        f"on s.address_hash = md5({refused})"
    )


def suppressed(mapping: SyncMapping) -> str:
    """Consent is about an address: reaching a profile at another address than the reachable one is not allowed. What
    `permitted` left of the addresses of a row must be something."""
    address = _address(mapping.spec, mapping)
    refused = " when s.code is not null then 'refused_' || s.code" if _refusable(mapping) else ""
    if mapping.sync.purpose == "operational":
        return f"case{refused} end" if refused else "cast(null as varchar)"
    where = f"{address} <> lower(r.address) or k.heddle_elsewhere" if address else "k.heddle_elsewhere"
    elsewhere = f" when {where} then case when k.heddle_refused then 'withdrawn' else 'other_address' end"
    return (
        "case when r.reached_profile is null then 'no_consent' when r.is_reachable is not true "
        f"then coalesce(r.reason, 'no_consent'){elsewhere}{refused} end"
    )


def _refusable(mapping: SyncMapping) -> str | None:
    column = refusable_field(mapping.sync, mapping.spec)
    return f"lower(trim(k.{identifier(column)}))" if column else None


def _address(spec: ObjectSpec, mapping: SyncMapping) -> str | None:
    column = address_field(mapping.sync, spec)
    return f"lower(trim(k.{identifier(column)}))" if column else None
