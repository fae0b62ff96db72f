-- One row per record x identifier that passed the guards.
select
    links.record_node as left_node,
    links.identifier_node as right_node,
    'same_' || links.identifier_type as rule,
    links.source,
    links.first_seen,
    links.last_seen,
    cast(1 as {{ type_double() }}) as confidence
from {{ ref('identity_links') }} as links
left join {{ ref('identity_withheld') }} as identifiers on links.identifier_node = identifiers.node
left join {{ ref('identity_withheld') }} as records on links.record_node = records.node
where identifiers.node is null and records.node is null
