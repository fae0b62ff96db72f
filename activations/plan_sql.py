"""The SQL of a plan: the desired rows with what excludes them, then every row against the ledger.

Names are quoted, values are literals; nothing of a row passes through Python.
"""

from collections.abc import Iterable
from datetime import datetime

from activations.consent_sql import permitted
from activations.contract import ObjectSpec
from activations.ledger import SCHEMA
from activations.mapping import SyncMapping
from activations.overtaken import OVERTAKEN
from activations.source import Relation
from activations.sync_checks import address_field, refusable_field
from heddle.warehouse import identifier, literal

DESIRED, CLASSIFIED, _TWINS = "heddle_desired", "heddle_classified", "heddle_twins"
NUMBERED = "heddle_numbered"
LEDGER, PLAN = f"{SCHEMA}.activation_ledger", f"{SCHEMA}.activation_plan"
SUPPRESSIONS = f"{SCHEMA}.activation_suppressions"
LEFT = "left"  # why a row is removed that is no longer wanted
MOVED = "identifier"  # removed under its old identifier, added under the new one
KEPT = "same_identifier"  # not sent: another row has taken over what the destination knows this one by
# nobody said no: the consents, or the addresses, may have failed to load, or come from a column that went wrong
ABSENT = ("no_consent", "no_address", "other_address")
GUARDED = (LEFT, MOVED, KEPT, *ABSENT)  # every other reason of a removal is an ended consent
SENT_BEFORE = "sent_before_merge"
_UNUSABLE = {
    "email": "(trim({0}) not like '%_@_%._%' or trim({0}) like '% %')",
    "phone": "({0} not like '+%' or length(replace({0}, ' ', '')) not between 8 and 16)",
}
_NO_DIGEST = " and length(trim({0})) not in (32, 40, 64)"


def canonical_hash(columns: Iterable[str], salt: str = "") -> str:
    """md5 over the columns in order, each with its length, so that null, '' and shifted values all differ."""
    texts = [f"cast({identifier(name)} as varchar)" for name in columns]
    parts = [f"coalesce(cast(length({text}) as varchar) || ':' || {text}, '-')" for text in texts]
    return f"md5({literal(salt)} || {' || '.join(parts)})"


def desired(relation: Relation, mapping: SyncMapping) -> str:
    """One row per source row: its hashes, and why it is invalid or suppressed."""
    has_member = "member_key" in relation.columns
    own = sorted({*mapping.columns, "profile_id", *(["member_key"] if has_member else [])})
    member = "" if has_member else "cast(null as varchar) as member_key, "
    return f"""
create temp table {DESIRED} as
with source as ({relation.sql}),
permitted as (
    {permitted(own, member, mapping)}
),
keyed as (
    select {", ".join(identifier(name) for name in own)}, {"" if has_member else "member_key, "}
        case when {_any_null(mapping.key)} then null else {canonical_hash(mapping.key)} end as heddle_key,
        {canonical_hash(mapping.columns, mapping.version)} as heddle_row,
        {_unusable(mapping)} as heddle_unusable,
        heddle_elsewhere, heddle_refused
    from permitted
),
judged as (
    select k.*, {_suppressed(mapping)} as heddle_why
    from keyed as k {_reachability(mapping, "k")} {_refusals(mapping)}
)
select j.*, true as heddle_present, j.heddle_why as heddle_suppressed,
    case when heddle_key is null then 'null_key' when heddle_why is not null then null else heddle_unusable
    end as heddle_invalid
from judged as j"""


def twins() -> tuple[str, ...]:
    """Statements after `desired`: rows that share a key are invalid, except that one of them stands for a person who
    withdrew, so that being there twice keeps nobody in an audience. Keys are nearly always unique, so only the others
    are sorted."""
    least = "min(heddle_why) over (partition by heddle_key)"
    nth = "row_number() over (partition by heddle_key order by heddle_why nulls last, heddle_row)"
    return (
        f"create or replace temp table {_TWINS} as select * exclude (heddle_suppressed, heddle_invalid), "
        f"{least} as heddle_suppressed, case when {least} is null or {nth} > 1 then 'duplicate_key' end "
        f"as heddle_invalid from {DESIRED} where heddle_key in (select heddle_key from {DESIRED} "
        "where heddle_key is not null group by heddle_key having count(*) > 1)",
        f"delete from {DESIRED} where heddle_key in (select heddle_key from {_TWINS})",
        f"insert into {DESIRED} by name select * from {_TWINS}",
    )


def fingerprint(dialect: str) -> str:
    """One value for all desired rows and their suppression, whatever their order."""
    # the hash of a row covers its key; most rows have nothing beside it
    digest = (
        "case when heddle_suppressed is null and heddle_invalid is null then heddle_row "
        "else md5(heddle_row || coalesce(heddle_suppressed, '') || coalesce(heddle_invalid, '')) end"
    )
    number = {
        "duckdb": f"cast('0x' || substr({digest}, 1, 15) as bigint)",
        "postgres": f"cast(cast('x' || substr({digest}, 1, 15) as bit(60)) as bigint)",
    }[dialect]
    return f"select cast(count(*) as varchar) || '-' || cast(coalesce(bit_xor({number}), 0) as varchar) from {DESIRED}"


def classified(mapping: SyncMapping, as_of: datetime, lost: bool) -> str:
    """One row per key of either side, with its action and the reason; the first rule that fits decides."""
    rules = _rules(mapping, as_of, lost)
    action = " ".join(f"when {condition} then {literal(name)}" for condition, name, _ in rules)
    reason = " ".join(f"when {condition} then {why}" for condition, _, why in rules)
    return f"""
create temp table {CLASSIFIED} as
select coalesce(d.heddle_key, l.key_hash) as key_hash, coalesce(d.profile_id, l.profile_id) as profile_id,
    coalesce(d.member_key, l.member_key) as member_key, d.heddle_row as row_hash,
    case {action} end as action, case {reason} end as reason,
    cast(null as varchar) as identifier, l.key_hash as known_as,
    case when l.status = 'rejected' and l.attempted_hash is not distinct from d.heddle_row
        then l.attempts + 1 else 1 end as attempt
from {DESIRED} as d
full outer join (select * from {LEDGER} where sync = {literal(mapping.sync.sync)}) as l on d.heddle_key = l.key_hash
{_reachability(mapping, "l")}"""


def _rules(mapping: SyncMapping, as_of: datetime, lost: bool) -> list[tuple[str, str, str]]:
    """Conditions over the desired row `d` and the ledger row `l`, with the action and the SQL of its reason."""
    spec = mapping.spec
    now = f"timestamp '{as_of.isoformat(sep=' ')}'"
    once = spec.kind == "message" or mapping.sync.match == "create_only"
    absent = "(d.heddle_present is null or d.heddle_suppressed is not null)"
    # a segment that asks for consent itself loses the member with it: that is no ordinary leaving
    ended = "" if mapping.sync.purpose == "operational" else "case when r.is_reachable = false then r.reason end, "
    leaving = f"{_bool(mapping.sync.on_leave != 'nothing')} and l.held and {absent}"
    unremoved = f"{leaving} and l.attempted_action = 'remove' and l.status = 'rejected'"
    same = f"(l.attempted_hash = d.heddle_row or {_bool(spec.kind == 'message')})"
    failed = f"l.status in ('rejected', 'skipped') and l.attempted_action <> 'remove' and {same}"
    pending = f"{_bool(spec.receipts is not None)} and l.status = 'accepted'"
    return [
        ("d.heddle_invalid is not null", "invalid", "d.heddle_invalid"),
        (f"{pending} and l.attempted_action = 'remove'", "pending", "'receipt'"),
        (f"{leaving} and l.overtaken is not null", "remove", f"'{OVERTAKEN}'"),
        (f"{unremoved} and l.retry_at is null", "quarantined", "l.code"),
        (f"{unremoved} and l.retry_at > {now}", "waiting", "l.code"),
        (leaving, "remove", f"coalesce(d.heddle_suppressed, {ended}'{LEFT}')"),
        ("d.heddle_suppressed is not null", "suppressed", "d.heddle_suppressed"),
        ("d.heddle_present is null", "gone", "null"),
        ("l.key_hash is null", "add", "'new'"),
        (pending, "pending", "'receipt'"),
        (f"l.code = '{SENT_BEFORE}'", "unchanged", "null"),
        (f"l.status = 'unknown' and {_bool(not spec.idempotent)}", "unknown", "l.code"),
        # killed in the middle of a call that does no harm twice: once more, also where a row is only ever created
        ("l.status = 'unknown'", "change", "'retry'"),
        (f"{failed} and l.retry_at is null", "quarantined", "l.code"),
        (f"{failed} and l.retry_at > {now}", "waiting", "l.code"),
        (f"{failed} and not l.held", "add", "'retry'"),
        (failed, "change", "'retry'"),
        ("not l.held", "add", "'returned'"),
        (_bool(lost), "change", "'lost'"),
        (f"{_bool(once)} or l.row_hash = d.heddle_row", "unchanged", "null"),
        (f"l.mapping_version <> {literal(mapping.version)}", "change", "'mapping'"),
        ("true", "change", "'changed'"),
    ]


def numbered() -> str:
    """The rows of the plan in their order: operations first, adds before changes before removals, then what was
    excluded. A removal under an old identifier comes before the add under the new one: the two may share a part."""
    return f"""
create or replace temp table {NUMBERED} as
select *, row_number() over (
    order by case when reason = '{MOVED}' then 0 when action = 'add' then 1 when action = 'change' then 2
        when action = 'remove' then 3 else 4 end, key_hash, profile_id
) as op_id
from {CLASSIFIED} where action not in ('unchanged', 'gone')"""


def sealed(mapping: SyncMapping, plan_id: str, first: int, last: int) -> str:
    """The rows of the plan from `first` to `last`, with what sending them needs."""
    sync, hashes = literal(mapping.sync.sync), "null"
    part = f"{NUMBERED} where op_id between {first} and {last}"
    if mapping.spec.changed_fields_only:
        hashes = f"case when d.heddle_present then {_hashes(mapping.columns)} end"
    return f"""
insert into {PLAN} (plan_id, op_id, sync, action, key_hash, profile_id, member_key, row_hash, payload, removal, reason,
    attempt, identifier, ids, field_hashes, known_hashes)
select {literal(plan_id)}, c.op_id, {sync}, c.action, c.key_hash, c.profile_id, c.member_key, c.row_hash,
    case when c.action = 'remove' then l.payload when d.heddle_present then {_json("d", mapping.columns)} end,
    case when d.heddle_present then {_json("d", mapping.removal_columns)} end,
    c.reason, c.attempt, c.identifier, l.ids, {hashes},
    case when c.action = 'change' and l.mapping_version = {literal(mapping.version)} and l.held then l.field_hashes end
from (select * from {part}) as c
left join (
    -- only what this part needs: else the many rows are hashed for the few
    select * from {DESIRED} where heddle_key in (select key_hash from {part})
) as d on d.heddle_key = c.key_hash and c.action in ('add', 'change')
left join (
    select * from {LEDGER} where sync = {sync} and key_hash in (select known_as from {part})
) as l on l.key_hash = c.known_as and c.action in ('add', 'change', 'remove')
order by c.op_id"""


def _hashes(columns: Iterable[str]) -> str:
    pairs = ", ".join(f"{literal(name)}, md5(cast(d.{identifier(name)} as varchar))" for name in columns)
    return f"json_object({pairs})"


def _json(alias: str, columns: Iterable[str]) -> str:
    pairs = ", ".join(f"{literal(name)}, {alias}.{identifier(name)}" for name in columns)
    return f"json_object({pairs})"


def _any_null(columns: Iterable[str]) -> str:
    return " or ".join(f"{identifier(name)} is null" for name in columns)


def _bool(value: bool) -> str:
    return "true" if value else "false"


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


def _reachability(mapping: SyncMapping, alias: str) -> str:
    sync, spec = mapping.sync, mapping.spec
    if sync.purpose == "operational":
        return ""
    channel = sync.channel or spec.channel or ""
    return (
        "left join (select profile_id as reached_profile, address, is_reachable, reason "
        f"from profiles.profile_reachability where channel = {literal(channel)} "
        f"and purpose = {literal(sync.purpose)}) as r on r.reached_profile = {alias}.profile_id"
    )


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


def _suppressed(mapping: SyncMapping) -> str:
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
