"""The activation tables: what was planned, what was tried, and what each destination acknowledged.

All live in the schema `activations`; times are naive UTC. `at`, `as_of` and `acked_at` are the replayed or real instant
of the run (`as_of`); `planned_at`, `started_at` and `ended_at` are wall-clock times of the machine.

* `activation_plan`      one row per sealed operation (add, change, remove) and per excluded row (invalid, suppressed,
                         waiting, quarantined, unknown, pending) of the latest plan of a sync; the log is history.
* `activation_runs`      one row per plan: its source's fingerprint, its counts, the guard's verdict, how far it came.
* `activation_log`       one row per operation and attempt, append-only.
* `activation_in_flight` write-ahead marks: operations handed to a connector whose outcome is not stored yet. One row
                         per operation, or per span of the plan (`op_id` to `last_op`).
* `activation_delivered` spans of a plan of which every operation was delivered and is not in the log yet; empty when no
                         run is under way or was killed.
* `activation_outcomes`  a view: the log, with the rows that are still spans.
* `activation_receipts`  one row per receipt of an asynchronous destination: when to ask again, until when.
* `activation_receipt_rows` the operations that wait for a receipt; gone once it is settled.
* `activation_ledger`    one row per sync and key: what the destination last acknowledged, what the last attempt gave.
* `activation_accounts`  one row per account: calls of the day against its quota, and until when it is paused.
* `activation_audiences` one row per account, object and audience: the ids that the destination gave it.
* `activation_suppressions` addresses that a destination refused for good, as hashes, by channel.
* `message_ledger`       one row per message: sync, profile, member key, cycle (entry into the segment) and step.
* `sync_summary`         a view, one row per sync: what was delivered so far, what was accepted and is not known to be,
                         what is neither, how the latest run ended.
"""

import threading
from collections.abc import Sequence

from heddle.warehouse import Warehouse

SCHEMA = "activations"

_TABLES: tuple[str, ...] = (
    f"create schema if not exists {SCHEMA}",
    f"""
    create table if not exists {SCHEMA}.activation_plan (
        plan_id varchar not null, op_id bigint not null, sync varchar not null,
        action varchar not null,        -- add change remove | invalid suppressed waiting quarantined unknown
                                        -- pending: accepted, its receipt is not settled
        key_hash varchar,               -- md5 of the key columns; null when the key is
        profile_id varchar, member_key varchar,
        row_hash varchar,               -- md5 of the mapping version and the columns used
        payload json,                   -- the source columns an operation needs; null on excluded rows and once applied
        removal json,                   -- those of them that removing the row later needs; goes to the ledger
        reason varchar,
        attempt bigint,                 -- the how-manieth try with this content
        identifier varchar,             -- md5 of what the destination tells rows apart by, as it gets it
        ids json,                       -- what the destination gave for the row earlier
        field_hashes json, known_hashes json  -- md5 per column, now and as acknowledged; only for changed_fields_only
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_runs (
        plan_id varchar not null, sync varchar not null, destination varchar not null, object varchar not null,
        audience varchar, channel varchar, purpose varchar,
        as_of timestamp not null, planned_at timestamp not null, started_at timestamp, ended_at timestamp,
        status varchar not null,        -- planned blocked running stopped done superseded
        fingerprint varchar not null,   -- of the source's rows and their suppression
        mapping_version varchar not null,
        resync varchar,                 -- why every row is sent again: mapping (it changed), lost (by the destination)
        source_rows bigint not null,
        guard_verdict varchar not null, -- ok blocked overridden (heddle sync apply --past-guard)
        guard_reason varchar,
        counts json not null,           -- planned, by action and reason
        outcomes json,                  -- by status and code
        error varchar,
        unattributed json,              -- reason -> rows that the destination counted without naming them
        dropped json,                   -- "field: code" -> values that were left out of their row
        seconds double                  -- sending, wall clock
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_log (
        plan_id varchar not null, sync varchar not null, op_id bigint not null,
        action varchar not null, key_hash varchar not null, profile_id varchar, member_key varchar,
        status varchar not null,        -- delivered accepted rejected unknown skipped
                                        -- released: a person said that it was not sent (heddle sync decide)
        code varchar, message varchar, retryable boolean,
        attempt bigint not null, "at" timestamp not null,
        message_id varchar, receipt varchar, ids json
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_in_flight (
        plan_id varchar not null, sync varchar not null, op_id bigint not null, message_id varchar,
        last_op bigint,                 -- null: only op_id
        earlier boolean                 -- left by a run that was stopped: until its plan is done the rows of it that
                                        -- have no outcome may be there, whatever becomes of the next try
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_delivered (
        plan_id varchar not null, sync varchar not null, first_op bigint not null, last_op bigint not null,
        "at" timestamp not null
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_ledger (
        sync varchar not null, key_hash varchar not null, profile_id varchar, member_key varchar,
        held boolean not null,          -- the destination has, or may have, this row
        row_hash varchar,               -- what it acknowledged; null when it may have something else
        mapping_version varchar,
        payload json,                   -- the columns that removing the row needs
        status varchar not null,        -- of the last attempt: delivered accepted rejected unknown skipped removed
                                        -- overtaken: see below
                                        -- released: a person let it go again (heddle sync retry)
        attempted_action varchar not null, attempted_hash varchar,
        attempts bigint not null,       -- failures in a row
        retry_at timestamp,             -- not before; null when not retryable
        code varchar, message varchar, receipt varchar,
        acked_at timestamp, updated_at timestamp not null,
        identifier varchar, ids json, field_hashes json,
        overtaken varchar               -- an earlier operation was done after the last one (overtaken.py): the plan
                                        -- that was not finished then, or none
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_receipts (
        sync varchar not null, plan_id varchar not null, action varchar not null, receipt varchar not null,
        operations bigint not null, accepted_at timestamp not null, poll_at timestamp not null,
        deadline timestamp not null, polls bigint not null,
        status varchar not null,        -- pending settled overdue
        settled_at timestamp, error varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_receipt_rows (
        sync varchar not null, plan_id varchar not null, action varchar not null, receipt varchar not null,
        op_id bigint not null, key_hash varchar not null, profile_id varchar, member_key varchar,
        row_hash varchar, payload json, removal json, identifier varchar, ids json, field_hashes json,
        known_hashes json, attempt bigint, message_id varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_accounts (
        account varchar not null, "day" date not null, calls bigint not null, paused_until timestamp, reason varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_audiences (
        account varchar not null, object varchar not null, audience varchar not null, ids json not null,
        ensured_at timestamp not null
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_suppressions (
        channel varchar not null, address_hash varchar not null, code varchar not null, sync varchar not null,
        "at" timestamp not null
    )""",
    f"""
    create table if not exists {SCHEMA}.message_ledger (
        message_id varchar not null, sync varchar not null, profile_id varchar not null, member_key varchar not null,
        cycle varchar not null,         -- the entry into the segment that caused it, ISO-8601
        step bigint not null,
        channel varchar not null, purpose varchar not null,
        status varchar not null,        -- queued sent failed unknown skipped
        reason varchar,
        plan_id varchar not null, queued_at timestamp not null, sent_at timestamp
    )""",
)
_VIEWS: tuple[str, ...] = (
    f"""
    create or replace view {SCHEMA}.activation_outcomes as
    select plan_id, sync, op_id, action, key_hash, profile_id, member_key, status, code, message, retryable, attempt,
        "at", message_id, receipt, ids, false as in_span
    from {SCHEMA}.activation_log
    union all
    select p.plan_id, p.sync, p.op_id, p.action, p.key_hash, p.profile_id, p.member_key, 'delivered', null, null, null,
        coalesce(p.attempt, 1), s."at", null, null, null, true
    from {SCHEMA}.activation_plan as p
    inner join {SCHEMA}.activation_delivered as s
        on s.plan_id = p.plan_id and p.op_id between s.first_op and s.last_op""",
    f"""
    create or replace view {SCHEMA}.sync_summary as
    with latest as (
        select *, row_number() over (partition by sync order by planned_at desc, plan_id desc) as place
        from {SCHEMA}.activation_runs
    ),
    settled as (
        -- what became of operations that were accepted: until it is known, nothing was delivered
        select plan_id, op_id from {SCHEMA}.activation_log
        where status <> 'accepted'
            and plan_id in (select plan_id from {SCHEMA}.activation_log where status = 'accepted')
    ),
    delivered as (
        select g.sync, count(case when g.status = 'delivered' then 1 end) as delivered,
            count(case when g.status = 'accepted' then 1 end) as accepted
        from {SCHEMA}.activation_outcomes as g
        left join settled as s on g.status = 'accepted' and s.plan_id = g.plan_id and s.op_id = g.op_id
        where g.status = 'delivered' or (g.status = 'accepted' and s.op_id is null)
        group by g.sync
    ),
    excluded as (
        select sync, count(case when action = 'suppressed' then 1 end) as suppressed,
            count(case when action = 'invalid' then 1 end) as invalid
        from {SCHEMA}.activation_plan group by sync
    ),
    held as (
        select sync, count(case when held then 1 end) as held,
            count(case when status = 'rejected' then 1 end) as rejected,
            count(case when status = 'unknown' then 1 end) as unknown
        from {SCHEMA}.activation_ledger group by sync
    )
    select l.sync, l.destination, l.audience, coalesce(d.delivered, 0) as delivered, coalesce(h.held, 0) as held,
        coalesce(h.rejected, 0) as rejected, coalesce(e.suppressed, 0) as suppressed, coalesce(e.invalid, 0) as invalid,
        coalesce(h.unknown, 0) as unknown, l.status, l.guard_reason, l.error, l.as_of,
        coalesce(d.accepted, 0) as accepted
    from latest as l
    left join delivered as d on d.sync = l.sync
    left join excluded as e on e.sync = l.sync
    left join held as h on h.sync = l.sync
    where l.place = 1""",
)
DDL = (*_TABLES, *_VIEWS)
_ADDED: dict[str, tuple[str, ...]] = {
    "activation_plan": (
        "attempt bigint",
        "identifier varchar",
        "ids json",
        "field_hashes json",
        "known_hashes json",
    ),
    "activation_runs": ("unattributed json", "dropped json", "seconds double"),
    "activation_log": ("ids json",),
    "activation_in_flight": ("last_op bigint", "earlier boolean"),
    "activation_ledger": ("identifier varchar", "ids json", "field_hashes json", "overtaken varchar"),
}


_ONE_AT_A_TIME = threading.Lock()  # two connections that replace the view at once are a conflict


def ensure_tables(wh: Warehouse) -> None:
    """Create the activation tables where they are missing, and the columns that an older version did not have; running
    it again changes nothing."""
    with _ONE_AT_A_TIME:
        for statement in _TABLES:
            wh.execute(statement)
        for table, columns in _ADDED.items():
            present = wh.columns(f"{SCHEMA}.{table}")
            for column in columns:
                if column.split()[0] not in present:
                    wh.execute(f"alter table {SCHEMA}.{table} add column {column}")
        for statement in _VIEWS:  # they may read a column that was only now added
            wh.execute(statement)


def count_rows(wh: Warehouse, sql: str, params: Sequence[object] = ()) -> int:
    """The number that a `select count(...)` gives."""
    return int(wh.query(sql, params).column(0)[0].as_py())
