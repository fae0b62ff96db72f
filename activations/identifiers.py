"""What the destination tells rows apart by: two rows with one identifier are caught, whatever their spelling.

Only rows that are about to be sent are looked at, as the destination would get them (normalised, hashed); what it holds
already is known from the ledger.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from activations.desired_sql import DESIRED
from activations.difference import KNOWN, LEDGER
from activations.ledger import count_rows
from activations.mapping import SyncMapping
from activations.plan_sql import CLASSIFIED, KEPT, MOVED, NAMED
from activations.preparation import Preparation, payload_of
from heddle.rare_collections import rare_collections
from heddle.warehouse import Warehouse, identifier, literal

_HOLDERS, _CONTESTED = "heddle_holders", "heddle_contested"
_REMAPPED, _OLD = "heddle_remapped", "heddle_old"
_PAGE, _AT_ONCE = 20_000, 1_000_000


def identify(wh: Warehouse, mapping: SyncMapping, preparation: Preparation) -> None:
    """Leaves NAMED, the identifiers of the classified rows that are sent, and completes these: duplicates as invalid,
    removals that would take away what another row stands for, and removals of the identifiers that rows have given
    up."""
    wh.execute(
        f"create or replace temp table {NAMED} (place bigint, key_hash varchar, identifier varchar, hashed ubigint)"
    )
    columns = _identifying_columns(mapping, preparation)
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


def _identifying_columns(mapping: SyncMapping, preparation: Preparation) -> list[str]:
    """Columns of the source that say what a row is known by; none where rows are not told apart so, or by a key that
    arrives as it is."""
    spec = mapping.spec
    if spec.needs_key_fields:
        return [] if preparation.keeps_keys else sorted(mapping.key)
    if spec.kind != "record":
        return []
    return sorted({name for item in mapping.fields if spec.field(item.name).identifier for name in item.columns})


def _name(wh: Warehouse, columns: list[str], preparation: Preparation) -> None:
    """Page by page, into a narrow table of their own: an update of every row has to keep all of them in memory, and so
    has a join of as many."""
    values = ", ".join(f"d.{identifier(name)} as value_{n}" for n, name in enumerate(columns))
    last = int(str(wh.scalar(f"select coalesce(max(heddle_place), 0) from {DESIRED}")))
    for first in range(1, last + 1, _PAGE):
        places = f"between {first} and {first + _PAGE - 1}"
        page = wh.query(
            f"select c.place, c.key_hash, {values} from {CLASSIFIED} as c "
            f"inner join {DESIRED} as d on d.heddle_place = c.place "
            f"where c.action in ('add', 'change') and c.place {places} and d.heddle_place {places}"
        )
        given = {name: page.column(f"value_{n}").to_pylist() for n, name in enumerate(columns)}
        said = pa.array(preparation.identifiers(given), pa.string())
        with wh.bound("heddle_page", page.select(["place", "key_hash"]).append_column("said", said)):
            wh.execute(
                f"insert into {NAMED} select place, key_hash, md5(said) as identifier, hash(identifier) "
                "from heddle_page where said is not null"
            )


def _refuse_duplicates(wh: Warehouse, sync: str) -> None:
    """The row that the destination knows by the identifier already keeps it; with none such, all of them are wrong.
    Nearly always nobody shares one, so the rows are looked at only when somebody does."""
    of = f"sync = {sync} and held"
    wh.execute(_holders(of if wh.scalar(f"select 1 from {LEDGER} where {of} limit 1") else "false"))
    others = f"select identifier, hash(identifier) as hashed from {_HOLDERS} where not own"
    claims = f"(select identifier, hashed from {NAMED} union all {others})"
    suspects = _repeated(wh, claims)
    if not len(suspects):
        return
    with wh.bound("heddle_suspects", pa.table({"hashed": suspects})):
        wh.execute(
            f"create or replace temp table {_CONTESTED} as select identifier from {claims} "
            "where hashed in (select hashed from heddle_suspects) group by 1 having count(*) > 1"
        )
    wrong = f"identifier in (select identifier from {_CONTESTED}) and key_hash not in (select key_hash from {_HOLDERS})"
    wh.execute(
        f"update {CLASSIFIED} set action = 'invalid', reason = 'duplicate_identifier' "
        f"where place in (select place from {NAMED} where {wrong})"
    )
    wh.execute(f"delete from {NAMED} where {wrong}")


def _repeated(wh: Warehouse, claims: str) -> npt.NDArray[np.uint64]:
    """Small hashes that are there more than once. Looked for part by part and by sorting: groups of ten million do not
    fit into the memory of a plan, and those of a tenth not always."""
    parts = count_rows(wh, f"select count(*) from {claims}") // _AT_ONCE + 1
    found = [np.empty(0, np.uint64)]
    for part in range(parts):
        hashes = np.sort(wh.query(f"select hashed from {claims} where hashed % {parts} = {part}").column(0).to_numpy())
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)


def _holders(of: str) -> str:
    """Rows of the ledger that stand for an identifier which is to be sent; `own`, in their own name."""
    return f"""
create or replace temp table {_HOLDERS} as
select l.key_hash, l.identifier, i.key_hash is not null as own
from (
    select key_hash, identifier from {LEDGER} where {of}
        and identifier in (select identifier from {NAMED})
        and key_hash not in (select key_hash from {CLASSIFIED} where action in ('remove', 'gone'))
) as l
left join {NAMED} as i on i.key_hash = l.key_hash
where i.key_hash is null or i.identifier = l.identifier"""


def _kept() -> str:
    return f"""
update {CLASSIFIED} as c set reason = '{KEPT}'
from {KNOWN} as l
where l.key_hash = c.key_hash and c.action = 'remove' and l.identifier in (select identifier from {NAMED})"""


def _remapped(wh: Warehouse, version: str, columns: list[str], preparation: Preparation) -> None:
    """Rows that were sent under another mapping: the ledger's identifier may differ for the mapping's sake alone, so
    old and new are compared as this mapping makes them, of the columns that were kept. Those that differ are noted."""
    wh.execute(f"create or replace temp table {_REMAPPED} (key_hash varchar, identifier varchar)")
    pairs = ", ".join(f"{literal(name)}, d.{identifier(name)}" for name in columns)
    wh.execute(
        f"create or replace temp table {_OLD} as select row_number() over () as place, c.key_hash, "
        f"cast(l.payload as varchar) as old, cast(json_object({pairs}) as varchar) as new "
        f"from {CLASSIFIED} as c inner join {DESIRED} as d on d.heddle_place = c.place "
        f"inner join {NAMED} as n on n.place = c.place "
        f"inner join {KNOWN} as l on l.key_hash = c.key_hash and l.held "
        f"where c.action = 'change' and l.mapping_version <> {version} and l.identifier <> n.identifier"
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
insert into {CLASSIFIED} (key_hash, profile_id, member_key, action, reason, identifier, known_as, attempt, place)
select md5(c.key_hash || l.identifier), c.profile_id, c.member_key, 'remove',
    case when coalesce(r.identifier, l.identifier) in (select identifier from {NAMED}) then '{KEPT}' else '{MOVED}' end,
    l.identifier, c.key_hash, 1, (select max(place) from {CLASSIFIED}) + row_number() over ()
from {CLASSIFIED} as c
inner join {NAMED} as n on n.place = c.place
inner join {KNOWN} as l on l.key_hash = c.key_hash and l.held
left join {_REMAPPED} as r on r.key_hash = c.key_hash
where md5(c.key_hash || l.identifier) not in (select key_hash from {CLASSIFIED} where key_hash is not null)
    and c.action = 'change' and l.ids is null and (l.mapping_version = {version} or r.key_hash is not null)
    and l.identifier <> n.identifier"""
