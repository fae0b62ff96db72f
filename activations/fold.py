"""The log into the ledgers: what each destination holds now, and what the last attempt gave."""

from datetime import datetime, timedelta

from activations.delivered import complete_log
from activations.difference import SENT_BEFORE
from activations.ledger import SCHEMA
from activations.overtaken import OVERDUE, mark_overtaken
from activations.plan_sql import MOVED
from activations.sync_file import Retry
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

IN_FLIGHT, LOG = f"{SCHEMA}.activation_in_flight", f"{SCHEMA}.activation_log"
LEDGER, PLAN = f"{SCHEMA}.activation_ledger", f"{SCHEMA}.activation_plan"
MESSAGES = f"{SCHEMA}.message_ledger"
RECEIPTS, WAITING = f"{SCHEMA}.activation_receipts", f"{SCHEMA}.activation_receipt_rows"
# of several rows of the log about one operation: what a receipt came to, and what a person decided, are the last word
LAST_WORD = "case status when 'accepted' then 2 when 'unknown' then 1 else 0 end"
_LONGEST_WAIT = timedelta(days=7)
_CHUNK = 500_000
_COLUMNS = "action, key_hash, profile_id, member_key, row_hash, payload, removal, identifier, field_hashes"


def fold(wh: Warehouse, opened: OpenSync, plan_id: str, as_of: datetime) -> None:
    """Everything that the plan's log says, into the ledgers. Doing it again changes nothing."""
    complete_log(wh, plan_id)
    last = wh.scalar(f"select max(op_id) from {LOG} where plan_id = ?", [plan_id])
    for first in range(1, int(str(last or 0)) + 1, _CHUNK):
        span = f"plan_id = {literal(plan_id)} and op_id between {first} and {first + _CHUNK - 1}"
        with wh.transaction():
            source = _logged(wh, span)
            if _any_known(wh, span, opened):
                only = f"t.overtaken is distinct from {literal(plan_id)}"
                wh.execute(_merged(source, as_of, opened, only, True))
            else:
                wh.execute(_merged(source, as_of, opened, "", True, all_new=True))
            wh.execute(_given_up(span, opened))
            if opened.spec.kind == "message":
                wh.execute(_messages(span), [as_of])


def fold_receipt(wh: Warehouse, opened: OpenSync, plan_id: str, action: str, receipt: str, as_of: datetime) -> None:
    """What a receipt came to, for the rows that are still waiting for it."""
    source = f"""
    select {", ".join(f"p.{name}" for name in _COLUMNS.split(", "))},
        g.status, g.code, g.message, g.retryable, p.receipt, g.attempt, coalesce(g.ids, p.ids) as ids
    from {WAITING} as p
    inner join {LOG} as g on g.plan_id = p.plan_id and g.op_id = p.op_id and g.status <> 'accepted'
    where p.plan_id = {literal(plan_id)} and p.action = {literal(action)} and p.receipt = {literal(receipt)}"""
    mark_overtaken(wh, opened, source, as_of)
    # a row that was removed or sent anew in the meantime is another matter
    same = "t.attempted_action = s.action and t.attempted_hash is not distinct from s.row_hash"
    wh.execute(_merged(source, as_of, opened, f"t.status = 'accepted' and t.receipt = s.receipt and {same}"))
    if opened.spec.kind == "message":
        wh.execute(_messages(f"plan_id = {literal(plan_id)}"), [as_of])


def _logged(wh: Warehouse, span: str) -> str:
    """The operations of the plan with their last outcome; not those that a person let go again (decide.py)."""
    columns = ", ".join(f"p.{name}" for name in _COLUMNS.split(", "))
    nth = "1"  # nearly always there is one outcome each, and putting whole rows in order costs more than the rest
    if wh.scalar(f"select count(*) > count(distinct op_id) from {LOG} where {span}"):
        nth = f"row_number() over (partition by op_id order by {LAST_WORD})"
    return f"""
    select {columns}, g.status, g.code, g.message, g.retryable, g.receipt, g.attempt, g.ids
    from (select * from {PLAN} where {span}) as p
    inner join (
        select *, {nth} as nth from {LOG} where {span}
    ) as g on g.op_id = p.op_id and g.nth = 1 and g.status <> 'released'"""


def _any_known(wh: Warehouse, span: str, opened: OpenSync) -> bool:
    """Without any, rows are only inserted, at half the cost of a merge."""
    keys = f"select key_hash from {PLAN} where {span}"
    known = f"select 1 from {LEDGER} where sync = ? and key_hash in ({keys}) limit 1"
    return wh.scalar(known, [opened.sync.sync]) is not None


def _merged(
    source: str, as_of: datetime, opened: OpenSync, only: str, inserting: bool = False, all_new: bool = False
) -> str:
    now = f"timestamp '{as_of.isoformat(sep=' ')}'"
    final = "'delivered'" if opened.spec.receipts else "'delivered', 'accepted'"
    # what a receipt says of a row that an earlier one overtook says nothing of what is there now
    certain = "" if inserting else " and t.overtaken is null"
    acked = f"s.status in ({final}) and s.action <> 'remove'{certain}"
    before = f"s.code = '{SENT_BEFORE}'"
    held = f"(s.status in ('delivered', 'accepted') or {before}) and s.action <> 'remove'"
    gone = f"s.status in ({final}, 'skipped') and s.action = 'remove'{certain}"
    maybe = "s.status = 'unknown'"
    # not where the answer is late: the destination may have done it, and has to be told when the row is to go
    refused = f"t.status = 'accepted' and s.status = 'rejected' and s.action = 'add' and s.code <> '{OVERDUE}'"
    version = literal(opened.mapping.version)
    failures = "case when s.status = 'rejected' then s.attempt else 0 end"
    retry_at = f"case when s.status = 'rejected' and s.retryable then {_retry_at(as_of, opened.sync.retry)} end"
    unclear = f"({held}) and not ({acked})"
    columns = """sync, key_hash, profile_id, member_key, held, row_hash, mapping_version, payload, status,
    attempted_action, attempted_hash, attempts, retry_at, code, message, receipt, acked_at, updated_at, identifier,
    ids, field_hashes"""
    values = f"""{literal(opened.sync.sync)}, s.key_hash, s.profile_id, s.member_key,
    ({held}) or {maybe} or s.action = 'remove',
    case when {acked} then s.row_hash end, case when ({held}) or {maybe} then {version} end,
    case when s.action = 'remove' then s.payload when ({held}) or {maybe} then s.removal end, s.status, s.action,
    s.row_hash, {failures}, {retry_at}, s.code, s.message, s.receipt, case when {acked} then {now} end, {now},
    case when ({held}) or {maybe} or s.action = 'remove' then s.identifier end, s.ids,
    case when {acked} then s.field_hashes end"""
    if all_new:
        return f"insert into {LEDGER} ({columns})\nselect {values}\nfrom ({source}\n) as s where not ({gone})"
    new = f"when not matched and not ({gone}) then insert ({columns}) values ({values})" if inserting else ""
    return f"""
merge into {LEDGER} as t
using ({source}
) as s
on t.sync = {literal(opened.sync.sync)} and t.key_hash = s.key_hash
when matched and {only} then update set
    profile_id = coalesce(s.profile_id, t.profile_id),
    held = case when ({held}) or {maybe} then true when ({gone}) or ({refused}) then false else t.held end,
    row_hash = case when {acked} then s.row_hash when ({gone}) or {maybe} or ({unclear}) then null else t.row_hash end,
    mapping_version = case when ({held}) or {maybe} then {version} else t.mapping_version end,
    payload = case when ({gone}) or ({refused}) then null when ({held}) or ({maybe} and s.action <> 'remove')
        then s.removal else t.payload end,
    identifier = case when ({gone}) or ({refused}) then null when ({held}) or ({maybe} and s.action <> 'remove')
        then s.identifier else t.identifier end,
    ids = case when {gone} then null else coalesce(s.ids, t.ids) end,
    field_hashes = case when {acked} then s.field_hashes when ({gone}) or {maybe} or ({unclear}) then null
        else t.field_hashes end,
    status = case when {gone} then 'removed' else s.status end,
    attempted_action = s.action, attempted_hash = s.row_hash,
    attempts = {failures}, retry_at = {retry_at}, code = s.code, message = s.message, receipt = s.receipt,
    acked_at = case when ({acked}) or ({gone}) then {now} else t.acked_at end, updated_at = {now},
    overtaken = {"null" if inserting else "t.overtaken"}
{new}"""


def _retry_at(as_of: datetime, retry: Retry) -> str:
    """The instant of the next try by the number of failures; null from the cap on."""
    waits = (
        as_of + min(timedelta(seconds=retry.first_after * 2 ** (n - 1)), _LONGEST_WAIT)
        for n in range(1, retry.attempts)
    )
    cases = [f"when {n} then timestamp '{at.isoformat(sep=' ')}'" for n, at in enumerate(waits, 1)]
    return f"case s.attempt {' '.join(cases)} end" if cases else "null"


def _given_up(span: str, opened: OpenSync) -> str:
    """A row whose old identifier was, or may have been, taken out, and whose new one did not arrive: the destination
    has it no longer as acknowledged, also when the source goes back to what it was."""
    return f"""
update {LEDGER} as t set row_hash = null, field_hashes = null
from (
    select p.key_hash, p.identifier from {PLAN} as p
    inner join {LOG} as g on g.plan_id = p.plan_id and g.op_id = p.op_id and g.status <> 'rejected'
    where p.{span.replace(" and op_id", " and p.op_id")} and p.reason = '{MOVED}'
) as s
where t.sync = {literal(opened.sync.sync)} and t.identifier = s.identifier and t.key_hash <> s.key_hash and t.held"""


def _messages(span: str) -> str:
    named = MESSAGES.split(".")[1]
    return f"""
update {MESSAGES} set
    status = case g.status when 'delivered' then 'sent' when 'accepted' then 'sent' when 'rejected' then 'failed'
        else g.status end,
    reason = coalesce(g.code || ': ' || g.message, g.code),
    sent_at = case when g.status in ('delivered', 'accepted') then cast(? as timestamp) end
from (
    select *, row_number() over (partition by op_id order by {LAST_WORD}) as nth
    from {LOG} where {span}
) as g
where g.nth = 1 and g.status <> 'released' and {named}.message_id = g.message_id and {named}.plan_id = g.plan_id"""
