{#- What is grouped is neither lost nor counted twice: both numbers are known without a look at the events themselves. -#}
{% test spans_hold_every_event(model, events) %}
select
    counted.in_spans,
    counted.in_events
from (
    select
        (select coalesce(sum(spans.events), 0) from {{ model }} as spans) as in_spans,
        (select count(*) from {{ events }}) as in_events
) as counted
where counted.in_spans <> counted.in_events
{% endtest %}
