"""Where the desired rows of a sync come from, as one relation with known columns."""

from collections.abc import Iterable
from dataclasses import dataclass

from activations.ledger import SCHEMA
from activations.mapping import SyncMapping
from activations.sync_file import Sync
from activations.yaml_file import did_you_mean
from heddle.errors import SyncError
from heddle.warehouse import Warehouse, identifier, literal, qualified

_MEMBERSHIP = ("profile_id", "member_key", "entered_at")


@dataclass(frozen=True)
class Relation:
    """`sql` is a select without an order; `columns` are its names."""

    sql: str
    columns: tuple[str, ...]


def source_relation(wh: Warehouse, mapping: SyncMapping) -> Relation:
    """The rows that should be at the destination. Raises SyncError where a table or a column is missing."""
    sync = mapping.sync
    relation = _model(wh, sync) if sync.source.model else _segment(wh, sync)
    for column in (*mapping.columns, "profile_id"):
        if column not in relation.columns:
            said = f"the source has no column {column!r}"
            raise SyncError(said, _where(mapping, column), did_you_mean(column, relation.columns))
    return relation


def segment_verdict(wh: Warehouse, sync: Sync) -> str | None:
    """Why the segment behind the sync may not be used now; None when it may."""
    if not sync.source.segment or not wh.columns("segments.segment_runs"):
        return None
    latest = wh.query(
        "select verdict, reason from segments.segment_runs where segment = ? order by run_at desc limit 1",
        [sync.source.segment],
    ).to_pylist()
    if latest and latest[0]["verdict"] == "blocked":
        return f"the segment {sync.source.segment} is blocked by its volume guard: {latest[0]['reason']}"
    return None


def _model(wh: Warehouse, sync: Sync) -> Relation:
    table = f"{SCHEMA}.{sync.source.model}"
    columns = _columns(wh, table, sync, "model")
    return Relation(f"select {_list('t', columns)} from {qualified(table)} as t", columns)


def _segment(wh: Warehouse, sync: Sync) -> Relation:
    table = f"segments.segment_{sync.source.segment}"
    members = _columns(wh, table, sync, "segment")
    traits = [name for name in wh.columns("profiles.profiles") if name not in _MEMBERSHIP]
    payload = [name for name in members if name not in (*_MEMBERSHIP, "left_at", *traits)]
    chosen = [*(name for name in _MEMBERSHIP if name in members), *payload]
    wanted = ", ".join((_list("m", chosen), _list("p", traits)))
    sql = (
        f"select {wanted} from {qualified(table)} as m "
        "inner join profiles.profiles as p on p.profile_id = m.profile_id where m.left_at is null"
    )
    return Relation(sql, (*chosen, *traits))


def _columns(wh: Warehouse, table: str, sync: Sync, word: str) -> tuple[str, ...]:
    columns = tuple(wh.columns(table))
    if not columns:
        raise SyncError(
            f"the warehouse has no table {literal(table)}", sync.where("source", word), "run `heddle run` to build it"
        )
    return columns


def _list(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{identifier(name)}" for name in columns)


def _where(mapping: SyncMapping, column: str) -> str:
    for item in mapping.fields:
        if column in item.columns:
            return mapping.sync.where("fields", item.name)
    return mapping.sync.where("key") if column in mapping.key else mapping.sync.where("options")
