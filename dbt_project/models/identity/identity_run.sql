-- One row: the run of this stage that is under way. It goes to identity_runs when it has come to its end.
{%- set plan = identity_plan() if execute and flags.WHICH in ('run', 'build') else {'seq': 1, 'done': 0, 'mode': 'full', 'definitions': ''} %}
select
    cast({{ plan.seq }} as bigint) as seq,
    cast({{ plan.done }} as bigint) as done,
    '{{ plan.mode }}' as mode,
    '{{ plan.definitions }}' as definitions,
    {{ as_of() }} as as_of
