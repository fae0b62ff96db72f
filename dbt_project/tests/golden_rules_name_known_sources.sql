-- A source that no feed gives: a slip of the pen would rank it last without a word.
{{ config(severity='warn') }}
with

listed as (
    select
        field,
        {{ split_to_rows('sources', '>') }} as source
    from {{ ref('golden_rules') }}
    where sources is not null
)

select
    field,
    source
from listed
where source not in ('{{ known_sources() | join("', '") }}')
