"""An erased person (`heddle identity forget`): out of what syncs maintain past any guard, out of their ledgers too."""

from activations.difference import LEDGER
from activations.mapping import SyncMapping
from activations.plan_sql import CLASSIFIED, LEFT
from heddle.warehouse import Warehouse, literal

ERASED = "erased"
_MERGES, _LIVE = "identity.identity_merges", "identity.identity_assignments"
_PEOPLE = f"""
        with recursive erased (profile_id, run_seq) as (
            select from_profile_id, run_seq from {_MERGES} where change = 'retire' and cause = 'erasure'
            union
            select m.from_profile_id, m.run_seq
            from erased as e
            inner join {_MERGES} as m
                on m.change = 'merge' and m.to_profile_id = e.profile_id and m.run_seq <= e.run_seq
        )
        select e.profile_id
        from erased as e
        where e.profile_id not in (select profile_id from {_LIVE})
            and not exists (
                select 1 from {_MERGES} as m
                where m.change = 'merge' and m.from_profile_id = e.profile_id and m.run_seq > e.run_seq
            )"""


def clear_erased(wh: Warehouse, mapping: SyncMapping) -> None:
    """Empties the rows of people who were erased, where nothing removes them: what a removal would need is an address.

    A sync that removes keeps it until the removal is acknowledged. That a message was sent stays known, to whom does
    not. Doing it again changes nothing.
    """
    if mapping.sync.on_leave != "nothing" or not _is_anybody_erased(wh):
        return
    is_held = "held" if mapping.spec.kind == "message" else "false"
    wh.execute(f"""
update {LEDGER} set payload = null, identifier = null, ids = null, field_hashes = null, held = {is_held}
where sync = {literal(mapping.sync.sync)} and (payload is not null or identifier is not null or ids is not null)
    and profile_id in ({_PEOPLE})""")


def say_erased(wh: Warehouse) -> None:
    """Of the classified rows, why those of erased people are removed: no guard holds such a removal back."""
    if _is_anybody_erased(wh):
        wh.execute(f"""
update {CLASSIFIED} set reason = '{ERASED}'
where action = 'remove' and reason = '{LEFT}' and profile_id in ({_PEOPLE})""")


def _is_anybody_erased(wh: Warehouse) -> bool:
    if "cause" not in wh.columns(_MERGES) or not wh.columns(_LIVE):
        return False
    return bool(wh.scalar(f"select 1 from {_MERGES} where cause = 'erasure' limit 1"))
