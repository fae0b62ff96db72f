-- Rules that could be read and not kept: a list of sources without source_priority, or the other way round; a list of values for a field that
-- everything else takes for one value.
select
    field,
    strategy,
    sources
from {{ ref('golden_rules') }}
where
    (strategy = 'source_priority' and sources is null)
    or (strategy <> 'source_priority' and sources is not null)
    or (strategy = 'collect' and field in ('email', 'phone', 'birth_date', 'is_employee'))
