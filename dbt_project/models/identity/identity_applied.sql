-- What the stored state was made with: rules, withheld nodes and links by hand as of this run. The next run compares with it.
-- depends_on: {{ ref('identity_map') }} {{ ref('identity_records') }} {{ ref('identity_quarantine') }}
select
    'withheld' as kind,
    node as left_node,
    cast(null as bigint) as right_node,
    false as is_about_accounts
from {{ ref('identity_withheld') }}

union all

select distinct
    'erased' as kind,
    erased.node as left_node,
    cast(null as bigint) as right_node,
    false as is_about_accounts
from ({{ erased_nodes() }}) as erased

union all

select
    rule as kind,
    left_node,
    right_node,
    false as is_about_accounts
from {{ ref('identity_edges') }}
where seq is null

union all

select
    'never_link' as kind,
    left_node,
    right_node,
    false as is_about_accounts
from ({{ identity_never_links() }}) as never_links

union all

select
    'block_rule' as kind,
    rule as left_node,
    cast(null as bigint) as right_node,
    identifier_type in ('user_id', '*') as is_about_accounts
from ({{ block_list_rules() }}) as rules

union all

select
    'window' as kind,
    rule as left_node,
    cast(null as bigint) as right_node,
    true as is_about_accounts
from ({{ identity_windows() }}) as windows

union all

select
    'anchor_type' as kind,
    rule as left_node,
    cast(null as bigint) as right_node,
    true as is_about_accounts
from ({{ identity_anchor_types() }}) as anchor_types
