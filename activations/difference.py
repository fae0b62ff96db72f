"""Which rows a plan has to look at: those of either side that the other side does not have as they are.

Most rows of a sync are as the destination acknowledged them, so they are told apart by one hash each: the row's, which
covers its key (the key's, where a row is sent once whatever becomes of it). The hashes of both sides are joined, and
only what has no partner is read again, with all its columns. Nothing is assumed of the rows that have one: each
acknowledged hash met exactly one row, or the keys of all twins are read again as well.
"""

from activations.desired_sql import DESIRED, MARK, any_null, desired, fingerprint, judged, key_hash, twins
from activations.ledger import SCHEMA, count_rows
from activations.mapping import SyncMapping
from activations.source import Relation, source_relation
from heddle.warehouse import Warehouse, identifier, literal

LEDGER, KNOWN = f"{SCHEMA}.activation_ledger", "heddle_known"
SENT_BEFORE = "sent_before_merge"
_HASHES, _LONELY = "heddle_hashes", "heddle_lonely"


def differ(wh: Warehouse, mapping: SyncMapping, lost: bool) -> str:
    """The fingerprint of the source. Leaves the temporary tables DESIRED (rows that are new, changed, excluded, or
    share a key) and KNOWN (rows of the ledger without an equal, or of a row of the former)."""
    relation = source_relation(wh, mapping)
    calm = "false" if lost else _calm(mapping)
    ledger = f"{LEDGER} where sync = {literal(mapping.sync.sync)}"
    equals = count_rows(wh, f"select count(*) from {ledger} and {calm}")
    if not equals:
        wh.execute(desired(relation, mapping))
        mark = str(wh.scalar(fingerprint(f"select heddle_row, heddle_suppressed as heddle_why from {DESIRED}")))
        twins(wh)
        wh.execute(f"create or replace temp table {KNOWN} as select * from {ledger}")
        return mark
    wh.execute(_hashed(relation, mapping))
    mark = str(wh.scalar(fingerprint(f"select * from {_HASHES}", "mark")))
    wh.execute(f"create or replace temp table {_LONELY} (pick ubigint, token varchar, known varchar)")  # see 0014: trap
    wh.execute(_lonely(f"select {_token(mapping)} as token from {ledger} and {calm}"))
    _pick_twins(wh, equals)
    wh.execute(f"drop table {_HASHES}")
    wh.execute(desired(relation, mapping, f"{_pick(mapping)} in (select pick from {_LONELY})"))
    twins(wh)
    wh.execute(_known(mapping, ledger, calm))
    wh.execute(f"drop table {_LONELY}")
    return mark


def source_fingerprint(wh: Warehouse, mapping: SyncMapping) -> str:
    """The desired rows as they are now, in one value."""
    return str(wh.scalar(fingerprint(judged(source_relation(wh, mapping), mapping, "true as heddle_present"))))


def _once(mapping: SyncMapping) -> bool:
    """Whether a row is sent once, whatever becomes of it."""
    return mapping.spec.kind == "message" or mapping.sync.match == "create_only"


def _token(mapping: SyncMapping) -> str:
    return "key_hash" if _once(mapping) else "row_hash"


def _calm(mapping: SyncMapping) -> str:
    """Rows of the ledger of which nothing is wanted as long as the source has the same."""
    final = "'delivered'" if mapping.spec.receipts else "'delivered', 'accepted'"
    return (
        f"held and status in ({final}) and overtaken is null and {_token(mapping)} is not null "
        f"and coalesce(code, '') <> '{SENT_BEFORE}'"
    )


def _pick(mapping: SyncMapping) -> str:
    """A small hash of the key, the same within one plan only: rows that share a key share it."""
    return f"hash({', '.join(identifier(name) for name in mapping.key)})"


def _hashed(relation: Relation, mapping: SyncMapping) -> str:
    more = f"{_pick(mapping)} as pick"
    token = "heddle_row"
    if _once(mapping):
        more += f", case when not ({any_null(mapping.key)}) then {key_hash(mapping.key)} end as heddle_key"
        token = "heddle_key"
    return (
        f"create or replace temp table {_HASHES} as select case when heddle_why is null then {token} end as token, "
        f"pick, {MARK} as mark from ({judged(relation, mapping, more)}) as j"
    )


def _lonely(acknowledged: str) -> str:
    """Source rows (`pick`) without an equal in the ledger, or that may not be there; rows of the ledger (`known`)
    without an equal in the source."""
    return (
        f"insert into {_LONELY} select d.pick, d.token, l.token as known "
        f"from {_HASHES} as d full outer join ({acknowledged}) as l on l.token = d.token "
        "where d.token is null or l.token is null"
    )


def _known(mapping: SyncMapping, ledger: str, calm: str) -> str:
    """The keys first: a condition that is no comparison would read every column of every row."""
    return f"""
create or replace temp table {KNOWN} as
select * from {ledger} and key_hash in (
    select key_hash from {ledger} and not ({calm})
    union all
    select key_hash from {ledger} and {_token(mapping)} in (select known from {_LONELY} where known is not null)
    union all
    select heddle_key from {DESIRED} where heddle_key is not null
)"""


def _pick_twins(wh: Warehouse, equals: int) -> None:
    """Of rows that are there twice just as they were acknowledged, both have a partner: then there are more partners
    on one side than on the other. (A twin that differs is lonely itself, and brings the other by its `pick`.)"""
    comparable = count_rows(wh, f"select count(token) from {_HASHES}")
    lonely, unmet = (count_rows(wh, f"select count({column}) from {_LONELY}") for column in ("token", "known"))
    if comparable - lonely != equals - unmet:
        wh.execute(
            f"insert into {_LONELY} (pick) select min(pick) from {_HASHES} where token is not null "
            "group by token having count(*) > 1"
        )
