"""The activation tables: what was planned, what was tried, and what each destination acknowledged.

All live in the schema `activations`; times are naive UTC. `at`, `as_of` and `acked_at` are the replayed or real instant
of the run (`as_of`); `planned_at`, `started_at` and `ended_at` are wall-clock times of the machine.

* `activation_plan`      one row per sealed operation (add, change, remove) and per excluded row (invalid, suppressed,
                         waiting, quarantined, unknown) of the latest plan of each sync; the log is the history.
* `activation_runs`      one row per plan: its source's fingerprint, its counts, the guard's verdict, how far it came.
* `activation_log`       one row per operation and attempt, append-only.
* `activation_in_flight` write-ahead marks: operations handed to a connector whose outcome is not stored yet.
* `activation_ledger`    one row per sync and key: what the destination last acknowledged, what the last attempt gave.
* `message_ledger`       one row per message: sync, profile, member key, cycle (entry into the segment) and step.
* `sync_summary`         a view, one row per sync: what was delivered so far, what is not, how the latest run ended.
"""

from collections.abc import Sequence

from heddle.warehouse import Warehouse

SCHEMA = "activations"

DDL: tuple[str, ...] = (
    f"create schema if not exists {SCHEMA}",
    f"""
    create table if not exists {SCHEMA}.activation_plan (
        plan_id varchar not null, op_id bigint not null, sync varchar not null,
        action varchar not null,        -- add change remove | invalid suppressed waiting quarantined unknown
        key_hash varchar,               -- md5 of the key columns; null when the key is
        profile_id varchar, member_key varchar,
        row_hash varchar,               -- md5 of the mapping version and the columns used
        payload json,                   -- the source columns an operation needs; null on excluded rows and once applied
        removal json,                   -- those of them that removing the row later needs; goes to the ledger
        reason varchar
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
        guard_verdict varchar not null, -- ok blocked
        guard_reason varchar,
        counts json not null,           -- planned, by action and reason
        outcomes json,                  -- by status and code
        error varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_log (
        plan_id varchar not null, sync varchar not null, op_id bigint not null,
        action varchar not null, key_hash varchar not null, profile_id varchar, member_key varchar,
        status varchar not null,        -- delivered accepted rejected unknown skipped
        code varchar, message varchar, retryable boolean,
        attempt bigint not null, "at" timestamp not null,
        message_id varchar, receipt varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_in_flight (
        plan_id varchar not null, sync varchar not null, op_id bigint not null, message_id varchar
    )""",
    f"""
    create table if not exists {SCHEMA}.activation_ledger (
        sync varchar not null, key_hash varchar not null, profile_id varchar, member_key varchar,
        held boolean not null,          -- the destination has, or may have, this row
        row_hash varchar,               -- what it acknowledged; null when it may have something else
        mapping_version varchar,
        payload json,                   -- the columns that removing the row needs
        status varchar not null,        -- of the last attempt: delivered accepted rejected unknown skipped removed
        attempted_action varchar not null, attempted_hash varchar,
        attempts bigint not null,       -- failures in a row
        retry_at timestamp,             -- not before; null when not retryable
        code varchar, message varchar, receipt varchar,
        acked_at timestamp, updated_at timestamp not null
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
    f"""
    create or replace view {SCHEMA}.sync_summary as
    with latest as (
        select *, row_number() over (partition by sync order by planned_at desc, plan_id desc) as place
        from {SCHEMA}.activation_runs
    ),
    delivered as (
        select sync, count(case when status in ('delivered', 'accepted') then 1 end) as delivered
        from {SCHEMA}.activation_log group by sync
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
        coalesce(h.unknown, 0) as unknown, l.status, l.guard_reason, l.error, l.as_of
    from latest as l
    left join delivered as d on d.sync = l.sync
    left join excluded as e on e.sync = l.sync
    left join held as h on h.sync = l.sync
    where l.place = 1""",
)


def ensure_tables(wh: Warehouse) -> None:
    """Create the activation tables where they are missing; running it again changes nothing."""
    for statement in DDL:
        wh.execute(statement)


def count_rows(wh: Warehouse, sql: str, params: Sequence[object] = ()) -> int:
    """The number that a `select count(...)` gives."""
    return int(wh.query(sql, params).column(0)[0].as_py())
