"""Who is one person by identifiers alone: the units that soft links may join.

Scoring must not depend on what it proposed before: two people that a soft link made one profile are two units again,
else the next run would not see the pair, withdraw the link, and find it once more the run after.
"""

from heddle.warehouse import Warehouse

PEOPLE = "heddle_link_people"
_LABELS = "heddle_link_labels"
_EDGES = "heddle_link_edges"
_NEXT = "heddle_link_next"

_MERGED = """select distinct a.profile_id
    from heddle.soft_links as links
    join identity.identity_map as a on links.left_node = a.node
    join identity.identity_map as b on links.right_node = b.node and a.profile_id = b.profile_id
    where links.decision = 'merge'"""


def make_people(warehouse: Warehouse) -> None:
    """Creates the temporary table (node, person): record node -> the smallest record node of the same unit."""
    warehouse.execute(f"""create temp table {_EDGES} as
        with merged as ({_MERGED})
        select edges.left_node as u, edges.right_node as v
        from identity.identity_edges as edges
        join identity.identity_map as a on edges.left_node = a.node
        join identity.identity_map as b on edges.right_node = b.node and a.profile_id = b.profile_id
        join merged on a.profile_id = merged.profile_id
        where edges.rule <> 'soft_link'""")
    warehouse.execute(f"""create temp table {_LABELS} as
        select node, node as label from identity.identity_map
        where profile_id in ({_MERGED})""")
    while _spread(warehouse):
        pass
    # a unit's name is its smallest record: the smallest node may be an identifier
    warehouse.execute(f"""create temp table {PEOPLE} as
        select map.node, min(map.node) over (partition by coalesce(labels.label, -1), map.profile_id) as person
        from identity.identity_map as map
        left join {_LABELS} as labels on map.node = labels.node
        where map.node_type = 'record'""")


def _spread(warehouse: Warehouse) -> bool:
    """Every node takes the smallest label around it, then the label of that label; False when nothing changed."""
    warehouse.execute(f"""create or replace temp table {_NEXT} as
        select ends.node, min(labels.label) as label
        from (select u as node, v as other from {_EDGES} union all select v, u from {_EDGES}) as ends
        join {_LABELS} as labels on ends.other = labels.node
        group by 1""")
    warehouse.execute(f"""create or replace temp table {_NEXT} as
        select labels.node, least(labels.label, coalesce(near.label, labels.label)) as label
        from {_LABELS} as labels left join {_NEXT} as near on labels.node = near.node""")
    changed = warehouse.scalar(f"""select count(*) from {_NEXT} as after join {_LABELS} as before
        on after.node = before.node where after.label <> before.label""")
    warehouse.execute(f"""create or replace temp table {_LABELS} as
        select near.node, least(near.label, coalesce(far.label, near.label)) as label
        from {_NEXT} as near left join {_NEXT} as far on near.label = far.node""")
    return bool(changed)
