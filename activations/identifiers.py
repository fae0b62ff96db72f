"""What the destination tells rows apart by: two rows with one identifier are caught, whatever their spelling.

Only rows that are about to be sent are looked at, as the destination would get them (normalised, hashed); what it holds
already is known from the ledger.
"""

import pyarrow as pa

from activations.desired_sql import DESIRED
from activations.difference import KNOWN, LEDGER
from activations.mapping import SyncMapping
from activations.plan_sql import CLASSIFIED, KEPT, MOVED
from activations.preparation import Preparation, payload_of
from heddle.rare_collections import rare_collections
from heddle.warehouse import Warehouse, identifier, literal

_SENT, _IDENTIFIED, _NAMED = "heddle_sent", "heddle_identified", "heddle_named"
_REMAPPED, _OLD = "heddle_remapped", "heddle_old"
_PAGE = 50_000


def identify(wh: Warehouse, mapping: SyncMapping, preparation: Preparation) -> None:
    """Completes the classified rows: identifiers of what is sent, duplicates as invalid, removals that would take away
    what another row stands for, and removals of the identifiers that rows have given up."""
    spec = mapping.spec
    items = [item for item in mapping.fields if spec.field(item.name).identifier]
    if not items or spec.kind != "record" or spec.needs_key_fields:
        return
    wh.execute(f"create or replace temp table {_IDENTIFIED} (key_hash varchar, identifier varchar)")
    columns = sorted({column for item in items for column in item.columns})
    with rare_collections():
        _normalised(wh, columns, preparation)
    sync = literal(mapping.sync.sync)
    for statement in (*_named(), _duplicates(sync), _kept()):
        wh.execute(statement)
    if mapping.sync.on_leave in ("remove", "delete"):
        version = literal(mapping.version)
        _remapped(wh, version, columns, preparation)
        wh.execute(_moved(version))


def _normalised(wh: Warehouse, columns: list[str], preparation: Preparation) -> None:
    """Page by page in this transaction: the temporary tables belong to it."""
    chosen = ", ".join(f"d.{identifier(name)}" for name in columns)
    wh.execute(
        f"create or replace temp table {_SENT} as select row_number() over () as place, c.key_hash, {chosen} "
        f"from {CLASSIFIED} as c inner join {DESIRED} as d on d.heddle_key = c.key_hash "
        "where c.action in ('add', 'change') and d.heddle_invalid is null"
    )
    total = int(str(wh.scalar(f"select count(*) from {_SENT}")))
    for first in range(1, total + 1, _PAGE):
        page = wh.query(f"select * exclude (place) from {_SENT} where place between {first} and {first + _PAGE - 1}")
        said = preparation.identifiers({name: page.column(name).to_pylist() for name in columns})
        found = pa.table({"key_hash": page.column("key_hash"), "said": pa.array(said, pa.string())})
        with wh.bound("heddle_digests", found):
            wh.execute(
                f"insert into {_IDENTIFIED} select key_hash, md5(said) from heddle_digests where said is not null"
            )


def _named() -> tuple[str, ...]:
    """Made anew: an update of every row has to keep all of them in memory."""
    return (
        f"create or replace temp table {_NAMED} as select c.* replace (i.identifier as identifier) "
        f"from {CLASSIFIED} as c left join {_IDENTIFIED} as i on i.key_hash = c.key_hash",
        f"drop table {CLASSIFIED}",
        f"alter table {_NAMED} rename to {CLASSIFIED}",
        f"drop table {_SENT}",
    )


def _duplicates(sync: str) -> str:
    """The row that the destination knows by the identifier already keeps it; with none such, all of them are wrong."""
    return f"""
update {CLASSIFIED} as c set action = 'invalid', reason = 'duplicate_identifier'
from (
    with holders as (
        select l.key_hash, l.identifier from {LEDGER} as l
        where l.sync = {sync} and l.held and l.identifier in (select identifier from {_IDENTIFIED})
            and l.key_hash not in (select key_hash from {CLASSIFIED} where action in ('remove', 'gone'))
            and l.key_hash not in (
                select i.key_hash from {_IDENTIFIED} as i where i.key_hash = l.key_hash and i.identifier <> l.identifier
            )
    ),
    claims as (
        select key_hash, identifier from {_IDENTIFIED}
        union
        select key_hash, identifier from holders
    ),
    contested as (select identifier from claims group by 1 having count(*) > 1)
    select i.key_hash from {_IDENTIFIED} as i
    inner join contested as t on t.identifier = i.identifier
    where i.key_hash not in (select key_hash from holders)
) as wrong
where wrong.key_hash = c.key_hash"""


def _kept() -> str:
    return f"""
update {CLASSIFIED} as c set reason = '{KEPT}'
from {KNOWN} as l
where l.key_hash = c.key_hash and c.action = 'remove'
    and l.identifier in (
        select identifier from {CLASSIFIED} where action in ('add', 'change') and identifier is not null
    )"""


def _remapped(wh: Warehouse, version: str, columns: list[str], preparation: Preparation) -> None:
    """Rows that were sent under another mapping: the ledger's identifier may differ for the mapping's sake alone, so
    old and new are compared as this mapping makes them, of the columns that were kept. Those that differ are noted."""
    wh.execute(f"create or replace temp table {_REMAPPED} (key_hash varchar, identifier varchar)")
    pairs = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name in columns)
    wh.execute(
        f"create or replace temp table {_OLD} as select row_number() over () as place, c.key_hash, "
        f"cast(l.payload as varchar) as old, cast(json_object({pairs}) as varchar) as new "
        f"from {CLASSIFIED} as c inner join {DESIRED} as d on d.heddle_key = c.key_hash "
        f"inner join {KNOWN} as l on l.key_hash = c.key_hash and l.held "
        f"where c.action = 'change' and l.mapping_version <> {version} and l.identifier <> c.identifier"
    )
    total = int(str(wh.scalar(f"select count(*) from {_OLD}")))
    for first in range(1, total + 1, _PAGE):
        page = wh.query(f"select * from {_OLD} where place between {first} and {first + _PAGE - 1}").to_pylist()
        moved = {row["key_hash"]: _old_identifier(row["old"], row["new"], preparation) for row in page}
        found = {key: digest for key, digest in moved.items() if digest}
        with wh.bound("heddle_digests", pa.table({"key_hash": list(found), "identifier": list(found.values())})):
            wh.execute(f"insert into {_REMAPPED} select * from heddle_digests")


def _old_identifier(old: str | None, new: str | None, preparation: Preparation) -> str | None:
    """None where the row is known by the same as before, or nothing was kept of what this mapping identifies by."""
    kept = payload_of(old)
    digest = preparation.identifier(kept)
    now = preparation.identifier({name: value for name, value in payload_of(new).items() if name in kept})
    return digest if digest != now else None


def _moved(version: str) -> str:
    """A changed identifier is a new row to the destination, and the old one is still there."""
    return f"""
insert into {CLASSIFIED} (key_hash, profile_id, member_key, action, reason, identifier, known_as, attempt)
select md5(c.key_hash || l.identifier), c.profile_id, c.member_key, 'remove',
    case when coalesce(r.identifier, l.identifier) in (
        select identifier from {CLASSIFIED} where action in ('add', 'change') and identifier is not null
    ) then '{KEPT}' else '{MOVED}' end, l.identifier, c.key_hash, 1
from {CLASSIFIED} as c
inner join {KNOWN} as l on l.key_hash = c.key_hash and l.held
left join {_REMAPPED} as r on r.key_hash = c.key_hash
where md5(c.key_hash || l.identifier) not in (select key_hash from {CLASSIFIED} where key_hash is not null)
    and c.action = 'change' and l.ids is null and (l.mapping_version = {version} or r.key_hash is not null)
    and c.identifier is not null and l.identifier <> c.identifier"""
