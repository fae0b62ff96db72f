"""What the destination tells rows apart by: two rows with one identifier are caught, whatever their spelling.

Only rows that are about to be sent are looked at, as the destination would get them (normalised, hashed); what it holds
already is known from the ledger.
"""

import pyarrow as pa

from activations import plan_sql
from activations.desired_sql import DESIRED
from activations.difference import KNOWN, LEDGER
from activations.mapping import SyncMapping
from activations.plan_sql import CLASSIFIED, KEPT, MOVED
from activations.preparation import Preparation, payload_of
from heddle.rare_collections import rare_collections
from heddle.warehouse import Warehouse, identifier, literal

_NAMED, _HOLDERS, _CONTESTED = "heddle_named", "heddle_holders", "heddle_contested"
_REMAPPED, _OLD = "heddle_remapped", "heddle_old"
_IDENTIFIED = (
    f"(select key_hash, identifier from {CLASSIFIED} where action in ('add', 'change') and identifier is not null)"
)
_PAGE = 20_000


def identify(wh: Warehouse, mapping: SyncMapping, preparation: Preparation) -> None:
    """Completes the classified rows: identifiers of what is sent, duplicates as invalid, removals that would take away
    what another row stands for, and removals of the identifiers that rows have given up."""
    columns = identifying_columns(mapping)
    if not columns:
        return
    with rare_collections():
        _name(wh, columns, preparation)
    _refuse_duplicates(wh, literal(mapping.sync.sync))
    actions = set(wh.query(f"select distinct action from {CLASSIFIED}").column(0).to_pylist())
    if "remove" in actions:
        wh.execute(_kept())
    if "change" in actions and mapping.sync.on_leave in ("remove", "delete"):
        version = literal(mapping.version)
        _remapped(wh, version, columns, preparation)
        wh.execute(_moved(version))


def identifying_columns(mapping: SyncMapping) -> list[str]:
    """Columns of the source that say what a row is known by; none where rows are not told apart so."""
    spec = mapping.spec
    if spec.kind != "record" or spec.needs_key_fields:
        return []
    return sorted({name for item in mapping.fields if spec.field(item.name).identifier for name in item.columns})


def _name(wh: Warehouse, columns: list[str], preparation: Preparation) -> None:
    """The classified rows with their identifiers instead of their values, made anew page by page: an update of every
    row has to keep all of them in memory, and so has a join of as many."""
    values = plan_sql.values(columns)
    rest = ", ".join(values)
    sent = "action in ('add', 'change')"
    described = wh.query(f"select column_name, column_type from (describe {CLASSIFIED})").to_pylist()
    kept = [f"{identifier(c['column_name'])} {c['column_type']}" for c in described if c["column_name"] not in values]
    # not of a select: see plan_sql.numbered
    wh.execute(f"create or replace temp table {_NAMED} ({', '.join(kept)})")
    wh.execute(f"insert into {_NAMED} select * exclude ({rest}) from {CLASSIFIED} where not coalesce({sent}, false)")
    last = int(str(wh.scalar(f"select coalesce(max(place), 0) from {CLASSIFIED}")))
    for first in range(1, last + 1, _PAGE):
        page = wh.query(f"select * from {CLASSIFIED} where place between {first} and {first + _PAGE - 1} and {sent}")
        given = {name: page.column(value).to_pylist() for name, value in zip(columns, values, strict=True)}
        said = pa.array(preparation.identifiers(given), pa.string())
        with wh.bound("heddle_page", page.drop_columns(values).append_column("said", said)):
            wh.execute(
                f"insert into {_NAMED} by name "
                "select * exclude (said) replace (md5(said) as identifier) from heddle_page"
            )
    wh.execute(f"drop table {CLASSIFIED}")
    wh.execute(f"alter table {_NAMED} rename to {CLASSIFIED}")


def _refuse_duplicates(wh: Warehouse, sync: str) -> None:
    """The row that the destination knows by the identifier already keeps it; with none such, all of them are wrong.
    Nearly always nobody shares one, so the rows are looked at only when somebody does."""
    of = f"sync = {sync} and held"
    wh.execute(_holders(of if wh.scalar(f"select 1 from {LEDGER} where {of} limit 1") else "false"))
    claims = f"(select identifier from {_IDENTIFIED} union all select identifier from {_HOLDERS} where not own)"
    # by a small hash first: groups of ten million texts do not fit into the memory of a plan
    suspects = f"select hash(identifier) from {claims} group by 1 having count(*) > 1"
    wh.execute(
        f"create or replace temp table {_CONTESTED} as select identifier from {claims} "
        f"where hash(identifier) in ({suspects}) group by 1 having count(*) > 1"
    )
    if not wh.scalar(f"select count(*) from {_CONTESTED}"):
        return
    wh.execute(f"""
update {CLASSIFIED} as c set action = 'invalid', reason = 'duplicate_identifier'
from (
    select i.key_hash from {_IDENTIFIED} as i
    where i.identifier in (select identifier from {_CONTESTED})
        and i.key_hash not in (select key_hash from {_HOLDERS})
) as wrong
where wrong.key_hash = c.key_hash""")


def _holders(of: str) -> str:
    """Rows of the ledger that stand for an identifier which is to be sent; `own`, in their own name."""
    return f"""
create or replace temp table {_HOLDERS} as
select l.key_hash, l.identifier, i.key_hash is not null as own
from (
    select key_hash, identifier from {LEDGER} where {of}
        and identifier in (select identifier from {_IDENTIFIED})
        and key_hash not in (select key_hash from {CLASSIFIED} where action in ('remove', 'gone'))
) as l
left join {_IDENTIFIED} as i on i.key_hash = l.key_hash
where i.key_hash is null or i.identifier = l.identifier"""


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
