"""A merge of two people repeats no message: what was sent to one of them for an occurrence was sent to both."""

from activations.desired_sql import DESIRED
from activations.difference import LEDGER, SENT_BEFORE
from activations.mapping import SyncMapping
from activations.plan_sql import CLASSIFIED
from heddle.warehouse import Warehouse, literal

_MERGES = "identity.identity_merges"


def carry_over(wh: Warehouse, mapping: SyncMapping) -> None:
    """Marks new messages of the classified rows that a profile which was merged into this one got already.

    The membership of the survivor begins anew at the merge, with an instant of its own, so the occurrence is told by
    the member key (a cart); where there is none, by an entry that is not later than the merge.
    """
    if mapping.spec.kind != "message" or "profile_id" not in mapping.key or not wh.columns(_MERGES):
        return
    entered = "cast(d.entered_at as timestamp) <= f.merged_at" if "entered_at" in mapping.columns else "false"
    wh.execute(f"""
update {CLASSIFIED} as c set reason = '{SENT_BEFORE}'
from (
    with recursive former (live, former, merged_at) as (
        select to_profile_id, from_profile_id, happened_at from {_MERGES} where change = 'merge'
        union
        select m.to_profile_id, f.former, greatest(f.merged_at, m.happened_at)
        from former as f
        inner join {_MERGES} as m on m.change = 'merge' and m.from_profile_id = f.live
    ),
    sent as (
        select profile_id, coalesce(member_key, '') as member_key from {LEDGER}
        where sync = {literal(mapping.sync.sync)} and held
    )
    select n.key_hash
    from {CLASSIFIED} as n
    inner join {DESIRED} as d on d.heddle_key = n.key_hash
    inner join former as f on f.live = n.profile_id
    inner join sent as s on s.profile_id = f.former and s.member_key = coalesce(n.member_key, '')
    left join sent as own on own.profile_id = n.profile_id and own.member_key = s.member_key
    where n.action = 'add' and n.reason = 'new' and own.profile_id is null and (s.member_key <> '' or {entered})
) as known
where known.key_hash = c.key_hash""")
