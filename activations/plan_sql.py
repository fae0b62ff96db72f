"""The SQL of a plan: what is desired against what was acknowledged, row by row, then what is sealed of it.

Names are quoted, values are literals; nothing of a row passes through Python.
"""

from collections.abc import Iterable
from datetime import datetime

from activations.desired_sql import DESIRED, reachability
from activations.difference import KNOWN, SENT_BEFORE
from activations.ledger import SCHEMA
from activations.mapping import SyncMapping
from activations.overtaken import OVERTAKEN
from heddle.warehouse import identifier, literal

CLASSIFIED, NAMED = "heddle_classified", "heddle_named"
PLAN = f"{SCHEMA}.activation_plan"
LEFT = "left"  # why a row is removed that is no longer wanted
MOVED = "identifier"  # removed under its old identifier, added under the new one
KEPT = "same_identifier"  # not sent: another row has taken over what the destination knows this one by
GIVEN_UP = "given_up"  # refused for good and nobody came back to it: what the removal needs is not kept any more
# nobody said no: the consents, or the addresses, may have failed to load, or come from a column that went wrong
ABSENT = ("no_consent", "no_address", "other_address")
GUARDED = (LEFT, MOVED, KEPT, *ABSENT)  # every other reason of a removal: a consent ended, a person was erased
_PLANNED = "action not in ('unchanged', 'gone')"
_RANK = (
    f"case when reason = '{MOVED}' then 0 when action = 'add' then 1 when action = 'change' then 2 "
    "when action = 'remove' then 3 else 4 end"
)


def classified(mapping: SyncMapping, as_of: datetime, lost: bool, known: bool) -> str:
    """One row per key of either side, with its action and the reason; the first rule that fits decides. Rows that are
    as they were acknowledged are not among them (activations/difference.py). `known`: there are rows of the ledger,
    else the source need not become a hash table for the sake of those without a partner. `place` is that in DESIRED, by
    which the row is found again there; behind all of them where it has none."""
    behind = f"(select count(*) from {DESIRED}) + row_number() over ()"
    place = f"coalesce(d.heddle_place, {behind})" if known else "d.heddle_place"
    rules = _rules(mapping, as_of, lost)
    action = " ".join(f"when {condition} then {literal(name)}" for condition, name, _ in rules)
    reason = " ".join(f"when {condition} then {why}" for condition, _, why in rules)
    return f"""
create or replace temp table {CLASSIFIED} as
select coalesce(d.heddle_key, l.key_hash) as key_hash, coalesce(d.profile_id, l.profile_id) as profile_id,
    coalesce(d.member_key, l.member_key) as member_key, d.heddle_row as row_hash,
    case {action} end as action, case {reason} end as reason,
    cast(null as varchar) as identifier, l.key_hash as known_as,
    case when l.status = 'rejected' and l.attempted_hash is not distinct from d.heddle_row
        then l.attempts + 1 else 1 end as attempt, {place} as place
from {DESIRED} as d
{"full outer" if known else "left"} join {KNOWN} as l on d.heddle_key = l.key_hash
{reachability(mapping, "l")}"""


def _rules(mapping: SyncMapping, as_of: datetime, lost: bool) -> list[tuple[str, str, str]]:
    """Conditions over the desired row `d` and the ledger row `l`, with the action and the SQL of its reason."""
    spec = mapping.spec
    now = f"timestamp '{as_of.isoformat(sep=' ')}'"
    once = spec.kind == "message" or mapping.sync.match == "create_only"
    absent = "(d.heddle_place is null or d.heddle_suppressed is not null)"
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
        (f"{leaving} and l.payload is null", "quarantined", f"'{GIVEN_UP}'"),
        (f"{leaving} and l.overtaken is not null", "remove", f"'{OVERTAKEN}'"),
        (f"{unremoved} and l.retry_at is null", "quarantined", "l.code"),
        (f"{unremoved} and l.retry_at > {now}", "waiting", "l.code"),
        (leaving, "remove", f"coalesce(d.heddle_suppressed, {ended}'{LEFT}')"),
        ("d.heddle_suppressed is not null", "suppressed", "d.heddle_suppressed"),
        ("d.heddle_place is null", "gone", "null"),
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


def ranks() -> str:
    """Of each rank, how many rows of the plan there are and between which places: operations first, adds before changes
    before removals, then what was excluded. A removal under an old identifier comes before the add under the new
    one."""
    return (
        f"select {_RANK} as rank, count(*) as n, min(place) as low, max(place) as high "
        f"from {CLASSIFIED} where {_PLANNED} group by 1 order by 1"
    )


def sealed(mapping: SyncMapping, plan_id: str, rank: int, first: int, last: int, before: int) -> str:
    """The rows of the plan of one rank whose places are from `first` to `last`, behind the `before` that were sealed,
    with what sending them needs. As they come: in the order of their keys they would have to be in memory all at once,
    ten million of them do not fit, and nobody needs it."""
    sync, hashes = literal(mapping.sync.sync), "null"
    places = f"between {first} and {last}"
    part = f"{CLASSIFIED} where place {places} and {_PLANNED} and {_RANK} = {rank}"
    kept = _json("d", mapping.removal_columns) if mapping.removal_columns else "null"
    if mapping.spec.changed_fields_only:
        hashes = f"case when d.heddle_place is not null then {_hashes(mapping.columns)} end"
    return f"""
insert into {PLAN} (plan_id, op_id, sync, action, key_hash, profile_id, member_key, row_hash, payload, removal, reason,
    attempt, identifier, ids, field_hashes, known_hashes)
select {literal(plan_id)}, c.op_id, {sync}, c.action, c.key_hash, c.profile_id, c.member_key, c.row_hash,
    case when c.action = 'remove' then l.payload when d.heddle_place is not null then {_json("d", mapping.columns)} end,
    case when d.heddle_place is not null then {kept} end,
    c.reason, c.attempt, coalesce(c.identifier, n.identifier), l.ids, {hashes},
    case when c.action = 'change' and l.mapping_version = {literal(mapping.version)} and l.held then l.field_hashes end
from (select *, {before} + row_number() over () as op_id from {part}) as c
left join (select * from {DESIRED} where heddle_place {places}) as d
    on d.heddle_place = c.place and c.action in ('add', 'change')
left join (select place, identifier from {NAMED} where place {places}) as n on n.place = c.place
left join (
    -- only what this part needs: else the many rows are hashed for the few
    select * from {KNOWN} where key_hash in (select known_as from {part})
) as l on l.key_hash = c.known_as and c.action in ('add', 'change', 'remove')
order by c.op_id"""


def _hashes(columns: Iterable[str]) -> str:
    pairs = ", ".join(f"{literal(name)}, md5(cast(d.{identifier(name)} as varchar))" for name in columns)
    return f"json_object({pairs})"


def _json(alias: str, columns: Iterable[str]) -> str:
    pairs = ", ".join(f"{literal(name)}, {alias}.{identifier(name)}" for name in columns)
    return f"json_object({pairs})"


def _bool(value: bool) -> str:
    return "true" if value else "false"
