"""The tables that exist before any source is loaded."""

from heddle.warehouse.contract import Warehouse

_DDL = (
    "create schema if not exists heddle",
    "create table if not exists heddle.clock (as_of timestamp not null)",
    """create table if not exists heddle.runs (
        run_id varchar primary key,
        as_of timestamp,
        started_at timestamp,
        ended_at timestamp,
        status varchar,
        fingerprint varchar,
        summary json
    )""",
    # nodes of the identity graph that have to forget; identity_links reads them
    """create table if not exists heddle.erasures (
        node bigint not null,
        erased_at timestamp not null,
        reason varchar
    )""",
    "create schema if not exists raw",
    """create table if not exists raw.raw_files (
        source varchar,
        table_name varchar,
        file varchar,
        content_hash varchar,
        rows bigint,
        rejects bigint,
        loaded_at timestamp,
        batch_id varchar,
        size bigint,
        modified_ns bigint,
        readable boolean,
        spec varchar
    )""",
    """create table if not exists raw.raw_rejects (
        source varchar,
        table_name varchar,
        file varchar,
        line bigint,
        text varchar,
        reason varchar,
        loaded_at timestamp
    )""",
    """create table if not exists raw.raw_cursors (
        source varchar,
        table_name varchar,
        cursor_value varchar,
        cursor_type varchar,
        updated_at timestamp,
        primary key (source, table_name)
    )""",
)


def prepare_warehouse(warehouse: Warehouse) -> None:
    """Creates what every stage relies on; changes nothing when it is there already."""
    with warehouse.transaction():
        for statement in _DDL:
            warehouse.execute(statement)
