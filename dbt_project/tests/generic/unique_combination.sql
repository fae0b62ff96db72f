{#- The columns together are a key. `newest_days` limits the check to rows of the last days before the run (by `time_column`): on a table of
    events a full check costs as much as building it, and repeats come with new files. -#}
{% test unique_combination(model, columns, newest_days=none, time_column=none) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as occurrences
from {{ model }}
{%- if newest_days %}
where {{ time_column }} > {{ dbt.dateadd('day', -newest_days, as_of()) }}
{%- endif %}
group by {{ range(1, (columns | length) + 1) | join(', ') }}
having count(*) > 1
{% endtest %}
