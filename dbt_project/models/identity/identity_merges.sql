-- One row per change between two maps: which id merged into which, split off, lost nodes to another, or ended; kept for good.
-- Written with the map itself (identity_map); this model makes sure that the table exists, and keeps every row.
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}
select
    run_seq,
    change,
    from_profile_id,
    to_profile_id,
    nodes,
    cause,
    cause_left_node,
    cause_right_node,
    reason,
    happened_at
from {{ ref('identity_moves') }}
where 1 = 0
