-- One row: the run of this stage that is under way. It goes to identity_runs when it has come to its end.
-- depends_on: {{ ref('identity_rules') }} {{ block_lists() | join(' ') }}
{%- set nothing = {'seq': 1, 'done': 0, 'mode': 'full', 'definitions': '', 'changed': ''} %}
{%- set plan = identity_plan() if execute and flags.WHICH in ('run', 'build') else nothing %}
select
    cast({{ plan.seq }} as bigint) as seq,
    cast({{ plan.done }} as bigint) as done,
    '{{ plan.mode }}' as mode,
    '{{ plan.definitions }}' as definitions,
    '{{ plan.changed }}' as changed,
    {{ as_of() }} as as_of
